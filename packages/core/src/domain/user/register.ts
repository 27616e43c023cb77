import { authenticators } from '../../kernel/auth.ts'
import type { PluginScope, SetupContext } from '../../kernel/plugin.ts'
import { registerApiKeyRoutes } from './api-key-routes.ts'
import { apiKeyAuthenticator } from './api-keys.ts'
import { registerAuthRoutes } from './auth-routes.ts'
import { registerSiteCrud } from './site-routes.ts'
import { registerUserCrud } from './user-routes.ts'
import { sessionAuthenticator } from './user-sessions.ts'

/** Users, sites, and how requests are recognised: sessions and API keys. */
export function registerUserRoutes(
  scope: PluginScope,
  { kernel, fill }: Pick<SetupContext<unknown>, 'kernel' | 'fill'>
): void {
  fill(authenticators, apiKeyAuthenticator(kernel), { order: 10 })
  fill(authenticators, sessionAuthenticator(kernel), { order: 20 })
  registerAuthRoutes(scope, kernel)
  registerApiKeyRoutes(scope, kernel)
  registerUserCrud(scope, kernel)
  registerSiteCrud(scope, kernel)
}

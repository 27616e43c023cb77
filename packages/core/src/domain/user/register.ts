import { authenticators } from '../../kernel/auth.ts'
import type { PluginScope, SetupContext } from '../../kernel/plugin.ts'
import { registerEmbedTokenRoutes } from '../embed/embed-token-routes.ts'
import { embedTokenAuthenticator } from '../embed/embed-tokens.ts'
import { registerOriginRoutes } from '../embed/origin-routes.ts'
import { registerApiKeyRoutes } from './api-key-routes.ts'
import { apiKeyAuthenticator } from './api-keys.ts'
import { registerAuthRoutes } from './auth-routes.ts'
import { registerSiteCrud } from './site-routes.ts'
import { registerUserCrud } from './user-routes.ts'
import { sessionAuthenticator } from './user-sessions.ts'

/** Users, sites, and how requests are recognised: sessions, API keys, tokens of pages. */
export function registerUserRoutes(
  scope: PluginScope,
  { kernel, fill }: Pick<SetupContext<unknown>, 'kernel' | 'fill'>
): void {
  fill(authenticators, apiKeyAuthenticator(kernel), { order: 10 })
  fill(authenticators, embedTokenAuthenticator(kernel), { order: 15 })
  fill(authenticators, sessionAuthenticator(kernel), { order: 20 })
  registerAuthRoutes(scope, kernel)
  registerApiKeyRoutes(scope, kernel)
  registerOriginRoutes(scope, kernel)
  registerEmbedTokenRoutes(scope, kernel)
  registerUserCrud(scope, kernel)
  registerSiteCrud(scope, kernel)
}

import type { Kernel } from '../../kernel/kernel.ts'
import type { PluginScope } from '../../kernel/plugin.ts'
import { AddressGuard } from './address-guard.ts'
import { registerDeliveryRoutes } from './delivery-routes.ts'
import type { WebhookOptions, WebhookSettings } from './settings.ts'
import { registerWebhookRoutes } from './webhook-routes.ts'
import { WebhookWorker } from './webhook-worker.ts'

/** The routes of webhooks; the worker that delivers is to be started and stopped with the application. */
export function registerWebhooks(scope: PluginScope, kernel: Kernel, options: WebhookOptions): WebhookWorker {
  const settings = options as WebhookSettings // the schema has filled in the defaults
  const guard = new AddressGuard(settings.allowNetworks)
  registerWebhookRoutes(scope, kernel, settings, guard)
  registerDeliveryRoutes(scope, kernel)
  return new WebhookWorker(kernel, settings, guard)
}

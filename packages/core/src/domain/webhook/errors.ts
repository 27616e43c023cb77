import createError from '@fastify/error'

export const WebhookNotFoundError = createError('CORE_WEBHOOK_NOT_FOUND', 'Webhook %s does not exist', 404)
export const WebhookKeyMissingError = createError(
  'CORE_WEBHOOK_KEY_MISSING',
  'This server cannot keep secrets of webhooks: give the core domain webhooks.secretKey, 32 random bytes in base64 (openssl rand -base64 32)',
  409
)
export const WebhookKeyChangedError = createError(
  'CORE_WEBHOOK_KEY_CHANGED',
  'The secret cannot be read: webhooks.secretKey is not the one it was stored with. Restore that key, or renew the secret',
  500
)
export const WebhookNetworkError = createError(
  'CORE_WEBHOOK_NETWORK',
  "webhooks.allowNetworks holds '%s': write a network as 10.1.0.0/16 or fd00::/8",
  500
)

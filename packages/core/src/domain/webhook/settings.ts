import { type Static, Type } from 'typebox'

/** Options of the webhooks, part of the core domain's. */
export const WebhookOptions = Type.Object(
  {
    secretKey: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9+/]{43}=$',
        description:
          '32 random bytes in base64, under which secrets are stored; without it no webhook can be made'
      })
    ),
    allowNetworks: Type.Optional(
      Type.Array(Type.String(), {
        default: [],
        description:
          'Networks in private or reserved ranges that webhooks may reach, such as 10.1.0.0/16; 127.0.0.0/8 for a receiver on this machine'
      })
    ),
    timeoutSeconds: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 60,
        default: 10,
        description: 'For one attempt, from the look-up of the name to the answer'
      })
    ),
    attempts: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 12,
        default: 12,
        description: 'Before a delivery is dead; all twelve take about three days'
      })
    ),
    concurrency: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 64,
        default: 4,
        description: 'Requests at once to one webhook, from one process'
      })
    ),
    retentionDays: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 400,
        default: 30,
        description: 'How long facts and their deliveries are kept, delivered or not'
      })
    )
  },
  { default: {} }
)
export type WebhookOptions = Static<typeof WebhookOptions>

/** The options with their defaults. */
export type WebhookSettings = Required<Omit<WebhookOptions, 'secretKey'>> & Pick<WebhookOptions, 'secretKey'>

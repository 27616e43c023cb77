import { type Static, Type } from 'typebox'
import { mapConstraints } from '../../kernel/constraint.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { cutPage, PageQuery, pageOf } from '../../kernel/page.ts'
import type { PluginScope } from '../../kernel/plugin.ts'
import { invalidField } from '../../kernel/problem.ts'
import { checkRevision, etagOf, IfMatch, readIfMatch } from '../../kernel/revision.ts'
import { toColumns, toWire } from '../../kernel/wire.ts'
import { callEvents } from '../outbox/outbox.ts'
import type { AddressGuard } from './address-guard.ts'
import { WebhookNotFoundError } from './errors.ts'
import type { WebhookSettings } from './settings.ts'
import { newWebhookSecret, sealSecret, secretKeyOf } from './webhook-secret.ts'

const fields = {
  name: Type.String({ minLength: 1, maxLength: 80 }),
  url: Type.String({
    maxLength: 2_000,
    description: 'https://…; http:// only for a receiver on this machine'
  }),
  events: Type.Array(Type.Enum([...callEvents]), { minItems: 1, uniqueItems: true })
}
const active = Type.Boolean({ description: 'While it is not, nothing is noted for it and nothing sent' })

const Webhook = Type.Object(
  {
    id: Type.Integer(),
    ...fields,
    active,
    disabledReason: Type.Union([Type.String(), Type.Null()]),
    createdAt: Type.String({ format: 'date-time' }),
    revision: Type.Integer()
  },
  { $id: 'Core.Webhook' }
)
const Secret = Type.String({ description: 'whsec_…, to check signatures with; never shown again' })
const NewWebhook = Type.Object(fields)
const Changes = Type.Partial(Type.Object({ ...fields, active }), { minProperties: 1 })
type Changes = Static<typeof Changes>

interface WebhookRow {
  readonly id: number
  readonly name: string
  readonly url: string
  readonly events: (typeof callEvents)[number][]
  readonly active: boolean
  readonly disabled_reason: string | null
  readonly created_at: Date
  readonly revision: number
}
const columns = [
  'id',
  'name',
  'url',
  'events',
  'active',
  'disabled_reason',
  'created_at',
  'revision'
] as const

const Id = Type.Object({ id: Type.Integer() })
const config = { permission: 'webhooks:write' }
const tags = ['webhooks']
/** After a renewal the old secret signs too for so long, so that receivers can change over. */
const changeOverMs = 86_400_000
const refusals = {
  webhook_subscriptions_name_key: () => invalidField('name', 'is the name of another webhook')
}

/** Who hears of calls: addresses of a CRM, each with its own secret. */
export function registerWebhookRoutes(
  scope: PluginScope,
  { db, clock }: Kernel,
  settings: WebhookSettings,
  guard: AddressGuard
): void {
  const check = ({ url }: Changes): void => {
    const refusal = url === undefined ? null : guard.refuse(url)
    if (refusal !== null) throw invalidField('url', refusal)
  }

  scope.post(
    '/webhooks',
    {
      config,
      schema: {
        operationId: 'createWebhook',
        summary: 'Subscribe an address to facts about calls; the secret is shown in this answer only',
        tags,
        body: NewWebhook,
        response: { 201: Type.Object({ ...Webhook.properties, secret: Secret }) }
      }
    },
    async ({ body }, reply) => {
      check(body)
      const secret = newWebhookSecret()
      const insert = db('core.webhook_subscriptions')
        .insert({ ...body, secret: sealSecret(secretKeyOf(settings), secret), created_at: clock.now() })
        .returning<WebhookRow[]>([...columns])
      const [row] = await mapConstraints(insert, refusals)
      return reply
        .code(201)
        .header('etag', etagOf(row!))
        .send({ ...toWire(row!), secret }) // `returning` of one inserted row
    }
  )

  scope.get(
    '/webhooks',
    {
      config,
      schema: {
        operationId: 'listWebhooks',
        summary: 'Webhooks, by id',
        tags,
        querystring: PageQuery,
        response: { 200: pageOf(Webhook) }
      }
    },
    async ({ query: { after = '0', limit } }) => {
      const rows = await db('core.webhook_subscriptions')
        .where('id', '>', Number(after) || 0)
        .orderBy('id')
        .limit(limit + 1)
        .select<WebhookRow[]>([...columns])
      return cutPage(rows.map(toWire), limit, row => row.id)
    }
  )

  scope.get(
    '/webhooks/:id',
    {
      config,
      schema: {
        operationId: 'getWebhook',
        summary: 'One webhook',
        tags,
        params: Id,
        response: { 200: Webhook }
      }
    },
    async ({ params: { id } }, reply) => {
      const row = await db('core.webhook_subscriptions')
        .where({ id })
        .first<WebhookRow | undefined>([...columns])
      if (!row) throw new WebhookNotFoundError(id)
      reply.header('etag', etagOf(row))
      return toWire(row)
    }
  )

  scope.patch(
    '/webhooks/:id',
    {
      config,
      schema: {
        operationId: 'updateWebhook',
        summary: 'Change a webhook; made active again it goes on with what waits',
        tags,
        params: Id,
        headers: IfMatch,
        body: Changes,
        response: { 200: Webhook }
      }
    },
    async ({ params: { id }, body, headers }, reply) => {
      check(body)
      const row = await db.transaction(async trx => {
        const found = await trx('core.webhook_subscriptions')
          .where({ id })
          .forUpdate()
          .first<WebhookRow | undefined>([...columns])
        if (!found) throw new WebhookNotFoundError(id)
        checkRevision(found, readIfMatch(headers['if-match']))
        const update = trx('core.webhook_subscriptions')
          .where({ id })
          .update({
            ...toColumns(body),
            ...(body.active && { disabled_reason: null }),
            revision: trx.raw('revision + 1')
          })
          .returning<WebhookRow[]>([...columns])
        const [changed] = await mapConstraints(update, refusals)
        return changed! // locked above
      })
      reply.header('etag', etagOf(row))
      return toWire(row)
    }
  )

  scope.post(
    '/webhooks/:id/secret',
    {
      config,
      schema: {
        operationId: 'renewWebhookSecret',
        summary: 'Give a webhook a new secret, shown in this answer only; for 24 hours the old one signs too',
        tags,
        params: Id,
        response: { 200: Type.Object({ secret: Secret }) }
      }
    },
    async ({ params: { id } }) => {
      const secret = newWebhookSecret()
      const renewed = await db('core.webhook_subscriptions')
        .where({ id })
        .update({
          previous_secret: db.ref('secret'),
          previous_until: new Date(clock.now().getTime() + changeOverMs),
          secret: sealSecret(secretKeyOf(settings), secret),
          revision: db.raw('revision + 1')
        })
      if (renewed === 0) throw new WebhookNotFoundError(id)
      return { secret }
    }
  )

  scope.delete(
    '/webhooks/:id',
    {
      config,
      schema: {
        operationId: 'deleteWebhook',
        summary: 'Delete a webhook with its deliveries',
        tags,
        params: Id,
        response: { 204: Type.Null() }
      }
    },
    async ({ params: { id } }, reply) => {
      const deleted = await db('core.webhook_subscriptions').where({ id }).delete()
      if (deleted === 0) throw new WebhookNotFoundError(id)
      return reply.code(204).send(null)
    }
  )
}

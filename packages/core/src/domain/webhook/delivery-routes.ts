import { Type } from 'typebox'
import type { Kernel } from '../../kernel/kernel.ts'
import { cutPage, PageQuery, pageOf } from '../../kernel/page.ts'
import type { PluginScope } from '../../kernel/plugin.ts'
import { callEvents } from '../outbox/outbox.ts'
import { WebhookNotFoundError } from './errors.ts'

const Time = Type.String({ format: 'date-time' })
const NullableTime = Type.Union([Time, Type.Null()])
const states = ['pending', 'delivered', 'dead'] as const

const Delivery = Type.Object(
  {
    id: Type.Integer(),
    eventId: Type.String({ format: 'uuid', description: 'webhook-id of its requests' }),
    event: Type.Enum([...callEvents]),
    callId: Type.String({ format: 'uuid' }),
    state: Type.Enum([...states], { description: 'dead: given up; replay it' }),
    attempts: Type.Integer(),
    occurredAt: Time,
    lastAttemptAt: NullableTime,
    nextAttemptAt: NullableTime,
    lastStatus: Type.Union([Type.Integer(), Type.Null()]),
    lastError: Type.Union([Type.String(), Type.Null()])
  },
  { $id: 'Core.WebhookDelivery' }
)

interface DeliveryRow {
  readonly id: number
  readonly eventId: string
  readonly event: (typeof callEvents)[number]
  readonly callId: string
  readonly state: (typeof states)[number]
  readonly attempts: number
  readonly occurredAt: Date
  readonly lastAttemptAt: Date | null
  readonly nextAttemptAt: Date | null
  readonly lastStatus: number | null
  readonly lastError: string | null
}

const Id = Type.Object({ id: Type.Integer() })
const config = { permission: 'webhooks:write' }
const tags = ['webhooks']

/** What became of the facts of a webhook, and sending them again. */
export function registerDeliveryRoutes(scope: PluginScope, { db }: Kernel): void {
  const requireWebhook = async (id: number): Promise<void> => {
    if (!(await db('core.webhook_subscriptions').where({ id }).first('id')))
      throw new WebhookNotFoundError(id)
  }

  scope.get(
    '/webhooks/:id/deliveries',
    {
      config,
      schema: {
        operationId: 'listWebhookDeliveries',
        summary: 'Deliveries of a webhook, newest first; state=dead lists the dead letters',
        tags,
        params: Id,
        querystring: Type.Object({ ...PageQuery.properties, state: Type.Optional(Type.Enum([...states])) }),
        response: { 200: pageOf(Delivery) }
      }
    },
    async ({ params: { id }, query: { state, after, limit } }) => {
      await requireWebhook(id)
      const list = db('core.webhook_deliveries as d')
        .join('core.outbox as o', 'o.id', 'd.outbox_id')
        .where('d.subscription_id', id)
        .orderBy('d.id', 'desc')
        .limit(limit + 1)
        .select({
          id: 'd.id',
          eventId: 'o.event_id',
          event: 'o.event',
          callId: 'd.subject',
          state: 'd.state',
          attempts: 'd.attempts',
          occurredAt: 'o.occurred_at',
          lastAttemptAt: 'd.last_attempt_at',
          nextAttemptAt: db.raw("case when d.state = 'pending' then nullif(d.due_at, '-infinity') end"),
          lastStatus: 'd.last_status',
          lastError: 'd.last_error'
        })
      if (state) list.where('d.state', state)
      if (after !== undefined) list.where('d.id', '<', Number(after) || 0)
      const rows: DeliveryRow[] = await list
      return cutPage(rows.map(deliveryWire), limit, row => row.id)
    }
  )

  scope.post(
    '/webhooks/:id/replays',
    {
      config,
      schema: {
        operationId: 'replayWebhook',
        summary:
          'Send deliveries again: the dead ones, or all of a time; receivers know repeats by webhook-id',
        tags,
        params: Id,
        body: Type.Object({
          states: Type.Array(Type.Enum(['dead', 'delivered']), {
            minItems: 1,
            uniqueItems: true,
            default: ['dead']
          }),
          from: Type.Optional({ ...Time, description: 'Facts written at or after' }),
          to: Type.Optional({ ...Time, description: 'Facts written before' }),
          deliveryIds: Type.Optional(Type.Array(Type.Integer(), { minItems: 1, maxItems: 1_000 }))
        }),
        response: { 202: Type.Object({ queued: Type.Integer() }) }
      }
    },
    async ({ params: { id }, body }, reply) => {
      await requireWebhook(id)
      const { states: wanted, from, to, deliveryIds } = body
      const replay = db('core.webhook_deliveries')
        .where('subscription_id', id)
        .whereIn('state', wanted)
        .update({ state: 'pending', attempts: 0, due_at: db.raw("'-infinity'::timestamptz") })
      if (deliveryIds) replay.whereIn('id', deliveryIds)
      if (from !== undefined || to !== undefined) {
        const facts = db('core.outbox').select('id')
        if (from !== undefined) facts.where('occurred_at', '>=', from)
        if (to !== undefined) facts.where('occurred_at', '<', to)
        replay.whereIn('outbox_id', facts)
      }
      return reply.code(202).send({ queued: await replay })
    }
  )
}

const deliveryWire = (row: DeliveryRow) => ({
  ...row,
  occurredAt: row.occurredAt.toISOString(),
  lastAttemptAt: row.lastAttemptAt?.toISOString() ?? null,
  nextAttemptAt: row.nextAttemptAt?.toISOString() ?? null
})

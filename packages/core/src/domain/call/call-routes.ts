import { Type } from 'typebox'
import { type Actor, isWithin, wholeScope } from '../../kernel/actor.ts'
import { ForbiddenError } from '../../kernel/errors.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { PluginScope } from '../../kernel/plugin.ts'
import { invalidField } from '../../kernel/problem.ts'
import { normaliseNumber } from '../contact/phone-number.ts'
import { CallNotFoundError } from '../errors.ts'
import { emergencyPlans, isEmergencyNumber } from '../telephony/emergency.ts'
import { telephony } from '../telephony/telephony-port.ts'
import { HistoryRow } from './call-history-row.ts'
import { CallHistoryView } from './call-history-view.ts'
import { CallLeg, legsOf } from './call-leg-wire.ts'
import type { Calls } from './calls.ts'
import { LiveCall, liveCall } from './live-call.ts'

const Id = Type.Object({ id: Type.String({ format: 'uuid' }) })

/** Calls in flight and calls that are over. */
export function registerCallRoutes(scope: PluginScope, kernel: Kernel, calls: Calls): void {
  const history = new CallHistoryView(kernel.db)
  const { db, extensions } = kernel

  scope.post(
    '/calls',
    {
      config: { permission: 'agent:work', idempotent: true },
      schema: {
        operationId: 'dialNumber',
        summary:
          'Call a number that belongs to no hand-out (campaign 0, direct); emergency numbers go before every rule',
        body: Type.Object({
          number: Type.String({ minLength: 2, maxLength: 30 }),
          agentId: Type.Optional(
            Type.Integer({ minimum: 1, description: 'Whose call it is, when a CRM asks by its API key' })
          )
        }),
        response: { 202: Type.Object({ callId: Type.String({ format: 'uuid' }) }) }
      }
    },
    async ({ actor, body }, reply) => {
      const agentId = agentOf(actor, body.agentId)
      const site = await db('core.users as u')
        .join('core.sites as s', 's.id', 'u.site_id')
        .where('u.id', agentId)
        .first<{ id: number; country: string } | undefined>('s.id', 's.country')
      const plans = extensions.all(emergencyPlans)
      if (await isEmergencyNumber(plans, site?.id ?? null, body.number))
        return reply.code(202).send({ callId: await calls.dialEmergency(agentId, body.number) })
      const number = normaliseNumber(body.number, site?.country ?? 'FR')
      const apiKeyId = actor.kind === 'api-key' ? actor.id : null
      return reply.code(202).send({ callId: await calls.dialNumber(agentId, number, apiKeyId) })
    }
  )

  scope.get(
    '/calls',
    {
      config: { permission: 'calls:read' },
      schema: {
        operationId: 'listLiveCalls',
        summary: 'Calls in flight',
        response: { 200: Type.Object({ items: Type.Array(LiveCall) }) }
      }
    },
    async ({ actor }) => {
      const rows = await db('core.calls').orderBy('requested_at').limit(1000)
      const seen = rows.filter(row => reaches(actor, 'calls:read', ownerOf(row)))
      const { controls } = kernel.extensions.one(telephony)
      return { items: seen.map(row => liveCall(row, controls, actor)) }
    }
  )

  scope.get(
    '/calls/:id',
    {
      config: { permission: 'agent:work' },
      schema: {
        operationId: 'getCall',
        summary: 'A call, in flight or over; an agent sees his own',
        params: Id,
        response: {
          200: Type.Object({
            live: Type.Union([LiveCall, Type.Null()]),
            record: Type.Union([HistoryRow, Type.Null()]),
            legs: Type.Array(CallLeg)
          })
        }
      }
    },
    async ({ actor, params }) => {
      // The row appears in the transaction that removes the live call: asked in this order, one of both is there.
      const live = await db('core.calls').where({ id: params.id }).first()
      const record = live ? null : await history.one(params.id)
      const call = live ? ownerOf(live) : record
      if (!call || !(call.agentId === actor.id || reaches(actor, 'calls:read', call))) {
        throw new CallNotFoundError(params.id)
      }
      const legs = await legsOf(db, params.id, record && new Date(record.startedAt))
      const { controls } = kernel.extensions.one(telephony)
      return { live: live ? liveCall(live, controls, actor) : null, record, legs }
    }
  )

  scope.post(
    '/calls/:id/hangup',
    {
      config: { permission: 'agent:work' },
      schema: {
        operationId: 'hangUp',
        summary: 'End every leg of a call; an agent ends his own',
        params: Id,
        response: { 202: Type.Object({ callId: Type.String({ format: 'uuid' }) }) }
      }
    },
    async ({ actor, params }, reply) => {
      const live = await db('core.calls').where({ id: params.id }).first('agent_id', 'site_id', 'campaign_id')
      if (live && live.agent_id !== actor.id && !reaches(actor, 'calls:control', ownerOf(live))) {
        throw new CallNotFoundError(params.id)
      }
      await calls.hangup(params.id)
      return reply.code(202).send({ callId: params.id })
    }
  )
}

interface OwnedCall {
  readonly agentId: number | null
  readonly siteId: number | null
  readonly campaignId: number
}

const ownerOf = (row: {
  agent_id: number | null
  site_id: number | null
  campaign_id: number
}): OwnedCall => ({ agentId: row.agent_id, siteId: row.site_id, campaignId: row.campaign_id })

/** Whether this permission, within what the actor sees, reaches the call. */
const reaches = (
  { scope = wholeScope, permissions }: Actor,
  permission: string,
  { siteId, campaignId }: OwnedCall
): boolean => permissions.has(permission) && isWithin(scope, { siteId, campaignIds: [campaignId] })

/** Whose call an actor starts. An API key is nobody, and has to say. */
function agentOf(actor: Actor, asked: number | undefined): number {
  if (asked === undefined && actor.kind !== 'user')
    throw invalidField('agentId', 'is needed with an API key: say whose call it is')
  const agentId = asked ?? actor.id
  const own = actor.kind === 'user' && agentId === actor.id
  if (!own && !actor.permissions.has('calls:dial-for')) throw new ForbiddenError('calls:dial-for')
  return agentId
}

import type { Knex } from 'knex'
import { Type } from 'typebox'
import { type Actor, isWithin, wholeScope } from '../../kernel/actor.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { PluginScope } from '../../kernel/plugin.ts'
import { checkCampaign } from '../campaign/campaign-scope.ts'
import type { CoreServices } from '../core-services.ts'
import { AgentNotFoundError } from '../errors.ts'
import type { AgentLegRow } from '../telephony/waiting-legs.ts'
import { agentStateNames } from './agent-state.ts'
import type { AgentStateRow } from './agent-states.ts'

const AgentState = Type.Object(
  {
    agentId: Type.Integer(),
    state: Type.Enum([...agentStateNames]),
    cause: Type.String({ description: 'The event that led here' }),
    since: Type.String({ format: 'date-time' }),
    revision: Type.Integer({ description: 'Grows with every change of this agent; the newest wins' }),
    pauseReason: Type.Union([Type.String(), Type.Null()]),
    pauseRequested: Type.Union([Type.String(), Type.Null()]),
    handoutId: Type.Union([Type.Integer(), Type.Null()]),
    callId: Type.Union([Type.String({ format: 'uuid' }), Type.Null()])
  },
  { $id: 'Core.AgentState' }
)

const Station = Type.Object(
  {
    name: Type.String(),
    available: Type.Boolean(),
    reason: Type.Union([Type.Object({ fr: Type.String(), en: Type.String() }), Type.Null()])
  },
  { $id: 'Core.Station' }
)

const AgentPhone = Type.Object(
  {
    state: Type.Enum(['none', 'requested', 'ringing', 'awaiting_acceptance', 'ready', 'ended']),
    kind: Type.Union([Type.Enum(['held', 'kept', 'code']), Type.Null()], {
      description: 'held: over the session; kept: waits a while for the next call; code: to verify the number'
    }),
    accept: Type.Union([Type.String(), Type.Null()], { description: 'answer, key or screen' }),
    acceptUntil: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
    attempt: Type.Union([Type.Integer(), Type.Null()])
  },
  { $id: 'Core.AgentPhone' }
)

const phoneOf = (row: AgentLegRow | null) => ({
  state: row?.state ?? ('none' as const),
  kind: row?.kind ?? null,
  accept: row?.leg.accept ?? null,
  acceptUntil: row?.accept_until?.toISOString() ?? null,
  attempt: row?.attempt ?? null
})

const toWire = (row: AgentStateRow) => ({
  agentId: row.agentId,
  state: row.state,
  cause: row.cause,
  since: row.since.toISOString(),
  revision: row.revision,
  pauseReason: row.pauseReason,
  pauseRequested: row.pauseRequested,
  handoutId: row.handoutId,
  callId: row.callId
})

/** The agent's own session and state, and everybody's for those who watch the floor. */
export function registerAgentRoutes(
  scope: PluginScope,
  { db, log }: Pick<Kernel, 'db' | 'log'>,
  { sessions, handouts, held }: Pick<CoreServices, 'sessions' | 'handouts' | 'held'>
): void {
  const work = { permission: 'agent:work' }

  scope.put(
    '/agent/session',
    {
      config: work,
      schema: {
        operationId: 'openAgentSession',
        summary: 'Go to work at a station, or change the station between calls',
        body: Type.Object({
          station: Type.String({ default: 'extension', maxLength: 40 }),
          campaignIds: Type.Optional(
            Type.Union(
              [
                Type.Array(Type.Integer({ minimum: 1 }), { minItems: 1, maxItems: 200, uniqueItems: true }),
                Type.Null()
              ],
              {
                description:
                  'Work in these of my campaigns; null: in all; left out: in those chosen before, at first in all'
              }
            )
          )
        }),
        response: { 200: AgentState }
      }
    },
    async ({ actor, body }) => {
      for (const id of body.campaignIds ?? []) checkCampaign(actor, id)
      return toWire(await sessions.open(actor.id, body.station, body.campaignIds))
    }
  )

  scope.delete(
    '/agent/session',
    {
      config: work,
      schema: {
        operationId: 'closeAgentSession',
        summary: 'Leave work; the contact in hand is given back',
        response: { 200: AgentState }
      }
    },
    async ({ actor }) => {
      await sessions.close(actor.id)
      return toWire(await sessions.state(actor.id))
    }
  )

  scope.get(
    '/agent/phone',
    {
      config: work,
      schema: {
        operationId: 'getOwnPhone',
        summary: 'My leg that is held over the session, or kept for the next call',
        response: { 200: AgentPhone }
      }
    },
    async ({ actor }) => phoneOf(await held.of(actor.id))
  )

  scope.post(
    '/agent/phone',
    {
      config: work,
      schema: {
        operationId: 'callOwnPhone',
        summary: 'Call my phone again for the leg that I hold',
        response: { 202: AgentState }
      }
    },
    async ({ actor }, reply) => reply.code(202).send(toWire(await sessions.callPhone(actor.id)))
  )

  scope.post(
    '/agent/phone/accept',
    {
      config: work,
      schema: {
        operationId: 'acceptOwnPhone',
        summary: 'Take my leg by a click (accept: screen)',
        response: { 202: AgentPhone }
      }
    },
    async ({ actor }, reply) => {
      await held.accept(actor.id)
      return reply.code(202).send(phoneOf(await held.of(actor.id)))
    }
  )

  scope.get(
    '/agent/state',
    {
      config: work,
      schema: { operationId: 'getOwnState', summary: 'My state', response: { 200: AgentState } }
    },
    async ({ actor }) => toWire(await sessions.state(actor.id))
  )

  scope.put(
    '/agent/pause',
    {
      config: work,
      schema: {
        operationId: 'pause',
        summary: 'Pause now, or after the work under way',
        body: Type.Object({ reason: Type.String({ minLength: 1, maxLength: 60 }) }),
        response: { 200: AgentState }
      }
    },
    async ({ actor, body }) => toWire(await sessions.pause(actor.id, body.reason))
  )

  scope.delete(
    '/agent/pause',
    {
      config: work,
      schema: { operationId: 'resume', summary: 'Be ready again', response: { 200: AgentState } }
    },
    async ({ actor }) => toWire(await sessions.resume(actor.id))
  )

  scope.get(
    '/agent-states',
    {
      config: { permission: 'agents:watch' },
      schema: {
        operationId: 'listAgentStates',
        summary: 'The current state of every agent who was ever at work',
        response: { 200: Type.Object({ items: Type.Array(AgentState) }) }
      }
    },
    async ({ actor }) => {
      const visible = await agentsWithin(db, actor)
      const rows = await sessions.all()
      return { items: rows.filter(({ agentId }) => visible.has(agentId)).map(toWire) }
    }
  )

  scope.get(
    '/agent/stations',
    {
      config: work,
      schema: {
        operationId: 'listOwnStations',
        summary: 'Where I can work: every way of reaching me, and why one is not to be had now',
        response: { 200: Type.Object({ items: Type.Array(Station) }) }
      }
    },
    async ({ actor }) => ({ items: await sessions.stations(actor.id) })
  )

  scope.post(
    '/agents/:id/force',
    {
      config: { permission: 'agents:force' },
      schema: {
        operationId: 'forceAgent',
        summary: 'Pause another (after his call), end his wrap-up, or log him out',
        params: Type.Object({ id: Type.Integer({ minimum: 1 }) }),
        body: Type.Object({ action: Type.Enum(['pause', 'end_wrap_up', 'log_out']) }),
        response: { 200: AgentState }
      }
    },
    async ({ actor, params: { id }, body: { action } }) => {
      if (!(await agentsWithin(db, actor)).has(id)) throw new AgentNotFoundError(id)
      if (action === 'pause') await sessions.pause(id, 'supervisor')
      else if (action === 'end_wrap_up') await handouts.endWrapUpOf(id)
      else await sessions.close(id)
      log.info({ agentId: id, action, by: actor.id }, 'an agent was forced')
      return toWire(await sessions.state(id))
    }
  )
}

/** Users whom this actor may see. */
async function agentsWithin(db: Knex, { scope = wholeScope }: Actor): Promise<Set<number>> {
  const { rows } = await db.raw<{ rows: { id: number; siteId: number | null; campaignIds: number[] }[] }>(
    `select u.id, u.site_id as "siteId",
            array(select campaign_id from core.campaign_agents m where m.agent_id = u.id) as "campaignIds"
       from core.users u`
  )
  return new Set(rows.filter(row => isWithin(scope, row)).map(({ id }) => id))
}

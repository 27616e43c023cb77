import { Type } from 'typebox'
import type { PluginScope } from '../../kernel/plugin.ts'
import type { AgentSessions } from './agent-sessions.ts'
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
export function registerAgentRoutes(scope: PluginScope, sessions: AgentSessions): void {
  const work = { permission: 'agent:work' }

  scope.put(
    '/agent/session',
    {
      config: work,
      schema: {
        operationId: 'openAgentSession',
        summary: 'Go to work at a station, or change the station between calls',
        body: Type.Object({ station: Type.String({ default: 'extension', maxLength: 40 }) }),
        response: { 200: AgentState }
      }
    },
    async ({ actor, body }) => toWire(await sessions.open(actor.id, body.station))
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
    async () => {
      const rows = await sessions.all()
      return { items: rows.map(toWire) }
    }
  )
}

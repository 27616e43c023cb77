import type { Knex } from 'knex'
import type { Events } from '../../kernel/events.ts'
import { type AgentInput, applyAgentEvents } from '../agent/agent-states.ts'
import type { WaitingLegFact } from '../call/call-record.ts'
import { agentLegChanged } from '../events.ts'
import type { AgentLeg } from './telephony-port.ts'

/** A row of core.agent_legs. */
export interface AgentLegRow {
  readonly id: string
  readonly kind: 'held' | 'kept' | 'code'
  readonly agent_id: number
  readonly session_id: number | null
  readonly pbx: string
  readonly station: string
  readonly state: 'requested' | 'ringing' | 'awaiting_acceptance' | 'ready' | 'ended'
  readonly attempt: number
  readonly attempts: number
  readonly leg: AgentLeg
  readonly channel: string | null
  readonly accept_until: Date | null
  readonly accept_sent_at: Date | null
  readonly requested_at: Date
  readonly ready_at: Date | null
  readonly ended_at: Date | null
  readonly end_requested_at: Date | null
  readonly end_reason: string | null
}

const order = ['requested', 'ringing', 'awaiting_acceptance', 'ready', 'ended']
const stateOf = {
  ringing: 'ringing',
  asked: 'awaiting_acceptance',
  ready: 'ready',
  kept: 'ready',
  ended: 'ended'
} as const

/**
 * Writes what became of agents' waiting legs, and what follows for the agents: one whose held leg is ready is back, one
 * whose held leg is gone is lost. Returns the legs to be called once more.
 */
export async function advanceWaitingLegs(
  trx: Knex.Transaction,
  { events, now }: { readonly events: Events; readonly now: Date },
  facts: readonly WaitingLegFact[]
): Promise<string[]> {
  const again: string[] = []
  for (const fact of facts) {
    if (fact.phase === 'kept') await insertKept(trx, fact)
    const row = await trx<AgentLegRow>('core.agent_legs').where({ id: fact.callId }).forUpdate().first()
    if (!row || row.ended_at || fact.attempt < row.attempt) continue
    const once = nextAttempt(row, fact)
    const changes = once ?? changesBy(row, fact)
    if (!changes) continue
    await trx('core.agent_legs').where({ id: row.id }).update(changes)
    if (once) again.push(row.id)
    else await applyAgentEvents(trx, events, now, inputsOf(row, fact))
    const state = String(changes.state)
    await events.emit(agentLegChanged, { agentId: row.agent_id, legId: row.id, state }, { trx })
  }
  return again
}

/** A leg that never got as far as waiting is called again, unless its owner said no. */
function nextAttempt(row: AgentLegRow, fact: WaitingLegFact): Record<string, unknown> | null {
  const refused = fact.reason === 'refused' || fact.cause === 21
  if (fact.phase !== 'ended' || row.kind !== 'held' || row.ready_at || row.end_requested_at || refused)
    return null
  if (row.attempt >= row.attempts) return null
  return {
    state: 'requested',
    attempt: row.attempt + 1,
    channel: null,
    accept_until: null,
    accept_sent_at: null
  }
}

function changesBy(row: AgentLegRow, fact: WaitingLegFact): Record<string, unknown> | null {
  const state = stateOf[fact.phase]
  if (order.indexOf(state) <= order.indexOf(row.state)) return null
  const at = new Date(fact.atMs)
  return {
    state,
    ...(fact.channel !== '' && { channel: fact.channel }),
    accept_until: fact.untilMs === undefined ? null : new Date(fact.untilMs),
    ...(state === 'ready' && { ready_at: at }),
    ...(state === 'ended' && { ended_at: at, end_reason: fact.reason ?? null })
  }
}

function inputsOf(row: AgentLegRow, { phase }: WaitingLegFact): AgentInput[] {
  if (row.kind !== 'held') return []
  if (phase === 'ready') return [{ agentId: row.agent_id, event: { type: 'phone_back' } }]
  // One that was ended because the agent went home, or changed his station, is missed by nobody.
  if (phase === 'ended' && !row.end_requested_at)
    return [{ agentId: row.agent_id, event: { type: 'phone_lost' } }]
  return []
}

/** Held by whoever moves a waiting leg on the PBX until that has answered: two moves at once would undo one another. */
export const lockWaitingLeg = (trx: Knex.Transaction, legId: string): Promise<unknown> =>
  trx.raw('select pg_advisory_xact_lock(hashtext(?))', [`core.agent_legs ${legId}`])

/**
 * The agent's leg of a call stays on the line after the call: its row has the call's id. The call may still be open here: that
 * its leg is kept is told at once, that it has ended when all of it is known.
 */
async function insertKept(
  trx: Knex.Transaction,
  { callId, channel, atMs, attempt }: WaitingLegFact
): Promise<void> {
  await trx.raw(
    `insert into core.agent_legs (id, kind, agent_id, session_id, pbx, station, state, attempt, leg, channel, requested_at)
     select h.id, 'kept', h.agent_id, s.id, h.pbx, h.station, 'requested', ?, '{}', ?, ?
       from (select id, agent_id, pbx, station from core.calls
              union all select id, agent_id, pbx, station from core.call_history) h
       join core.agent_sessions s on s.agent_id = h.agent_id and s.logged_out_at is null and s.station = h.station
      where h.id = ? on conflict do nothing`,
    [attempt, channel, new Date(atMs), callId]
  )
}

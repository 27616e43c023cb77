import type { Knex } from 'knex'
import type { Events } from '../../kernel/events.ts'
import {
  AgentHasHandoutError,
  AgentInCallError,
  AgentNotLoggedInError,
  AgentNotReadyError,
  NothingToResumeError
} from '../errors.ts'
import { agentStateChanged } from '../events.ts'
import {
  type AgentEvent,
  type AgentRefusal,
  type AgentSnapshot,
  nextAgentState,
  offline,
  whileByHand
} from './agent-state.ts'

export interface AgentStateRow extends AgentSnapshot {
  readonly agentId: number
  readonly sessionId: number | null
  readonly cause: string
  readonly since: Date
  readonly revision: number
}

/** As the row, with the call that he dialled by hand and that still lasts. */
type LockedState = Omit<AgentStateRow, 'cause' | 'since'> & { readonly handCallId: string | null }

export interface AgentInput {
  readonly agentId: number
  readonly event: AgentEvent
  /** The session the new state belongs to, when it is not the one of the state before. */
  readonly sessionId?: number
}

const snapshotColumns = `agent_id as "agentId", session_id as "sessionId", state, revision, handout_id as "handoutId",
  call_id as "callId", pause_reason as "pauseReason", pause_requested as "pauseRequested", return_to as "returnTo"`
const columns = `${snapshotColumns}, cause, since`

/** Current states of these agents, or of all; agents who were never at work are missing. */
export async function currentStates(
  db: Knex | Knex.Transaction,
  agentIds: readonly number[] | null
): Promise<Map<number, AgentStateRow>> {
  const { rows } = await db.raw<{ rows: AgentStateRow[] }>(
    `select ${columns} from core.agent_states where until is null and (?::int[] is null or agent_id = any(?))
      order by agent_id`,
    [agentIds && [...agentIds], agentIds && [...agentIds]]
  )
  return new Map(rows.map(row => [row.agentId, row]))
}

/**
 * Applies events to agents in one transaction and writes what changed; refusals come back by agent.
 * Locks the users' rows in the order of their ids: the state rows themselves are replaced and cannot be waited for.
 */
export async function applyAgentEvents(
  trx: Knex.Transaction,
  events: Events,
  now: Date,
  inputs: readonly AgentInput[]
): Promise<Map<number, AgentRefusal>> {
  const refusals = new Map<number, AgentRefusal>()
  if (inputs.length === 0) return refusals
  const ids = [...new Set(inputs.map(input => input.agentId))].sort((a, b) => a - b)
  const { rows: current } = await trx.raw<{ rows: LockedState[] }>(
    `select ${snapshotColumns}, hand_call_id as "handCallId" from core.agent_states_locked(?)`,
    [ids]
  )
  const before = new Map(current.map(row => [row.agentId, row]))
  const after = new Map<number, { snapshot: AgentSnapshot; cause: string; sessionId: number | null }>()
  for (const { agentId, event, sessionId } of inputs) {
    const row = before.get(agentId)
    const from = after.get(agentId)?.snapshot ?? row ?? offline
    const transition = nextAgentState(from, event)
    if (!transition.ok) {
      refusals.set(agentId, transition.refusal)
      continue
    }
    const next = whileByHand(transition.next, row?.handCallId ?? null)
    if (next !== from) {
      after.set(agentId, {
        snapshot: next,
        cause: event.type,
        sessionId: sessionId ?? row?.sessionId ?? null
      })
    }
  }
  if (after.size === 0) return refusals
  const rows = [...after].map(([agentId, { snapshot, cause, sessionId }]) => ({
    agent_id: agentId,
    session_id: snapshot.state === 'offline' ? null : sessionId,
    state: snapshot.state,
    cause,
    pause_reason: snapshot.pauseReason,
    pause_requested: snapshot.pauseRequested,
    return_to: snapshot.returnTo,
    handout_id: snapshot.handoutId,
    call_id: snapshot.callId,
    revision: (before.get(agentId)?.revision ?? 0) + 1
  }))
  await trx.raw('select core.agent_states_replace(?, ?)', [now, JSON.stringify(rows)])
  for (const { agent_id, state, cause, revision } of rows) {
    await events.emit(
      agentStateChanged,
      { agentId: agent_id, state, cause, since: now.toISOString(), revision },
      { trx }
    )
  }
  return refusals
}

/** The error a person sees for a refused transition. */
export function refusalError(refusal: AgentRefusal, state: string): Error {
  switch (refusal) {
    case 'not_logged_in':
      return new AgentNotLoggedInError()
    case 'in_call':
      return new AgentInCallError()
    case 'not_ready':
      return new AgentNotReadyError(state)
    case 'has_handout':
      return new AgentHasHandoutError()
    case 'nothing_to_resume':
      return new NothingToResumeError()
  }
}

/** Applies one event of one agent and throws what refuses it. */
export async function applyAgentEvent(
  trx: Knex.Transaction,
  events: Events,
  now: Date,
  input: AgentInput
): Promise<void> {
  const refusals = await applyAgentEvents(trx, events, now, [input])
  const refusal = refusals.get(input.agentId)
  if (!refusal) return
  const state = (await currentStates(trx, [input.agentId])).get(input.agentId)?.state ?? 'offline'
  throw refusalError(refusal, state)
}

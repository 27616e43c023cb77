import type { Knex } from 'knex'
import { type AgentInput, applyAgentEvents } from '../agent/agent-states.ts'
import { callProgressed } from '../events.ts'
import { type CallProgress, callStates, progressAfter } from './call-progress.ts'
import type { AcceptanceFact, LegFact, ProgressFact } from './call-record.ts'
import { type CallInProgress, type LedgerKernel, progressColumns } from './ledger-rows.ts'

/** Writes how far calls in flight have come, in the same few statements for one fact and for hundreds. */
export async function advanceCalls(
  trx: Knex.Transaction,
  { events, clock }: Pick<LedgerKernel, 'events' | 'clock'>,
  facts: readonly ProgressFact[]
): Promise<void> {
  if (facts.length === 0) return
  const ids = [...new Set(facts.map(fact => fact.callId))].sort()
  const { rows: found } = await trx.raw<{ rows: CallInProgress[] }>(
    `select ${progressColumns.join(', ')} from core.calls where id = any(?) order by id for update`,
    [ids]
  )
  // A leg of a call that we did not ask for, or that has ended: its record tells the rest.
  const calls = new Map(found.map(call => [call.id, call]))
  const known = facts.filter(fact => calls.has(fact.callId))
  await writeLegs(
    trx,
    known.filter(fact => fact.kind === 'leg')
  )
  await writeAcceptance(
    trx,
    known.filter(fact => fact.kind === 'accepted')
  )
  const progress = new Map<string, CallProgress>()
  for (const fact of known) {
    const call = calls.get(fact.callId)!
    const before = progress.get(fact.callId) ?? progressOf(call)
    const after = progressAfter(before, fact, call.accept)
    if (after !== before) progress.set(fact.callId, after)
  }
  if (progress.size === 0) return
  const { rows } = await trx.raw<{ rows: { id: string; state: string; revision: number }[] }>(
    `update core.calls c set state = v.state, accept_until = v."acceptUntil", accepted_by = v."acceptedBy",
            held_since = v."heldSince", recording = v.recording, revision = c.revision + 1
       from jsonb_to_recordset(?::jsonb) as v(id uuid, state text, "acceptUntil" timestamptz, "acceptedBy" text,
            "heldSince" timestamptz, recording text)
      where c.id = v.id returning c.id, c.state, c.revision::int as revision`,
    [JSON.stringify([...progress].map(([id, after]) => ({ id, ...after })))]
  )
  for (const { id: callId, state, revision } of rows)
    await events.emit(callProgressed, { callId, state, revision }, { trx })
  const inputs = [...progress].flatMap(([id, after]): AgentInput[] => {
    const call = calls.get(id)!
    const type = agentEventBetween(call.state, after.state)
    return type && call.agent_id !== null
      ? [{ agentId: call.agent_id, event: { type, callId: call.id } }]
      : []
  })
  await applyAgentEvents(trx, events, clock.now(), inputs)
}

const progressOf = (call: CallInProgress): CallProgress => ({
  state: call.state,
  acceptUntil: call.accept_until,
  acceptedBy: call.accepted_by,
  heldSince: call.held_since,
  recording: call.recording
})

/** Writes what legs have come to; told again it changes nothing. Their calls' rows are locked. */
export async function writeLegs(trx: Knex.Transaction, facts: readonly LegFact[]): Promise<void> {
  if (facts.length === 0) return
  const rows = new Map<string, Record<string, unknown>>()
  for (const fact of facts) {
    const { callId, leg, role, channel, uniqueid, linkedid, endpoint, trunk, phase, cause } = fact
    const at = new Date(fact.atMs)
    const key = `${callId} ${leg}`
    const row = rows.get(key) ?? {
      call_id: callId,
      leg,
      role,
      channel,
      uniqueid,
      linkedid,
      endpoint,
      trunk,
      created_at: at
    }
    row[`${phase}_at`] = phase === 'created' ? at : (row[`${phase}_at`] ?? at)
    if (cause !== undefined) row.cause = cause
    rows.set(key, row)
  }
  const columns =
    'call_id, leg, role, channel, uniqueid, linkedid, endpoint, trunk, created_at, ringing_at, answered_at, bridged_at, ended_at, cause'
  await trx.raw(
    `insert into core.call_legs as l (${columns})
     select ${columns} from jsonb_populate_recordset(null::core.call_legs, ?::jsonb)
     on conflict (call_id, leg) do update set
       ringing_at = coalesce(l.ringing_at, excluded.ringing_at), answered_at = coalesce(l.answered_at, excluded.answered_at),
       bridged_at = coalesce(l.bridged_at, excluded.bridged_at), ended_at = coalesce(l.ended_at, excluded.ended_at),
       cause = coalesce(l.cause, excluded.cause)`,
    [JSON.stringify([...rows.values()])]
  )
}

async function writeAcceptance(trx: Knex.Transaction, facts: readonly AcceptanceFact[]): Promise<void> {
  for (const { callId, atMs } of facts) {
    await trx('core.call_legs')
      .where({ call_id: callId, role: 'agent', accepted_at: null })
      .update({ accepted_at: new Date(atMs) })
  }
}

const agentEvent: Record<string, 'agent_accepted' | 'customer_dialled' | 'customer_bridged' | undefined> = {
  agent_accepted: 'agent_accepted',
  dialling_customer: 'customer_dialled',
  talking: 'customer_bridged'
}

/** What the agent's state machine is told of the states that were passed; the last one says it all. */
function agentEventBetween(before: string, after: string) {
  const states: readonly string[] = callStates
  const passed = states.slice(states.indexOf(before) + 1, states.indexOf(after) + 1)
  return passed.map(one => agentEvent[one]).findLast(one => one !== undefined)
}

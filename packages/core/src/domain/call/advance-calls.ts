import type { Knex } from 'knex'
import { type AgentInput, applyAgentEvents } from '../agent/agent-states.ts'
import { callProgressed } from '../events.ts'
import type { AcceptanceFact, LegFact } from './call-record.ts'
import type { CallRow, LedgerKernel } from './ledger-rows.ts'

const states = [
  'requested',
  'ringing_agent',
  'agent_accepted',
  'dialling_customer',
  'ringing_customer',
  'talking'
]

/** Writes how far calls in flight have come, in the same few statements for one fact and for hundreds. */
export async function advanceCalls(
  trx: Knex.Transaction,
  { events, clock }: Pick<LedgerKernel, 'events' | 'clock'>,
  facts: readonly (LegFact | AcceptanceFact)[]
): Promise<void> {
  if (facts.length === 0) return
  const ids = [...new Set(facts.map(fact => fact.callId))].sort()
  const found = await trx<CallRow>('core.calls').whereIn('id', ids).orderBy('id').forUpdate()
  // A leg of a call that we did not ask for, or that has ended: its record tells the rest.
  const calls = new Map(found.map(call => [call.id, call]))
  const known = facts.filter(fact => calls.has(fact.callId))
  await writeLegs(
    trx,
    known.filter(fact => fact.kind === 'leg')
  )
  const accepted = known.filter(fact => fact.kind === 'accepted')
  await writeAcceptance(trx, accepted)
  const reached = new Map<string, number>()
  for (const fact of known) {
    const state = stateOf(fact, calls.get(fact.callId)!.accept)
    if (state) reached.set(fact.callId, Math.max(reached.get(fact.callId) ?? 0, states.indexOf(state)))
  }
  const changed = [...reached].flatMap(([id, index]) => {
    const call = calls.get(id)!
    return index > states.indexOf(call.state) ? [{ call, id, state: states[index]! }] : []
  })
  if (changed.length === 0) return
  await trx.raw(
    `update core.calls c set state = v.state, revision = c.revision + 1
       from jsonb_to_recordset(?::jsonb) as v(id uuid, state text) where c.id = v.id`,
    [JSON.stringify(changed.map(({ id, state }) => ({ id, state })))]
  )
  for (const { id, state } of changed) await events.emit(callProgressed, { callId: id, state }, { trx })
  const inputs = changed.flatMap(({ call, state }): AgentInput[] => {
    const passed = states.slice(states.indexOf(call.state) + 1, states.indexOf(state) + 1)
    const type = passed.map(one => agentEvent[one]).findLast(one => one !== undefined)
    return type && call.agent_id !== null
      ? [{ agentId: call.agent_id, event: { type, callId: call.id } }]
      : []
  })
  await applyAgentEvents(trx, events, clock.now(), inputs)
}

async function writeLegs(trx: Knex.Transaction, facts: readonly LegFact[]): Promise<void> {
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

function stateOf(fact: LegFact | AcceptanceFact, accept: string): string | null {
  if (fact.kind === 'not-accepted') return null
  if (fact.kind === 'accepted') return 'agent_accepted'
  if (fact.role === 'agent') {
    if (fact.phase === 'created' || fact.phase === 'ringing') return 'ringing_agent'
    return fact.phase === 'answered' && accept === 'none' ? 'agent_accepted' : null
  }
  if (fact.phase === 'created') return 'dialling_customer'
  if (fact.phase === 'ringing') return 'ringing_customer'
  return fact.phase === 'bridged' ? 'talking' : null
}

import type { Knex } from 'knex'
import type { Events } from '../../kernel/events.ts'
import { type AgentInput, applyAgentEvents } from '../agent/agent-states.ts'
import type { HandCallFact } from './call-record.ts'
import { extensionAt } from './foreign-calls.ts'

/**
 * Writes which phones call a number that was dialled on them by hand, and what follows for their owners: they are talking
 * as long as one of these calls lasts. Told twice, a call stands once; of a phone that is nobody's nothing is kept.
 */
export async function advanceHandCalls(
  trx: Knex.Transaction,
  { events, now }: { readonly events: Events; readonly now: Date },
  pbx: string,
  facts: readonly HandCallFact[]
): Promise<void> {
  const inputs: AgentInput[] = []
  for (const fact of facts) inputs.push(...(await (fact.phase === 'began' ? begin : end)(trx, pbx, fact)))
  await applyAgentEvents(trx, events, now, inputs)
}

async function begin(trx: Knex.Transaction, pbx: string, fact: HandCallFact): Promise<AgentInput[]> {
  const extension = extensionAt(fact.endpoint)
  if (extension === undefined) return []
  const { rows } = await trx.raw<{ rows: { agentId: number }[] }>(
    `insert into core.hand_calls (pbx, uniqueid, call_id, agent_id, began_at)
     select ?, ?, ?, u.id, ? from core.users u where u.extension = ?
     on conflict (pbx, uniqueid) do nothing returning agent_id as "agentId"`,
    [pbx, fact.uniqueid, fact.callId, new Date(fact.startedAtMs), extension]
  )
  return rows.map(({ agentId }) => ({ agentId, event: { type: 'hand_call_began' } }))
}

async function end(trx: Knex.Transaction, pbx: string, fact: HandCallFact): Promise<AgentInput[]> {
  const rows = await trx('core.hand_calls')
    .where({ pbx, uniqueid: fact.uniqueid, ended_at: null })
    .update({ ended_at: new Date(fact.atMs) })
    .returning<{ agent_id: number; call_id: string }[]>(['agent_id', 'call_id'])
  return rows.map(({ agent_id: agentId, call_id: callId }) => ({
    agentId,
    event: { type: 'hand_call_ended', callId }
  }))
}

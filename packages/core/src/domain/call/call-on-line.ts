import type { Knex } from 'knex'
import type { CallOnLine } from '../telephony/telephony-port.ts'
import type { CallRow } from './ledger-rows.ts'

/** The call with the channels that its newest legs have on the PBX. */
export async function callOnLine(
  db: Knex | Knex.Transaction,
  { id, attempt, leg_stays, leg_channel }: Pick<CallRow, 'id' | 'attempt' | 'leg_stays' | 'leg_channel'>
): Promise<CallOnLine> {
  const legs = await db('core.call_legs')
    .where({ call_id: id, ended_at: null })
    .orderBy('created_at', 'desc')
    .select<{ role: 'agent' | 'customer'; channel: string }[]>('role', 'channel')
  const newest = (role: 'agent' | 'customer'): string | null =>
    legs.find(leg => leg.role === role)?.channel ?? null
  return {
    callId: id,
    attempt,
    agentChannel: newest('agent') ?? leg_channel,
    customerChannel: newest('customer'),
    agentStays: leg_stays
  }
}

import type { Knex } from 'knex'
import type { CallRecord, LegRecord } from './call-record.ts'
import type { EndingCall } from './ledger-rows.ts'

/** When the agent was called again late, the PBX's reader had forgotten the first attempt: its leg is in the database. */
export async function legsOfEarlierAttempts(
  trx: Knex.Transaction,
  calls: readonly EndingCall[],
  records: ReadonlyMap<string, CallRecord>
): Promise<ReadonlyMap<string, LegRecord[]>> {
  const again = calls.filter(({ attempt }) => attempt > 1).map(({ id }) => id)
  const found = new Map<string, LegRecord[]>()
  if (again.length === 0) return found
  const at = (time: Date | null) => time?.getTime()
  for (const leg of await trx('core.call_legs').whereIn('call_id', again).orderBy('created_at')) {
    if (records.get(leg.call_id)?.legs.some(one => one.leg === leg.leg)) continue
    const known = {
      createdAtMs: at(leg.created_at),
      ringingAtMs: at(leg.ringing_at),
      answeredAtMs: at(leg.answered_at),
      bridgedAtMs: at(leg.bridged_at),
      endedAtMs: at(leg.ended_at),
      cause: leg.cause ?? undefined
    }
    const { role, channel, uniqueid, endpoint, trunk } = leg
    found.set(leg.call_id, [
      ...(found.get(leg.call_id) ?? []),
      {
        leg: leg.leg,
        role,
        channel,
        uniqueid,
        endpoint,
        trunk,
        ...Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined))
      }
    ])
  }
  return found
}

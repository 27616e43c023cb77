import { isDeepStrictEqual } from 'node:util'
import { type CommandIo, connectDatabase, rewriteCall } from '@evscallpro/core'
import { callLine } from './call-line.ts'
import type { ReplayedCall } from './replay-files.ts'

/** What a row must say as the record says it; the version alone is no difference worth a correction. */
const compared = [
  'outcome',
  'endedBy',
  'direction',
  'talkMs',
  'holdMs',
  'billableMs',
  'cause',
  'techCause',
  'trunk',
  'route',
  'callerIdPresented',
  'agentRingingAt',
  'agentAnsweredAt',
  'agentAcceptedAt',
  'customerDialledAt',
  'customerRingingAt',
  'customerAnsweredAt',
  'endedAt',
  'transfers',
  'endQuality',
  'linkedid'
] as const

const column = (name: string): string => name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)

const columns = ['started_at', ...compared.map(column)]

/**
 * Prints one JSON line for each call whose row differs from what the present interpreter makes of the journal, and a
 * sum at the end; with `write` the rows are corrected, each in a transaction of its own. Calls that the journal does not
 * hold from their beginning, and rows that it does not know, are left alone.
 * @returns 0 when nothing differs or everything was written, else 1
 */
export async function diffWithHistory(
  calls: AsyncIterable<ReplayedCall>,
  write: boolean,
  io: CommandIo
): Promise<number> {
  const url = process.env.DATABASE_URL
  if (!url) throw new Error('DATABASE_URL is not set: give the database whose call_history is to be compared')
  const db = connectDatabase(url, { poolMax: 2, applicationName: 'evs replay' })
  const sum = { same: 0, different: 0, partial: 0, unknown: 0, written: 0 }
  try {
    for await (const call of calls) {
      if (!call.whole) {
        sum.partial++
        continue
      }
      const { record, pbx } = call
      const row = await db('core.call_history').where({ id: record.callId, pbx }).first(columns)
      if (!row) {
        sum.unknown++
        continue
      }
      const found = callLine(pbx, record)
      const changed = compared.filter(name => !isDeepStrictEqual(found[name], wire(row[column(name)])))
      if (changed.length === 0) {
        sum.same++
        continue
      }
      sum.different++
      const changes = Object.fromEntries(
        changed.map(name => [name, { row: wire(row[column(name)]), now: found[name] }])
      )
      io.out(JSON.stringify({ callId: record.callId, changes }))
      if (!write) continue
      await db.transaction(trx => rewriteCall(trx, record.callId, record))
      sum.written++
    }
  } finally {
    await db.destroy()
  }
  io.err(
    `same ${sum.same}, different ${sum.different}, written ${sum.written}, without a row ${sum.unknown}, begun before the journal ${sum.partial}`
  )
  return sum.different === sum.written ? 0 : 1
}

const wire = (value: unknown): unknown => (value instanceof Date ? value.toISOString() : value)

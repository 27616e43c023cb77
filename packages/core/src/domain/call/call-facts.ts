import type { Knex } from 'knex'
import { type CallEventName, writeFacts } from '../outbox/outbox.ts'
import { historyColumns, historySql, historyWire } from './call-history-row.ts'
import { type StatLine, statColumns } from './call-stats.ts'

/** A row as it was just written: under the names of the API, and what the roll-up counts of it. */
export type WrittenCall = Readonly<Record<string, unknown>> & StatLine & { readonly callId: string }

/** For the RETURNING of whoever writes rows of call_history; `table` is a prefix such as `h.`, or empty. */
export const writtenSql = (table: string): string =>
  `${historySql(table)}, ${statColumns
    .filter(column => column !== 'outcome') // the API calls it so too
    .map(column => `${table}${column}`)
    .join(', ')}`

/** Puts rows, whole and as the API shows them, into the outbox. Their writer holds their locks. */
export async function tellOfCalls(
  trx: Knex.Transaction,
  event: CallEventName,
  rows: readonly WrittenCall[]
): Promise<void> {
  await writeFacts(
    trx,
    rows.map(row => ({
      event,
      subject: row.callId,
      data: historyWire(Object.fromEntries(historyColumns.map(([name]) => [name, row[name]])))
    }))
  )
}

/** A row as its writer has it, under the names of the columns; times are ISO 8601. */
export type NewCall = Readonly<Record<string, unknown>> & StatLine & { readonly id: string }

/** As `tellOfCalls`, of rows that were just inserted: their writer need not read back what it wrote. */
export async function tellOfNewCalls(trx: Knex.Transaction, rows: readonly NewCall[]): Promise<void> {
  await writeFacts(
    trx,
    rows.map(row => ({ event: 'call.ended', subject: row.id, data: wireOf(row) }))
  )
}

function wireOf(row: NewCall): Readonly<Record<string, unknown>> {
  const wire: Record<string, unknown> = {}
  for (const [name, column] of historyColumns) wire[name] = row[column]
  return wire
}

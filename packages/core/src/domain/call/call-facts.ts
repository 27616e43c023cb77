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
      data: JSON.stringify(historyWire(Object.fromEntries(historyColumns.map(([name]) => [name, row[name]]))))
    }))
  )
}

/** A row that was just inserted, with what its columns hold as JSON. */
export interface InsertedCall {
  readonly id: string
  readonly revision: number
  readonly values: readonly string[]
}

/**
 * As `tellOfCalls`, of rows that were just inserted: their writer need not read back what it wrote. `columns` names the
 * values; the revision is the database's.
 */
export async function tellOfNewCalls(
  trx: Knex.Transaction,
  columns: readonly string[],
  rows: readonly InsertedCall[]
): Promise<void> {
  const told = historyColumns.map(([name, column], i) => ({
    key: `${i === 0 ? '{' : ','}"${name}":`,
    at: columns.indexOf(column),
    isRevision: column === 'revision'
  }))
  const json = ({ revision, values }: InsertedCall): string => {
    let text = ''
    for (const { key, at, isRevision } of told) text += key + (isRevision ? revision : values[at])
    return `${text}}`
  }
  await writeFacts(
    trx,
    rows.map(row => ({ event: 'call.ended', subject: row.id, data: json(row) }))
  )
}

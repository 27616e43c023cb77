import type { Knex } from 'knex'
import { type CallEventName, writeFacts } from '../outbox/outbox.ts'
import { historyColumns, historySql } from './call-history-row.ts'
import { type StatLine, statColumns } from './call-stats.ts'
import { RowJson } from './row-json.ts'

/** A row as it was just written: under the names of the API, and what the roll-up counts of it. */
export type WrittenCall = Readonly<Record<string, unknown>> & StatLine & { readonly callId: string }

/** For the RETURNING of whoever writes rows of call_history; `table` is a prefix such as `h.`, or empty. */
export const writtenSql = (table: string): string =>
  `${historySql(table)}, ${statColumns
    .filter(column => column !== 'outcome') // the API calls it so too
    .map(column => `${table}${column}`)
    .join(', ')}`

/** A row as the API shows it. */
const wire = new RowJson(historyColumns.map(([name]) => name))

/** Puts rows, whole and as the API shows them, into the outbox. Their writer holds their locks. */
export async function tellOfCalls(
  trx: Knex.Transaction,
  event: CallEventName,
  rows: readonly WrittenCall[]
): Promise<void> {
  await writeFacts(
    trx,
    rows.map(row => ({ event, subject: row.callId, data: wire.row(wire.values(row)) }))
  )
}

/** A row that was just inserted, with what its columns hold as JSON. */
export interface InsertedCall {
  readonly id: string
  readonly revision: number
  readonly values: readonly string[]
}

/** As `tellOfCalls`, of rows that were just inserted: their writer need not read back what it wrote. */
export class NewCallFacts {
  /** Where the value of each column of the API is among those of a row; null: the revision, which the database gives. */
  readonly #places: readonly (number | null)[]

  /** `columns` names the values of the rows; throws when one is missing that the API shows. */
  constructor(columns: readonly string[]) {
    this.#places = historyColumns.map(([name, column]) => {
      if (column === 'revision') return null
      const at = columns.indexOf(column)
      if (at < 0) throw new Error(`a call's row is written without ${column}, which the API shows as ${name}`)
      return at
    })
  }

  async tell(trx: Knex.Transaction, rows: readonly InsertedCall[]): Promise<void> {
    await writeFacts(
      trx,
      rows.map(row => ({ event: 'call.ended', subject: row.id, data: this.#data(row) }))
    )
  }

  #data({ revision, values }: InsertedCall): string {
    return wire.row(this.#places.map(at => (at === null ? String(revision) : values[at]!)))
  }
}

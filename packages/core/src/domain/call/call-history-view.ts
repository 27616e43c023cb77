import type { Knex } from 'knex'
import { type HistoryRowWire, historySql, historyWire } from './call-history-row.ts'
import { applyFilter, type PeriodFilter } from './call-history-search.ts'
import { CursorForeignError, TalkSortError } from './history-errors.ts'

/** Orders that an index serves. By talk time: answered calls only, as the others have none. */
export const historySorts = ['-startedAt', 'startedAt', '-endedAt', 'endedAt', '-talkMs', 'talkMs'] as const
export type HistorySort = (typeof historySorts)[number]

/** What a cursor looks like: the sorted value of the last row, and its id. */
export const cursorPattern = '^[0-9TZ:.-]{1,30}_[0-9a-f-]{36}$'

const sortColumn = { startedAt: 'started_at', endedAt: 'ended_at', talkMs: 'talk_ms' } as const
type SortKey = keyof typeof sortColumn

export interface HistoryPage {
  readonly items: HistoryRowWire[]
  readonly next: string | null
}

/** Reads call_history; lists always within a period, so that only its months are touched. */
export class CallHistoryView {
  readonly #db: Knex

  constructor(db: Knex) {
    this.#db = db
  }

  async one(callId: string): Promise<HistoryRowWire | null> {
    const row = await this.#db('core.call_history')
      .where({ id: callId })
      .first<Record<string, unknown> | undefined>(this.#db.raw(historySql('')))
    return row ? historyWire(row) : null
  }

  /** One page in the given order; `after` is the `next` of the page before. Throws CORE_CURSOR_FOREIGN. */
  async list(
    filter: PeriodFilter,
    { sort, limit, after }: { sort: HistorySort; limit: number; after?: string | undefined }
  ): Promise<HistoryPage> {
    const descending = sort.startsWith('-')
    const key = (descending ? sort.slice(1) : sort) as SortKey // historySorts are these keys, with and without -
    const column = `h.${sortColumn[key]}`
    const order = descending ? 'desc' : 'asc'
    const query = this.#db('core.call_history as h')
      .select(this.#db.raw(historySql('h.')))
      .orderBy([
        { column, order },
        { column: 'h.id', order }
      ])
      .limit(limit + 1)
    applyFilter(query, filter)
    if (key === 'talkMs') onlyAnswered(query, filter)
    if (after !== undefined) {
      const { value, id } = readCursor(after, key)
      query.whereRaw(`(${column}, h.id) ${descending ? '<' : '>'} (?, ?::uuid)`, [value, id])
      // The row comparison alone would not tell the planner which months are left.
      if (key === 'startedAt') query.where(column, descending ? '<=' : '>=', value)
    }
    const rows: Record<string, unknown>[] = await query
    const items = rows.slice(0, limit).map(historyWire)
    const last = items.at(-1)
    return { items, next: rows.length > limit && last ? `${last[key]}_${last.callId}` : null }
  }
}

function onlyAnswered(query: Knex.QueryBuilder, { outcome }: PeriodFilter): void {
  if (outcome && !outcome.includes('answered')) throw new TalkSortError()
  query.where('h.outcome', 'answered')
}

function readCursor(cursor: string, key: SortKey): { value: string | number; id: string } {
  const [text = '', id = ''] = cursor.split('_')
  const value = key === 'talkMs' ? Number(text) : text
  const known = typeof value === 'number' ? Number.isInteger(value) : isInstant(value)
  if (!known || !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) throw new CursorForeignError()
  return { value, id }
}

const isInstant = (text: string): boolean =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text) && !Number.isNaN(Date.parse(text))

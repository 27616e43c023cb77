import type { Knex } from 'knex'
import { type HistoryEntryWire, type HistoryRowWire, historySql, historyWire } from './call-history-row.ts'
import { applyFilter, type PeriodFilter } from './call-history-search.ts'
import { CursorForeignError, SortPeriodError, TalkSortError } from './history-errors.ts'

/** Orders that an index serves. By talk time: answered calls only, as the others have none. */
export const historySorts = ['-startedAt', 'startedAt', '-endedAt', 'endedAt', '-talkMs', 'talkMs'] as const
export type HistorySort = (typeof historySorts)[number]

/** What a cursor looks like: the sorted value of the last row, and its id. */
export const cursorPattern = '^[0-9TZ:.-]{1,30}_[0-9a-f-]{36}$'

const sortColumn = { startedAt: 'started_at', endedAt: 'ended_at', talkMs: 'talk_ms' } as const
type SortKey = keyof typeof sortColumn

const slackMs = 86_400_000
const maxMonths = 13

/** Calls of so short a time are fetched by their start and then sorted. */
const shortMs = 2 * 86_400_000

/**
 * The same values, and no index: what is few is fetched first, then sorted, where the planner would rather go through a
 * whole month in the order wanted. Few are calls found by last digits, whose number the planner may guess a hundred times
 * too high (one bucket of its histogram), and the calls of a day, when the last to end are asked for: behind them in the
 * order of their ends lies the rest of the month.
 */
const computed: Record<SortKey, string> = {
  startedAt: "h.started_at + interval '0'",
  endedAt: "h.ended_at + interval '0'",
  talkMs: 'h.talk_ms + 0'
}

interface Order {
  readonly key: SortKey
  readonly descending: boolean
}

export interface HistoryPage {
  readonly items: HistoryEntryWire[]
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

  /** One page in the given order; `after` is the `next` of the page before. Throws CORE_CURSOR_FOREIGN, CORE_SORT_PERIOD. */
  async list(
    filter: PeriodFilter,
    { sort, limit, after }: { sort: HistorySort; limit: number; after?: string | undefined }
  ): Promise<HistoryPage> {
    const descending = sort.startsWith('-')
    const key = (descending ? sort.slice(1) : sort) as SortKey // historySorts are these keys, with and without -
    const order = { key, descending }
    const cursor = after === undefined ? null : readCursor(after, key)
    const pages = (key === 'startedAt' ? [filter] : monthsOf(filter, key)).map(part =>
      this.#first(part, order, cursor).limit(limit + 1)
    )
    const direction = descending ? 'desc' : 'asc'
    const rows: Record<string, unknown>[] =
      pages.length === 1
        ? await pages[0]!
        : await this.#db
            .from(this.#db.unionAll(pages, true).as('months'))
            .orderBy([
              { column: key, order: direction },
              { column: 'callId', order: direction }
            ])
            .limit(limit + 1)
    const items = rows.slice(0, limit).map(historyWire)
    const last = items.at(-1)
    const next = rows.length > limit && last ? `${last[key]}_${last.callId}` : null
    return { items: await this.#named(items), next }
  }

  /** One look-up by key for a page: a join would change how its rows are found. */
  async #named(rows: readonly HistoryRowWire[]): Promise<HistoryEntryWire[]> {
    const ids = [...new Set(rows.flatMap(({ agentId }) => agentId ?? []))]
    const agents =
      ids.length === 0
        ? []
        : await this.#db('core.users')
            .whereRaw('id = any(?::int[])', [ids])
            .select<{ id: number; name: string }[]>('id', { name: 'display_name' })
    const names = new Map(agents.map(({ id, name }) => [id, name]))
    return rows.map(row =>
      Object.assign(row, { agentName: row.agentId === null ? null : (names.get(row.agentId) ?? null) })
    )
  }

  #first(filter: PeriodFilter, { key, descending }: Order, cursor: Cursor | null): Knex.QueryBuilder {
    const column = `h.${sortColumn[key]}`
    const order = descending ? 'desc' : 'asc'
    const query = this.#db('core.call_history as h')
      .select(this.#db.raw(historySql('h.')))
      .orderByRaw(`${isFew(filter, key, descending) ? computed[key] : column} ${order}, h.id ${order}`)
    applyFilter(query, filter)
    if (key === 'talkMs') onlyAnswered(query, filter)
    // Nothing ends before it begins (clocks of PBXs may differ): spares the way through a month's earlier ends.
    if (key === 'endedAt') query.where('h.ended_at', '>=', new Date(Date.parse(filter.from) - slackMs))
    if (cursor) {
      query.whereRaw(`(${column}, h.id) ${descending ? '<' : '>'} (?, ?::uuid)`, [cursor.value, cursor.id])
      // The row comparison alone would not tell the planner which months are left.
      if (key === 'startedAt') query.where(column, descending ? '<=' : '>=', cursor.value)
    }
    return query
  }
}

function isFew({ numberEnds, from, to }: PeriodFilter, key: SortKey, descending: boolean): boolean {
  const isShort = Date.parse(to) - Date.parse(from) <= shortMs
  return numberEnds !== undefined || (key === 'endedAt' && descending && isShort)
}

/**
 * The period by months, as the table is cut. In an order other than theirs each month is asked for its own first rows:
 * one query over all would, by its cost model, go through whole months that have no match (measured: 5 s for 60 ms).
 */
function monthsOf(filter: PeriodFilter, sort: SortKey): PeriodFilter[] {
  const end = Date.parse(filter.to)
  const parts: PeriodFilter[] = []
  for (let begin = Date.parse(filter.from); begin < end; ) {
    if (parts.length === maxMonths) throw new SortPeriodError(sort)
    const at = new Date(begin)
    const next = Math.min(end, Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1))
    parts.push({ ...filter, from: at.toISOString(), to: new Date(next).toISOString() })
    begin = next
  }
  return parts
}

function onlyAnswered(query: Knex.QueryBuilder, { outcome }: PeriodFilter): void {
  if (outcome && !outcome.includes('answered')) throw new TalkSortError()
  query.where('h.outcome', 'answered')
}

interface Cursor {
  readonly value: string | number
  readonly id: string
}

function readCursor(cursor: string, key: SortKey): Cursor {
  const [text = '', id = ''] = cursor.split('_')
  const value = key === 'talkMs' ? Number(text) : text
  const known = typeof value === 'number' ? Number.isInteger(value) : isInstant(value)
  if (!known || !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) throw new CursorForeignError()
  return { value, id }
}

const isInstant = (text: string): boolean =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text) && !Number.isNaN(Date.parse(text))

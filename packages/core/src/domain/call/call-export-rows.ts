import type { Knex } from 'knex'
import type { CallColumn, CsvOptions, CsvValue } from './call-csv.ts'
import { applyFilter, type PeriodFilter } from './call-history-search.ts'

/** Rows read by one statement. */
const pageRows = 2_000

export type ExportRow = Readonly<Record<CallColumn, CsvValue>>

interface ReadRow extends ExportRow {
  readonly callId: string
  readonly cursor: Date
}

/**
 * Reads the calls of a filter, oldest first, page by page behind a key instead of through one long cursor of the
 * database: whoever reads slowly holds no transaction, and no snapshot that would keep the queues from being cleaned.
 * So it is not the picture of one instant: a row changed meanwhile comes as it is when its page is read.
 */
export async function* readForExport(
  db: Knex,
  filter: PeriodFilter,
  format: RowFormat
): AsyncGenerator<readonly ExportRow[]> {
  let last: ReadRow | undefined
  for (;;) {
    const page = db('core.call_history as h').select('h.*').orderBy(['h.started_at', 'h.id']).limit(pageRows)
    applyFilter(page, filter)
    if (last) {
      page.whereRaw('(h.started_at, h.id) > (?, ?::uuid)', [last.cursor, last.callId])
      page.where('h.started_at', '>=', last.cursor) // tells the planner which months are left
    }
    const rows = await withNames(db, page, format)
    if (rows.length > 0) yield rows
    if (rows.length < pageRows) return
    last = rows.at(-1)
  }
}

/** How many calls an export will have. */
export async function countForExport(db: Knex, filter: PeriodFilter): Promise<number> {
  const query = db('core.call_history as h').count({ n: '*' })
  applyFilter(query, filter)
  const [row] = await query
  return Number(row!.n) // an aggregate has one row
}

type RowFormat = Pick<CsvOptions, 'language' | 'timeZone'>

/** The rows of a page with the names that belong to their numbers, in the export's columns. */
function withNames(db: Knex, page: Knex.QueryBuilder, { language, timeZone }: RowFormat): Promise<ReadRow[]> {
  const time = (column: string): Knex.Raw =>
    timeZone === undefined
      ? db.raw(`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`)
      : db.raw(`to_char(${column} at time zone ?, 'YYYY-MM-DD HH24:MI:SS')`, [timeZone])
  const seconds = (column: string): Knex.Raw => db.raw(`round(${column} / 1000.0)::int`)
  const columns: Record<keyof ReadRow, string | Knex.Raw> = {
    cursor: 'h.started_at',
    callId: 'h.id',
    startedAt: time('h.started_at'),
    answeredAt: time('h.customer_answered_at'),
    endedAt: time('h.ended_at'),
    campaignId: 'h.campaign_id',
    campaign: 'c.name',
    agentId: 'h.agent_id',
    agent: 'u.display_name',
    siteId: 'h.site_id',
    site: 's.name',
    contactId: 'h.contact_id',
    externalId: 'k.external_id',
    direction: 'h.direction',
    number: 'h.number',
    callerId: db.raw('coalesce(h.caller_id_presented, h.caller_id_requested)'),
    outcome: 'h.outcome',
    endedBy: 'h.ended_by',
    talkSeconds: seconds('h.talk_ms'),
    holdSeconds: seconds('h.hold_ms'),
    billableSeconds: seconds('h.billable_ms'),
    dispositionCode: 'd.code',
    disposition: language === 'fr' ? 'd.label_fr' : 'd.label_en',
    qualifiedAt: time('h.qualified_at'),
    note: 'h.note',
    endQuality: 'h.end_quality',
    trunk: 'h.trunk',
    pbx: 'h.pbx',
    revision: 'h.revision'
  }
  return db
    .from(page.as('h'))
    .leftJoin('core.campaigns as c', 'c.id', 'h.campaign_id')
    .leftJoin('core.users as u', 'u.id', 'h.agent_id')
    .leftJoin('core.sites as s', 's.id', 'h.site_id')
    .leftJoin('core.dispositions as d', 'd.id', 'h.disposition_id')
    .leftJoin('core.contacts as k', join => {
      join.on('k.campaign_id', 'h.campaign_id').andOn('k.id', 'h.contact_id')
    })
    .orderBy(['h.started_at', 'h.id'])
    .select(columns)
}

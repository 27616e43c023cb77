import type { Knex } from 'knex'
import { NewCallFacts } from './call-facts.ts'
import { type CallBusiness, legRow, telephoneColumns } from './call-history.ts'
import type { CallRecord } from './call-record.ts'
import type { StatLine } from './call-stats.ts'
import { RowJson } from './row-json.ts'

/** A finished call on its way into call_history. */
export interface FinishedCall {
  readonly callId: string
  readonly business: CallBusiness
  readonly record: CallRecord
}

/**
 * Inserts the rows of finished calls, with their legs and their facts, in a handful of statements however many they are.
 * Returns those that were inserted, by id, as the roll-up is to count them; the others stand already.
 */
export async function insertCalls(
  trx: Knex.Transaction,
  calls: readonly FinishedCall[]
): Promise<ReadonlyMap<string, StatLine>> {
  if (calls.length === 0) return new Map()
  const choices = await choicesOf(trx, calls)
  const rows = calls.map(call => {
    const row = historyRow(call, choiceOf(choices, call))
    return { call, row, values: historyJson.values(row) }
  })
  const { rows: written } = await trx.raw<{ rows: { id: string; day: string; revision: number }[] }>(
    `insert into core.call_history as h (${historyJson.columns.join(', ')}, day)
     select ${historyJson.columns.map(column => `r.${column}`).join(', ')},
            (r.started_at at time zone coalesce(c.time_zone, 'UTC'))::date
       from jsonb_populate_recordset(null::core.call_history, ?::jsonb) r
       left join core.campaigns c on c.id = r.campaign_id
     on conflict (campaign_id, started_at, id) do nothing returning h.id, h.day, h.revision`,
    [arrayOf(rows.map(({ values }) => historyJson.row(values)))]
  )
  const inserted = new Map(written.map(row => [row.id, row]))
  const fresh = rows.flatMap(({ call, row, values }) => {
    const keys = inserted.get(row.id)
    return keys ? [{ call, row, values, ...keys }] : []
  })
  const legs = fresh.flatMap(({ call: { callId, business, record } }) =>
    record.legs.map(leg => legJson.row(legJson.values(legRow(callId, business.startedAt, leg))))
  )
  if (legs.length > 0) {
    const columns = legJson.columns.join(', ')
    await trx.raw(
      `insert into core.call_history_legs (${columns}) select ${columns}
         from jsonb_populate_recordset(null::core.call_history_legs, ?::jsonb)`,
      [arrayOf(legs)]
    )
  }
  await newCallFacts.tell(trx, fresh)
  return new Map(
    fresh.map(({ row, day }) => [
      row.id,
      {
        campaign_id: row.campaign_id,
        day,
        agent_id: row.agent_id,
        outcome: row.outcome,
        disposition_id: row.disposition_id,
        talk_ms: row.talk_ms,
        billable_ms: row.billable_ms
      }
    ])
  )
}

const arrayOf = (rows: readonly string[]): string => `[${rows.join(',')}]`

function historyRow({ callId, business, record }: FinishedCall, choice: Choice) {
  return {
    campaign_id: business.campaignId,
    id: callId,
    started_at: business.startedAt,
    contact_id: business.contactId,
    handout_id: business.handoutId,
    agent_id: business.agentId,
    site_id: business.siteId,
    direction: record.direction,
    number: business.number,
    station: business.station,
    caller_id_requested: business.callerId,
    pbx: business.pbx,
    recording: record.recorded ? business.recordingFile : null,
    ...telephoneColumns(record),
    disposition_id: choice.disposition_id,
    note: choice.note,
    qualified_at: choice.qualified_at
  }
}

interface Choice {
  readonly disposition_id: number | null
  readonly note: string | null
  readonly qualified_at: Date | null
}
const noChoice: Choice = { disposition_id: null, note: null, qualified_at: null }

const nothing = { startedAtMs: 0, endedAtMs: 0, talkMs: 0, holdMs: 0, billableMs: 0, legs: [], transfers: [] }
/** Taken from the rows themselves, so that a column has one place. */
const historyJson = new RowJson(
  Object.keys(
    historyRow(
      { callId: '', business: {} as CallBusiness, record: nothing as unknown as CallRecord }, // keys only
      noChoice
    )
  )
)
const newCallFacts = new NewCallFacts(historyJson.columns)
const legJson = new RowJson(Object.keys(legRow('', new Date(0), {} as CallRecord['legs'][number]))) // keys only

/**
 * What agents chose while they talked is on their hand-outs: rows are complete from their first moment. The lock orders
 * us with a qualification under way: either we read it here, or it finds our row.
 */
async function choicesOf(
  trx: Knex.Transaction,
  calls: readonly FinishedCall[]
): Promise<ReadonlyMap<number | null, Choice>> {
  const ids = calls.flatMap(({ business: { handoutId } }) => (handoutId === null ? [] : [handoutId]))
  if (ids.length === 0) return new Map()
  const { rows } = await trx.raw<{ rows: (Choice & { id: number })[] }>(
    `select id, disposition_id, note, qualified_at from core.handouts where id = any(?) order by id for no key update`,
    [ids]
  )
  return new Map(
    rows.flatMap(({ id, ...choice }) => (choice.disposition_id === null ? [] : [[id, choice] as const]))
  )
}

const choiceOf = (choices: ReadonlyMap<number | null, Choice>, { business }: FinishedCall): Choice =>
  choices.get(business.handoutId) ?? noChoice

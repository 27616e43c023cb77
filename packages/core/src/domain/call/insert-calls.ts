import type { Knex } from 'knex'
import { type CallBusiness, legRow, telephoneColumns } from './call-history.ts'
import type { CallRecord } from './call-record.ts'

/** A finished call on its way into call_history. */
export interface FinishedCall {
  readonly callId: string
  readonly business: CallBusiness
  readonly record: CallRecord
}

/**
 * Inserts the rows of finished calls, with their legs and their share of the roll-up, in a handful of statements however
 * many they are. Returns the ids of those that were inserted; the others stand already.
 */
export async function insertCalls(
  trx: Knex.Transaction,
  calls: readonly FinishedCall[]
): Promise<Set<string>> {
  if (calls.length === 0) return new Set()
  const { rows } = await trx.raw<{ rows: { id: string }[] }>(
    `insert into core.call_history (${historyColumns}) select ${historyColumns}
       from jsonb_populate_recordset(null::core.call_history, ?::jsonb)
     on conflict (campaign_id, started_at, id) do nothing returning id`,
    [JSON.stringify(calls.map(historyRow))]
  )
  const inserted = new Set(rows.map(row => row.id))
  const fresh = calls.filter(({ callId }) => inserted.has(callId))
  await joinChoices(trx, fresh)
  const legs = fresh.flatMap(({ callId, business, record }) =>
    record.legs.map(leg => legRow(callId, business.startedAt, leg))
  )
  if (legs.length > 0) {
    await trx.raw(
      `insert into core.call_history_legs (${legColumns}) select ${legColumns}
         from jsonb_populate_recordset(null::core.call_history_legs, ?::jsonb)`,
      [JSON.stringify(legs)]
    )
  }
  await countCalls(trx, fresh)
  return inserted
}

function historyRow({ callId, business, record }: FinishedCall) {
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
    ...telephoneColumns(record)
  }
}

const nothing = { startedAtMs: 0, endedAtMs: 0, talkMs: 0, holdMs: 0, billableMs: 0, legs: [] }
/** Taken from the rows themselves, so that a column has one place. */
const historyColumns = Object.keys(
  historyRow({ callId: '', business: {} as CallBusiness, record: nothing as unknown as CallRecord }) // keys only
).join(', ')
const legColumns = Object.keys(legRow('', new Date(0), {} as CallRecord['legs'][number])).join(', ') // keys only

/** What the agent chose while he talked is on the hand-out: the row is complete from its first moment. */
async function joinChoices(trx: Knex.Transaction, calls: readonly FinishedCall[]): Promise<void> {
  const ofHandouts = calls.filter(({ business }) => business.handoutId !== null)
  if (ofHandouts.length === 0) return
  await trx.raw(
    `update core.call_history h set disposition_id = o.disposition_id, note = o.note, qualified_at = o.qualified_at
       from core.handouts o, jsonb_to_recordset(?::jsonb) as k(id uuid, campaign_id int, started_at timestamptz, handout_id bigint)
      where o.id = k.handout_id and o.disposition_id is not null
        and h.campaign_id = k.campaign_id and h.started_at = k.started_at and h.id = k.id`,
    [JSON.stringify(ofHandouts.map(keyOf))]
  )
}

const keyOf = ({ callId, business }: FinishedCall) => ({
  id: callId,
  campaign_id: business.campaignId,
  started_at: business.startedAt,
  handout_id: business.handoutId
})

/** Adds the rows to the roll-up, in the order of its keys so that two writers wait rather than lock each other out. */
async function countCalls(trx: Knex.Transaction, calls: readonly FinishedCall[]): Promise<void> {
  if (calls.length === 0) return
  const rows = calls.map(({ business, record }) => ({
    campaign_id: business.campaignId,
    started_at: business.startedAt,
    agent_id: business.agentId ?? 0,
    outcome: record.outcome,
    talk_ms: Math.round(record.talkMs),
    billable_ms: Math.round(record.billableMs)
  }))
  await trx.raw(
    `insert into core.call_stats as s (campaign_id, day, agent_id, outcome, calls, talk_ms, billable_ms)
     select k.campaign_id, (k.started_at at time zone c.time_zone)::date, k.agent_id, k.outcome,
            count(*), sum(k.talk_ms), sum(k.billable_ms)
       from jsonb_to_recordset(?::jsonb) as k(campaign_id int, started_at timestamptz, agent_id int, outcome text,
            talk_ms bigint, billable_ms bigint)
       join core.campaigns c on c.id = k.campaign_id
      group by 1, 2, 3, 4 order by 1, 2, 3, 4
     on conflict (campaign_id, day, agent_id, outcome) do update
        set calls = s.calls + excluded.calls, talk_ms = s.talk_ms + excluded.talk_ms,
            billable_ms = s.billable_ms + excluded.billable_ms`,
    [JSON.stringify(rows)]
  )
}

import type { Knex } from 'knex'
import type { CallRecord, LegRecord } from './call-record.ts'

/** What the CRM knows of a call beside what the PBX knows. */
export interface CallBusiness {
  readonly campaignId: number
  readonly contactId: number | null
  readonly handoutId: number | null
  readonly agentId: number | null
  readonly siteId: number | null
  readonly number: string | null
  readonly callerId: string | null
  readonly station: string | null
  readonly pbx: string
  readonly startedAt: Date
}

const date = (ms: number | undefined): Date | null => (ms === undefined ? null : new Date(ms))

/** Columns that come from the PBX, and so may be amended by a late event. */
export function telephoneColumns(record: CallRecord) {
  return {
    ended_at: new Date(record.endedAtMs),
    outcome: record.outcome,
    ended_by: record.endedBy,
    trunk: record.trunk ?? null,
    route: record.route ?? null,
    caller_id_presented: record.callerIdPresented ?? null,
    agent_ringing_at: date(record.agentRingingAtMs),
    agent_answered_at: date(record.agentAnsweredAtMs),
    agent_accepted_at: date(record.agentAcceptedAtMs),
    customer_dialled_at: date(record.customerDialledAtMs),
    customer_ringing_at: date(record.customerRingingAtMs),
    customer_answered_at: date(record.customerAnsweredAtMs),
    talk_ms: Math.round(record.talkMs),
    hold_ms: Math.round(record.holdMs),
    billable_ms: Math.round(record.billableMs),
    cause: record.cause ?? null,
    tech_cause: record.techCause ?? null,
    linkedid: record.linkedid ?? null,
    end_quality: record.endQuality,
    interpreter_version: record.interpreterVersion
  }
}

export function legRow(callId: string, startedAt: Date, leg: LegRecord) {
  return {
    call_id: callId,
    started_at: startedAt,
    leg: leg.leg,
    role: leg.role,
    channel: leg.channel,
    uniqueid: leg.uniqueid,
    endpoint: leg.endpoint,
    trunk: leg.trunk,
    created_at: date(leg.createdAtMs),
    ringing_at: date(leg.ringingAtMs),
    answered_at: date(leg.answeredAtMs),
    bridged_at: date(leg.bridgedAtMs),
    ended_at: date(leg.endedAtMs),
    cause: leg.cause ?? null,
    tech_cause: leg.techCause ?? null
  }
}

/**
 * Writes what late events, or a better reading, changed on a row that stands already; false when there is no such row.
 * An estimate never replaces what is exact, and what says the same changes nothing.
 */
export async function amendCall(trx: Knex.Transaction, callId: string, record: CallRecord): Promise<boolean> {
  const row = await trx('core.call_history')
    .where('id', callId)
    .forUpdate()
    .first<Record<string, unknown> & { campaign_id: number; started_at: Date }>()
  if (!row) return false
  if (record.endQuality === 'estimated' && row.end_quality === 'exact') return true
  const key = { campaign_id: row.campaign_id, started_at: row.started_at, id: callId }
  const legs = record.legs.map(leg => legRow(callId, row.started_at, leg))
  const before = await trx('core.call_history_legs').where({ started_at: row.started_at, call_id: callId })
  if (says(row, telephoneColumns(record)) && saySame(before, legs)) return true
  await countCall(trx, callId, row.campaign_id, row.started_at, -1)
  await trx('core.call_history')
    .where(key)
    .update({ ...telephoneColumns(record), revision: trx.raw('revision + 1') })
  await trx('core.call_history_legs').where({ started_at: row.started_at, call_id: callId }).delete()
  if (legs.length > 0) await trx('core.call_history_legs').insert(legs)
  await countCall(trx, callId, row.campaign_id, row.started_at, 1)
  return true
}

type Columns = Readonly<Record<string, unknown>>

const plain = (value: unknown): unknown => (value instanceof Date ? value.getTime() : value)

const says = (row: Columns, columns: Columns): boolean =>
  Object.entries(columns).every(([name, value]) => plain(row[name]) === plain(value))

const saySame = (rows: readonly Columns[], legs: readonly (Columns & { leg: string })[]): boolean =>
  rows.length === legs.length && legs.every(leg => rows.some(row => row.leg === leg.leg && says(row, leg)))

/** Adds the row to the roll-up, or takes it off; the day is the campaign's own. */
async function countCall(
  trx: Knex.Transaction,
  callId: string,
  campaignId: number,
  startedAt: Date,
  sign: 1 | -1
): Promise<void> {
  await trx.raw(
    `insert into core.call_stats as s (campaign_id, day, agent_id, outcome, calls, talk_ms, billable_ms)
     select h.campaign_id, (h.started_at at time zone c.time_zone)::date, coalesce(h.agent_id, 0), h.outcome,
            ?::int, ?::int * h.talk_ms, ?::int * h.billable_ms
       from core.call_history h join core.campaigns c on c.id = h.campaign_id
      where h.campaign_id = ? and h.started_at = ? and h.id = ?
     on conflict (campaign_id, day, agent_id, outcome) do update
        set calls = s.calls + excluded.calls, talk_ms = s.talk_ms + excluded.talk_ms,
            billable_ms = s.billable_ms + excluded.billable_ms`,
    [sign, sign, sign, campaignId, startedAt, callId]
  )
}

/** Joins the qualification of hand-outs to the row of the last call of each. */
export async function joinDisposition(trx: Knex.Transaction, handoutIds: readonly number[]): Promise<void> {
  if (handoutIds.length === 0) return
  await trx.raw(
    `update core.call_history h
        set disposition_id = o.disposition_id, note = o.note, qualified_at = o.qualified_at, revision = h.revision + 1
       from core.handouts o
      cross join lateral (
        select campaign_id, started_at, id from core.call_history
         where handout_id = o.id and started_at >= o.granted_at order by started_at desc limit 1) last
      where o.id = any(?) and o.disposition_id is not null
        and h.campaign_id = last.campaign_id and h.started_at = last.started_at and h.id = last.id
        and (h.disposition_id, h.note, h.qualified_at) is distinct from (o.disposition_id, o.note, o.qualified_at)`,
    [[...handoutIds]]
  )
}

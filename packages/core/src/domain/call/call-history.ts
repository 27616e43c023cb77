import { isDeepStrictEqual } from 'node:util'
import type { Knex } from 'knex'
import { tellOfCalls, type WrittenCall, writtenSql } from './call-facts.ts'
import type { CallRecord, LegRecord, TransferRecord } from './call-record.ts'
import { countInStats, type StatChanges, type StatLine, statColumns } from './call-stats.ts'

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
  /** Where the PBX was asked to record to. */
  readonly recordingFile: string | null
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
    accepted_by: record.acceptedBy ?? null,
    accept_ms: record.acceptMs === undefined ? null : Math.round(record.acceptMs),
    voicemail_suspected: record.voicemailSuspected ?? null,
    talk_ms: Math.round(record.talkMs),
    hold_ms: Math.round(record.holdMs),
    billable_ms: Math.round(record.billableMs),
    cause: record.cause ?? null,
    tech_cause: record.techCause ?? null,
    linkedid: record.linkedid ?? null,
    transfers: record.transfers.map(transferWire),
    end_quality: record.endQuality,
    interpreter_version: record.interpreterVersion
  }
}

/** As the API shows it, and as the column holds it. */
const transferWire = ({ kind, atMs, from, party, to }: TransferRecord) => ({
  kind,
  at: new Date(atMs).toISOString(),
  from,
  party,
  to: to ?? null
})

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

const noChange: StatChanges = { added: [], removed: [] }

/** As `amendCall`, with what follows for the roll-up; false when there is no such row. */
export async function rewriteCall(
  trx: Knex.Transaction,
  callId: string,
  record: CallRecord
): Promise<boolean> {
  const changes = await amendCall(trx, callId, record)
  if (changes) await countInStats(trx, changes)
  return changes !== null
}

/**
 * Writes what late events, or a better reading, changed on a row that stands already. An estimate never replaces what is
 * exact, and what says the same changes nothing.
 * @returns what the roll-up is to count anew; null when there is no such row
 */
export async function amendCall(
  trx: Knex.Transaction,
  callId: string,
  record: CallRecord
): Promise<StatChanges | null> {
  const row = await trx('core.call_history')
    .where('id', callId)
    .forUpdate()
    .first<(Columns & StatLine & { started_at: Date }) | undefined>('*')
  if (!row) return null
  if (record.endQuality === 'estimated' && row.end_quality === 'exact') return noChange
  const key = { campaign_id: row.campaign_id, started_at: row.started_at, id: callId }
  const legs = record.legs.map(leg => legRow(callId, row.started_at, leg))
  const before = await trx('core.call_history_legs').where({ started_at: row.started_at, call_id: callId })
  const columns = telephoneColumns(record)
  if (says(row, columns) && saySame(before, legs)) return noChange
  const [amended] = await trx('core.call_history')
    .where(key)
    .update({ ...columns, transfers: JSON.stringify(columns.transfers), revision: trx.raw('revision + 1') })
    .returning<WrittenCall[]>(trx.raw(writtenSql('')))
  await trx('core.call_history_legs').where({ started_at: row.started_at, call_id: callId }).delete()
  if (legs.length > 0) await trx('core.call_history_legs').insert(legs)
  await tellOfCalls(trx, 'call.amended', [amended!]) // locked above
  return { added: [amended!], removed: [row] }
}

type Columns = Readonly<Record<string, unknown>>

const plain = (value: unknown): unknown => (value instanceof Date ? value.getTime() : value)

const says = (row: Columns, columns: Columns): boolean =>
  Object.entries(columns).every(([name, value]) => isDeepStrictEqual(plain(row[name]), plain(value)))

const saySame = (rows: readonly Columns[], legs: readonly (Columns & { leg: string })[]): boolean =>
  rows.length === legs.length && legs.every(leg => rows.some(row => row.leg === leg.leg && says(row, leg)))

/** Joins the qualification of hand-outs to the row of the last call of each. */
export async function joinDisposition(trx: Knex.Transaction, handoutIds: readonly number[]): Promise<void> {
  if (handoutIds.length === 0) return
  const { rows: before } = await trx.raw<{ rows: StatLine[] }>(
    `${lastCalls}
     select ${statColumns.map(column => `h.${column}`).join(', ')}
       from last join core.handouts o on o.id = last.handout_id
       join core.call_history h on (h.campaign_id, h.started_at, h.id) = (last.campaign_id, last.started_at, last.id)
      where ${differs} order by h.id for update of h`,
    [[...handoutIds]]
  )
  if (before.length === 0) return
  const { rows: after } = await trx.raw<{ rows: WrittenCall[] }>(
    `${lastCalls}
     update core.call_history h
        set disposition_id = o.disposition_id, note = o.note, qualified_at = o.qualified_at, revision = h.revision + 1
       from last join core.handouts o on o.id = last.handout_id
      where (h.campaign_id, h.started_at, h.id) = (last.campaign_id, last.started_at, last.id) and ${differs}
      returning ${writtenSql('h.')}`,
    [[...handoutIds]]
  )
  await tellOfCalls(trx, 'call.qualified', after)
  await countInStats(trx, { added: after, removed: before })
}

const lastCalls = `
  with last as (
    select o.id as handout_id, l.campaign_id, l.started_at, l.id
      from core.handouts o
     cross join lateral (
       select campaign_id, started_at, id from core.call_history
        where handout_id = o.id and started_at >= o.granted_at order by started_at desc limit 1) l
     where o.id = any(?) and o.disposition_id is not null)`
const differs =
  '(h.disposition_id, h.note, h.qualified_at) is distinct from (o.disposition_id, o.note, o.qualified_at)'

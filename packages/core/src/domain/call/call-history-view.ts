import type { Knex } from 'knex'
import { type Static, Type } from 'typebox'
import { outcomes, parties } from './call-record.ts'

const Time = Type.String({ format: 'date-time' })
const NullableTime = Type.Union([Time, Type.Null()])
const NullableInt = Type.Union([Type.Integer(), Type.Null()])
const NullableString = Type.Union([Type.String(), Type.Null()])

/** One finished call: what the CRM knows and what the PBX knows, in one row. */
export const HistoryRow = Type.Object(
  {
    callId: Type.String({ format: 'uuid' }),
    campaignId: Type.Integer(),
    contactId: NullableInt,
    handoutId: NullableInt,
    agentId: NullableInt,
    siteId: NullableInt,
    direction: Type.Enum(['outbound', 'inbound']),
    number: NullableString,
    outcome: Type.Enum([...outcomes]),
    endedBy: Type.Enum([...parties]),
    station: NullableString,
    trunk: NullableString,
    route: NullableInt,
    callerIdRequested: NullableString,
    callerIdPresented: NullableString,
    startedAt: Time,
    agentRingingAt: NullableTime,
    agentAnsweredAt: NullableTime,
    agentAcceptedAt: NullableTime,
    customerDialledAt: NullableTime,
    customerRingingAt: NullableTime,
    customerAnsweredAt: NullableTime,
    endedAt: Time,
    talkMs: Type.Integer({ description: 'Both humans bridged, hold taken off' }),
    holdMs: Type.Integer(),
    billableMs: Type.Integer({ description: "From the customer's answer" }),
    cause: NullableInt,
    techCause: NullableString,
    dispositionId: NullableInt,
    note: NullableString,
    qualifiedAt: NullableTime,
    pbx: Type.String(),
    linkedid: NullableString,
    endQuality: Type.Enum(['exact', 'estimated']),
    interpreterVersion: Type.Integer(),
    revision: Type.Integer()
  },
  { $id: 'Core.CallHistoryRow' }
)
export type HistoryRowWire = Static<typeof HistoryRow>

const columns = Object.keys(HistoryRow.properties)
  .map(
    name =>
      `${name === 'callId' ? 'id' : name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)} as "${name}"`
  )
  .join(', ')

export interface HistoryFilter {
  readonly campaignId?: number
  readonly agentId?: number
  readonly contactId?: number
  readonly handoutId?: number
  readonly from: Date
  readonly to: Date
  readonly limit: number
  /** Cursor of the last row read: `<ISO time>_<call id>`. */
  readonly after?: string
}

/** Reads call_history, newest first; always within a period, so that only its months are touched. */
export class CallHistoryView {
  readonly #db: Knex

  constructor(db: Knex) {
    this.#db = db
  }

  async one(callId: string): Promise<HistoryRowWire | null> {
    const row = await this.#db('core.call_history').where({ id: callId }).first(this.#db.raw(columns))
    return row ? toWire(row) : null
  }

  async list(filter: HistoryFilter): Promise<{ items: HistoryRowWire[]; next: string | null }> {
    const query = this.#db('core.call_history')
      .where('started_at', '>=', filter.from)
      .where('started_at', '<', filter.to)
      .orderBy([
        { column: 'started_at', order: 'desc' },
        { column: 'id', order: 'desc' }
      ])
      .limit(filter.limit + 1)
      .select(this.#db.raw(columns))
    if (filter.campaignId !== undefined) query.where('campaign_id', filter.campaignId)
    if (filter.agentId !== undefined) query.where('agent_id', filter.agentId)
    if (filter.contactId !== undefined) query.where('contact_id', filter.contactId)
    if (filter.handoutId !== undefined) query.where('handout_id', filter.handoutId)
    if (filter.after !== undefined) {
      const [startedAt, id] = filter.after.split('_')
      query.whereRaw('(started_at, id) < (?::timestamptz, ?::uuid)', [startedAt!, id!])
    }
    const rows = await query
    const items = rows.slice(0, filter.limit).map(toWire)
    const last = items.at(-1)
    return { items, next: rows.length > filter.limit && last ? `${last.startedAt}_${last.callId}` : null }
  }
}

/** Dates become ISO 8601; everything else is already as the API shows it. */
const toWire = (row: Record<string, unknown>): HistoryRowWire =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, value instanceof Date ? value.toISOString() : value])
  ) as HistoryRowWire // the columns are derived from the schema's own names

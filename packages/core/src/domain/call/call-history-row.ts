import { type Static, Type } from 'typebox'
import { acceptances, outcomes, parties } from './call-record.ts'

const Time = Type.String({ format: 'date-time' })
// Not as unions: of those the serialiser tries each member, which takes most of the time of a page of 500 rows.
const NullableTime = Type.Unsafe<string | null>({ type: ['string', 'null'], format: 'date-time' })
const NullableInt = Type.Unsafe<number | null>({ type: ['integer', 'null'] })
const NullableString = Type.Unsafe<string | null>({ type: ['string', 'null'] })

const Transfer = Type.Object({
  kind: Type.Enum(['blind', 'attended']),
  at: Time,
  from: Type.String({ description: 'The leg that gave the call away, such as a1' }),
  party: Type.String({ description: 'The leg that was given away' }),
  to: Type.Unsafe<string | null>({
    type: ['string', 'null'],
    description: 'The leg that took over; null when none did'
  })
})

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
    acceptedBy: Type.Union([Type.Enum([...acceptances]), Type.Null()], {
      description: 'How the agent took a call on his mobile; null when he did not have to'
    }),
    acceptMs: Type.Union([Type.Integer(), Type.Null()], {
      description: "From the answer of the agent's leg to his acceptance"
    }),
    voicemailSuspected: Type.Union([Type.Boolean(), Type.Null()], {
      description: "The agent's leg was answered and nobody accepted; null when nobody was asked"
    }),
    customerDialledAt: NullableTime,
    customerRingingAt: NullableTime,
    customerAnsweredAt: NullableTime,
    endedAt: Time,
    talkMs: Type.Integer({ description: 'Both humans bridged, hold taken off' }),
    holdMs: Type.Integer(),
    billableMs: Type.Integer({ description: "From the customer's answer" }),
    cause: NullableInt,
    techCause: NullableString,
    transfers: Type.Array(Transfer, { description: 'Edges between legs, in the order of time' }),
    recording: Type.Union([Type.String(), Type.Null()], {
      description: "File without extension, below the PBX's folder of recordings; null: not recorded"
    }),
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

/** The same, as a list shows it to people. */
export const HistoryEntry = Type.Object(
  {
    ...HistoryRow.properties,
    agentName: Type.Unsafe<string | null>({
      type: ['string', 'null'],
      description: 'What the agent is called now; null when the call has none of ours'
    })
  },
  { $id: 'Core.CallHistoryEntry' }
)
export type HistoryEntryWire = Static<typeof HistoryEntry>

const columnOf = (name: string): string =>
  name === 'callId' ? 'id' : name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)

/** Name in the API and column of core.call_history. */
export const historyColumns: readonly (readonly [name: string, column: string])[] = Object.keys(
  HistoryRow.properties
).map(name => [name, columnOf(name)])

/** The columns under the names of the API, for a SELECT or RETURNING; `table` is a prefix such as `h.`, or empty. */
export const historySql = (table: string): string =>
  historyColumns.map(([name, column]) => `${table}${column} as "${name}"`).join(', ')

/** A row read with `historySql`, as the API shows it: times become ISO 8601, the rest is so already. */
export const historyWire = (row: Readonly<Record<string, unknown>>): HistoryRowWire =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, value instanceof Date ? value.toISOString() : value])
  ) as HistoryRowWire // the columns are derived from the schema's own names

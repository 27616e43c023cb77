import type { Knex } from 'knex'
import { type Static, Type } from 'typebox'
import { Nullable } from '../../kernel/nullable.ts'

/** A contact as the agent sees it. */
export const ContactCard = Type.Object(
  {
    id: Type.Integer(),
    campaignId: Type.Integer(),
    externalId: Nullable(Type.String()),
    firstName: Nullable(Type.String()),
    lastName: Nullable(Type.String()),
    company: Nullable(Type.String()),
    phones: Type.Array(Type.String({ description: 'E.164' })),
    email: Nullable(Type.String()),
    address: Nullable(Type.String()),
    postalCode: Nullable(Type.String()),
    city: Nullable(Type.String()),
    country: Nullable(Type.String()),
    language: Nullable(Type.String()),
    timeZone: Nullable(Type.String()),
    customFields: Type.Record(Type.String(), Type.Unknown()),
    attempts: Type.Integer()
  },
  { $id: 'Core.ContactCard' }
)

export const Handout = Type.Object(
  {
    id: Type.Integer(),
    campaignId: Type.Integer(),
    agentId: Type.Integer(),
    cause: Type.Enum(['list', 'due', 'callback', 'chosen'], { description: 'Why this contact' }),
    grantedAt: Type.String({ format: 'date-time' }),
    expiresAt: Type.String({ format: 'date-time' }),
    callId: Nullable(Type.String({ format: 'uuid' })),
    callsMade: Type.Integer(),
    dispositionId: Nullable(Type.Integer()),
    note: Nullable(Type.String()),
    callbackAt: Nullable(Type.String({ format: 'date-time' })),
    callbackPersonal: Type.Boolean(),
    dialAt: Nullable(
      Type.String({
        format: 'date-time',
        description: 'Dial mode progressive: when the server dials unless it is stopped'
      })
    ),
    nextNumber: Type.String({ description: 'E.164: the number to call first' }),
    quotaFull: Type.Boolean({ description: 'A limit is reached: a positive qualification will not count' }),
    finalised: Type.Boolean(),
    contact: ContactCard
  },
  { $id: 'Core.Handout' }
)
export type HandoutWire = Static<typeof Handout>

/** SQL that builds a contact's card as jsonb; `custom_fields` passes through byte-faithful. */
export const contactCardSql = `jsonb_build_object('id', k.id, 'campaignId', k.campaign_id, 'externalId', k.external_id,
  'firstName', k.first_name, 'lastName', k.last_name, 'company', k.company, 'phones', to_jsonb(k.phones),
  'email', k.email, 'address', k.address, 'postalCode', k.postal_code, 'city', k.city, 'country', k.country,
  'language', k.language, 'timeZone', k.time_zone, 'customFields', k.custom_fields, 'attempts', k.attempts)`

interface Row {
  id: number
  campaign_id: number
  agent_id: number
  cause: HandoutWire['cause']
  granted_at: Date
  expires_at: Date
  live_call: string | null
  calls_made: number
  disposition_id: number | null
  note: string | null
  callback_at: Date | null
  callback_personal: boolean
  dial_at: Date | null
  next_number: string
  quota_full: boolean
  finalised_at: Date | null
  contact: HandoutWire['contact']
}

/** Reads hand-outs as the API shows them. */
export class HandoutView {
  readonly #db: Knex

  constructor(db: Knex) {
    this.#db = db
  }

  async one(id: number): Promise<HandoutWire> {
    const [row] = await this.#read('h.id = ?', id)
    return toWire(row!)
  }

  /** The open hand-out of an agent. */
  async openOf(agentId: number): Promise<HandoutWire | null> {
    const [row] = await this.#read('h.agent_id = ? and h.ended_at is null', agentId)
    return row ? toWire(row) : null
  }

  async #read(where: string, id: number): Promise<Row[]> {
    const { rows } = await this.#db.raw<{ rows: Row[] }>(
      `select h.id, h.campaign_id, h.agent_id, h.cause, h.granted_at, h.expires_at, h.live_call, h.calls_made,
              h.disposition_id, h.note, h.callback_at, h.callback_personal, h.dial_at, h.finalised_at,
              coalesce(k.phones[k.next_phone], k.phones[1]) as next_number, k.status = 5 as quota_full, ${contactCardSql} as contact
         from core.handouts h join core.contacts k on k.campaign_id = h.campaign_id and k.id = h.contact_id
        where ${where}`,
      [id]
    )
    return rows
  }
}

const toWire = (row: Row): HandoutWire => ({
  id: row.id,
  campaignId: row.campaign_id,
  agentId: row.agent_id,
  cause: row.cause,
  grantedAt: row.granted_at.toISOString(),
  expiresAt: row.expires_at.toISOString(),
  callId: row.live_call,
  callsMade: row.calls_made,
  dispositionId: row.disposition_id,
  note: row.note,
  callbackAt: row.callback_at?.toISOString() ?? null,
  callbackPersonal: row.callback_personal,
  dialAt: row.dial_at?.toISOString() ?? null,
  nextNumber: row.next_number,
  quotaFull: row.quota_full,
  finalised: row.finalised_at !== null,
  contact: row.contact
})

import type { Knex } from 'knex'
import { CampaignNotFoundError } from '../errors.ts'
import { tryNormaliseNumber } from './phone-number.ts'

export interface NewContact {
  readonly externalId?: string | null
  readonly firstName?: string | null
  readonly lastName?: string | null
  readonly company?: string | null
  /** As people of the contact's country write them. */
  readonly phones: readonly string[]
  readonly email?: string | null
  readonly address?: string | null
  readonly postalCode?: string | null
  readonly city?: string | null
  readonly country?: string | null
  readonly language?: string | null
  readonly timeZone?: string | null
  readonly customFields?: Readonly<Record<string, unknown>>
  readonly priority?: number
}

export interface RejectedContact {
  /** Position in the request, from 0. */
  readonly index: number
  readonly field: string
  readonly reason: string
}

export interface ImportResult {
  readonly accepted: number
  readonly duplicates: number
  readonly rejected: RejectedContact[]
}

/**
 * Adds contacts to a campaign and makes them ready to be handed out, in one transaction. A row without a number that
 * can be dialled is rejected by its index and the others go in; an `externalId` the campaign has already is a duplicate.
 */
export async function addContacts(
  db: Knex,
  campaignId: number,
  contacts: readonly NewContact[]
): Promise<ImportResult> {
  const campaign = await db('core.campaigns')
    .where({ id: campaignId })
    .first<{ country: string } | undefined>('country')
  if (!campaign || campaignId === 0) throw new CampaignNotFoundError(campaignId)
  const rejected: RejectedContact[] = []
  const rows = contacts.flatMap((contact, index) => {
    const phones = contact.phones.map(phone => tryNormaliseNumber(phone, contact.country ?? campaign.country))
    const bad = phones.indexOf(null)
    if (bad < 0) return [toRow(contact, phones as string[])]
    rejected.push({
      index,
      field: `phones/${bad}`,
      reason: `not a telephone number of country ${contact.country ?? campaign.country}: write it as +<country><number>`
    })
    return []
  })
  const accepted = await db.transaction(async trx => {
    const { rows: inserted } = await trx.raw<{ rows: { id: number }[] }>(
      `insert into core.contacts (campaign_id, external_id, first_name, last_name, company, phones, email, address,
         postal_code, city, country, language, time_zone, custom_fields, priority)
       select ?, external_id, first_name, last_name, company, array(select jsonb_array_elements_text(phones)), email, address,
         postal_code, city, country, language, time_zone, custom_fields, priority
         from jsonb_to_recordset(?::jsonb) as x(external_id text, first_name text, last_name text, company text, phones jsonb,
           email text, address text, postal_code text, city text, country text, language text, time_zone text,
           custom_fields jsonb, priority smallint)
       on conflict (campaign_id, external_id) where external_id is not null do nothing
       returning id`,
      [campaignId, JSON.stringify(rows)]
    )
    const ids = inserted.map(({ id }) => id)
    await trx.raw('select core.dispatch_admit(?, ?)', [campaignId, ids])
    return ids.length
  })
  return { accepted, duplicates: rows.length - accepted, rejected }
}

function toRow(contact: NewContact, phones: readonly string[]) {
  return {
    external_id: contact.externalId ?? null,
    first_name: contact.firstName ?? null,
    last_name: contact.lastName ?? null,
    company: contact.company ?? null,
    phones,
    email: contact.email ?? null,
    address: contact.address ?? null,
    postal_code: contact.postalCode ?? null,
    city: contact.city ?? null,
    country: contact.country ?? null,
    language: contact.language ?? null,
    time_zone: contact.timeZone ?? null,
    custom_fields: contact.customFields ?? {},
    priority: contact.priority ?? 2
  }
}

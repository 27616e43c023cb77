import { isTimeZone } from '../campaign/time-zone.ts'
import type { ClassifiableContact } from '../dispatch/dispatch-gate.ts'
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
  /** Low is called first; default 2. */
  readonly priority?: number
}

/** Which field is wrong, and how it is written right. */
export interface ContactIssue {
  readonly field: string
  readonly reason: string
}

/** The contact as its row holds it, or the first issue. `country` is the campaign's, for contacts without one. */
export function readContact(contact: NewContact, country: string): ClassifiableContact | ContactIssue {
  const phones: string[] = []
  const own = contact.country ?? country
  for (let i = 0; i < contact.phones.length; i++) {
    const number = tryNormaliseNumber(contact.phones[i]!, own)
    if (!number)
      return {
        field: `phones/${i}`,
        reason: `not a telephone number of country ${own}: write it as +<country><number>`
      }
    if (!phones.includes(number)) phones.push(number)
  }
  if (contact.timeZone != null && !isKnownZone(contact.timeZone))
    return { field: 'timeZone', reason: 'not an IANA time zone: write it like Europe/Paris, or leave it out' }
  const bad = unstorableIn(contact)
  if (bad)
    return { field: bad, reason: 'has a character (U+0000, or half of one) that cannot be stored: remove it' }
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
    custom_fields: contact.customFields ?? {}
  }
}

/** A list of 100,000 contacts has a dozen zones. */
const known = new Map<string, boolean>()

function isKnownZone(name: string): boolean {
  let answer = known.get(name)
  if (answer === undefined) {
    answer = isTimeZone(name)
    if (known.size < 1000) known.set(name, answer)
  }
  return answer
}

function unstorableIn(contact: NewContact): string | null {
  let field: keyof NewContact
  for (field in contact) if (field !== 'phones' && isUnstorable(contact[field])) return field
  return null
}

/** PostgreSQL stores neither U+0000 nor half of a surrogate pair, in text or in jsonb, and would refuse all contacts for one. */
const unstorable = /\0|\p{Surrogate}/u

function isUnstorable(value: unknown): boolean {
  if (typeof value === 'string') return unstorable.test(value)
  if (typeof value !== 'object' || value === null) return false
  for (const key in value)
    if (unstorable.test(key) || isUnstorable((value as Readonly<Record<string, unknown>>)[key])) return true
  return false
}

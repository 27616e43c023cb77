import { type ContactColumn, customKey, type FieldType, type MatchableContact } from './condition.ts'

/**
 * How a contact's value is read, the same here and in `sqlPredicate`:
 * - Text, numbers and booleans are values; null, absent, the empty string, lists and objects are none.
 * - Text is normalised to NFC and then compared code point by code point: case and accents count.
 * - A number as text has no exponent and no needless zeros (75, not 75.0), so that it equals the text `75`.
 * - Numbers are doubles, as JSON.parse reads them.
 */
export type Reading = string | number | null

/**
 * Digits, one dot at most. No exponent, no blanks, no comma: `1,234` means two different numbers in two countries.
 * 250 digits a side keep every such number within a double and the pattern within what PostgreSQL repeats (255).
 */
export const numberPattern = '^[+-]?[0-9]{1,250}(\\.[0-9]{1,250})?$'

/** A date that exists, 29 February included: a pattern as PostgreSQL 15 cannot test a date without failing on it. */
export const datePattern =
  '^([0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))' +
  '|([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29)$'

const isNumber = new RegExp(numberPattern)
const isDate = new RegExp(datePattern)

/** A number that the text stands for, or null. */
export function numberOf(text: string): number | null {
  return isNumber.test(text) ? Number(text) : null
}

/** Whether the text is a date that exists, as YYYY-MM-DD. */
export function isDateText(text: string): boolean {
  return isDate.test(text)
}

/** Whether PostgreSQL takes the text: it knows neither NUL nor half of a surrogate pair. */
export function isStorable(text: string): boolean {
  return !/\0|\p{Surrogate}/u.test(text)
}

/**
 * The contact's value of a field, read as `type`; null where there is none or it cannot be read so. `key` is the field's
 * `customKey`, for those who read many contacts.
 */
export function read(
  contact: MatchableContact,
  field: string,
  type: FieldType,
  key = customKey(field)
): Reading {
  const value = raw(contact, field, key)
  if (type === 'number') {
    if (typeof value === 'number') return Number.isFinite(value) ? value : null
    return typeof value === 'string' ? numberOf(value) : null
  }
  const text = textOf(value)
  if (text === null || text === '') return null
  return type === 'date' && !isDate.test(text) ? null : text
}

/** Readings as text, for `starts_with` and `contains`. */
export function asText(reading: string | number): string {
  return typeof reading === 'number' ? plainDecimal(reading) : reading
}

function raw(contact: MatchableContact, field: string, key: string | null): unknown {
  if (key === null) {
    const column = field as ContactColumn // parseRule lets nothing else through
    return column === 'phone' ? contact.phones?.[0] : contact[column]
  }
  const fields = contact.custom_fields
  // Only what the contact itself has: `constructor` is a key like any other.
  return fields && Object.hasOwn(fields, key) ? fields[key] : null
}

/** NFC. Below U+0300, the first mark that combines, everything is (Unicode Standard Annex 15, "Quick Check"). */
function normalised(text: string): string {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= 0x300) return text.normalize('NFC')
  return text
}

function textOf(value: unknown): string | null {
  if (typeof value === 'string') return normalised(value)
  if (typeof value === 'number') return Number.isFinite(value) ? plainDecimal(value) : null
  return typeof value === 'boolean' ? String(value) : null
}

/** The shortest decimal digits that mean this double, written without an exponent: 1e21 → 1000000000000000000000. */
export function plainDecimal(value: number): string {
  const text = String(value === 0 ? 0 : value)
  const [digits = '', exponent] = text.split('e')
  if (exponent === undefined) return text
  const sign = digits.startsWith('-') ? '-' : ''
  const [whole = '', part = ''] = digits.replace('-', '').split('.')
  const shift = Number(exponent)
  if (shift < 0) return `${sign}0.${'0'.repeat(-shift - whole.length)}${whole}${part}`
  return `${sign}${whole}${part}${'0'.repeat(shift - part.length)}`
}

/**
 * Columns of a contact that a condition may read. Closed: what changes with every call (attempts, status) would move
 * contacts between segments all day. `phone` is the preferred number, the first of `phones`, in E.164.
 */
export const contactColumns = [
  'external_id',
  'first_name',
  'last_name',
  'company',
  'phone',
  'email',
  'address',
  'postal_code',
  'city',
  'country',
  'language',
  'time_zone'
] as const
export type ContactColumn = (typeof contactColumns)[number]

/** A key of `custom_fields` follows this prefix as it is stored: dots, spaces and accents need no escape. */
export const customPrefix = 'custom_fields.'

/** `date` is a full-date of RFC 3339 (`2026-03-31`), without time. */
export type FieldType = 'text' | 'number' | 'date'

/** Types of custom fields by key. A key without an entry is text. */
export type FieldTypes = ReadonlyMap<string, FieldType>

export const operators = [
  'equals',
  'not_equals',
  'starts_with',
  'contains',
  'in',
  'lt',
  'lte',
  'gt',
  'gte',
  'between',
  'is_set'
] as const
export type Operator = (typeof operators)[number]

/** Operators that compare by size, never letter by letter. */
export const orderOperators: ReadonlySet<Operator> = new Set(['lt', 'lte', 'gt', 'gte', 'between'])

/**
 * What matching reads of a rule: plain JSON, made by `parseRule`, to be stored as it is.
 * `type` says how the contact's value is read; `values` are of that type (text in NFC): none for `is_set`, two for
 * `between` (both bounds count), any number for `in`, else one. `starts_with` and `contains` hold text for every type.
 */
export interface Condition {
  readonly field: string
  readonly type: FieldType
  readonly operator: Operator
  readonly values: readonly (string | number)[]
}

/** A condition and how many positive contacts it lets through (1 to 2,147,483,647). */
export interface Rule extends Condition {
  readonly limit: number
}

/** A row of `core.contacts`, or as much of it as the conditions read. */
export type MatchableContact = { readonly [column in Exclude<ContactColumn, 'phone'>]?: string | null } & {
  readonly phones?: readonly string[] | null
  readonly custom_fields?: Readonly<Record<string, unknown>> | null
}

/** The key of a field in `custom_fields`, or null for a column. */
export function customKey(field: string): string | null {
  return field.startsWith(customPrefix) ? field.slice(customPrefix.length) : null
}

/** Whether the name is one of the columns. */
export function isContactColumn(name: string): name is ContactColumn {
  return (contactColumns as readonly string[]).includes(name)
}

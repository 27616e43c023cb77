import type { ClassifiableContact } from '../dispatch/dispatch-gate.ts'

/** Columns of `core.contacts` in the order of `copyLine`. */
export const copyColumns = [
  ...['campaign_id', 'id', 'segment_id', 'priority', 'rank', 'phones', 'custom_fields', 'external_id'],
  ...['first_name', 'last_name', 'company', 'email', 'address', 'postal_code', 'city', 'country', 'language'],
  'time_zone'
]

/**
 * A contact in COPY's text format (PostgreSQL manual, COPY, "Text Format"), with the end of its line. Written out column
 * by column: going over a list of names takes twice as long, and this is what an import mostly does.
 */
export function copyLine(
  campaignId: number,
  id: number,
  segmentId: number,
  priority: number,
  rank: number,
  row: ClassifiableContact
): string {
  const phones = row.phones.length === 1 ? row.phones[0]! : row.phones.join(',') // E.164: nothing to escape
  return `${campaignId}\t${id}\t${segmentId}\t${priority}\t${rank}\t{${phones}}\t${text(JSON.stringify(row.custom_fields))}\t${text(
    row.external_id
  )}\t${text(row.first_name)}\t${text(row.last_name)}\t${text(row.company)}\t${text(row.email)}\t${text(
    row.address
  )}\t${text(row.postal_code)}\t${text(row.city)}\t${text(row.country)}\t${text(row.language)}\t${text(row.time_zone)}\n`
}

const special = /[\\\t\n\r]/
const everySpecial = /[\\\t\n\r]/g
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

function text(value: string | null): string {
  if (value === null) return '\\N'
  return special.test(value) ? value.replace(everySpecial, found => escapes[found]!) : value
}

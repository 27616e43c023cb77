import type { Calendar, Closure, HolidayRule } from './calendar.ts'
import { asRecord, collectIssues, type Parsed, type Report } from './field-issue.ts'
import { frenchHolidays } from './france.ts'
import { dayOf, formatDay, parseDay } from './local-day.ts'

/** Countries whose holidays ship with the core, by ISO 3166-1 code. For others a campaign lists its own rules. */
export const holidaysByCountry: Readonly<Record<string, readonly HolidayRule[]>> = { FR: frenchHolidays }

const longestName = 100
const mostEntries = 500

/**
 * Reads a calendar: `{ holidays: "FR" | [{ name, month, day } | { name, easter }, …], closures: [{ from, to, name }, …] }`.
 * Both may be absent; a closure without `to` is one day, without `name` it is called by its date.
 * Issues name the field from `calendar` on, such as `calendar/closures/0/to`.
 */
export function parseCalendar(input: unknown): Parsed<Calendar> {
  return collectIssues(report => {
    const given = asRecord(input)
    if (!given) return report('calendar', 'must be an object, such as {"holidays": "FR", "closures": []}')
    for (const name of Object.keys(given)) {
      if (name !== 'holidays' && name !== 'closures') {
        report(`calendar/${name}`, 'is unknown; use holidays and closures')
      }
    }
    const holidays = parseHolidays(given.holidays ?? [], report)
    const closures = parseList(given.closures ?? [], 'calendar/closures', report, parseClosure)
    return holidays && closures && { holidays, closures }
  })
}

function parseHolidays(input: unknown, report: Report): readonly HolidayRule[] | null {
  if (typeof input !== 'string') return parseList(input, 'calendar/holidays', report, parseRule)
  if (Object.hasOwn(holidaysByCountry, input)) return holidaysByCountry[input]!
  const known = Object.keys(holidaysByCountry).join(', ')
  return report('calendar/holidays', `must be a country with known holidays (${known}) or a list of rules`)
}

function parseList<T>(
  input: unknown,
  field: string,
  report: Report,
  parse: (entry: Readonly<Record<string, unknown>>, field: string, report: Report) => T | null
): T[] | null {
  if (!Array.isArray(input)) return report(field, 'must be a list')
  if (input.length > mostEntries) return report(field, `has more than ${mostEntries} entries; remove some`)
  return input.flatMap((entry: unknown, at) => {
    const record = asRecord(entry)
    const parsed = record
      ? parse(record, `${field}/${at}`, report)
      : report(`${field}/${at}`, 'must be an object')
    return parsed === null ? [] : [parsed]
  })
}

function parseRule(
  given: Readonly<Record<string, unknown>>,
  field: string,
  report: Report
): HolidayRule | null {
  const name = parseName(given.name, `${field}/name`, report)
  const regions = parseRegions(given.regions, `${field}/regions`, report)
  if (name === null || regions === null) return null
  const named = { name, ...(regions && { regions }) }
  const { easter, month, day } = given
  if (easter !== undefined) {
    return isWhole(easter, -100, 250)
      ? { ...named, easter }
      : report(`${field}/easter`, 'must be a whole number of days after Easter Sunday, from -100 to 250')
  }
  if (!isWhole(month, 1, 12)) return report(`${field}/month`, "must be from 1 to 12, or give 'easter'")
  // 2024 has a 29 February; in other years such a holiday is on 1 March.
  const lastDay = dayOf(2024, month + 1, 1) - dayOf(2024, month, 1)
  return isWhole(day, 1, lastDay)
    ? { ...named, month, day }
    : report(`${field}/day`, `must be from 1 to ${lastDay}`)
}

function parseRegions(input: unknown, field: string, report: Report): string[] | undefined | null {
  if (input === undefined) return undefined
  const regions = Array.isArray(input)
    ? input.filter(region => typeof region === 'string' && region !== '')
    : []
  return Array.isArray(input) && regions.length > 0 && regions.length === input.length
    ? regions
    : report(field, 'must be a list of regions, such as ["FR-974"]; leave it out for everywhere')
}

function parseClosure(
  given: Readonly<Record<string, unknown>>,
  field: string,
  report: Report
): Closure | null {
  const { from, to = from, name = from } = given
  const first = readDate(from, `${field}/from`, report)
  const last = to === from ? first : readDate(to, `${field}/to`, report)
  if (first === null || last === null) return null
  const called = parseName(name, `${field}/name`, report)
  if (called === null) return null
  if (last < first) return report(`${field}/to`, "is before 'from'; swap them")
  return { from: formatDay(first), to: formatDay(last), name: called }
}

function readDate(input: unknown, field: string, report: Report): number | null {
  const day = typeof input === 'string' ? parseDay(input) : null
  return day ?? report(field, 'must be a date that exists, as YYYY-MM-DD')
}

function parseName(input: unknown, field: string, report: Report): string | null {
  return typeof input === 'string' && input.trim() !== '' && input.length <= longestName
    ? input
    : report(field, `must be a text of 1 to ${longestName} characters`)
}

function isWhole(input: unknown, least: number, most: number): input is number {
  return typeof input === 'number' && Number.isInteger(input) && input >= least && input <= most
}

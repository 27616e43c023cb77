import { dayOf, easterOf, formatDay, type LocalDay, parseDay, yearOf } from './local-day.ts'

/**
 * A holiday of every year: on a fixed date, or some days after Easter Sunday (Good Friday: -2). With `regions` it holds
 * only there, else everywhere. Plain JSON: a country is a list of these.
 */
export type HolidayRule = {
  readonly name: string
  readonly regions?: readonly string[]
} & ({ readonly month: number; readonly day: number } | { readonly easter: number })

/** Days on which a campaign rests: both dates, as YYYY-MM-DD, belong to it. */
export interface Closure {
  readonly from: string
  readonly to: string
  readonly name: string
}

/** Days without calls, whatever the hours say. Plain JSON, never changed once made. */
export interface Calendar {
  readonly holidays: readonly HolidayRule[]
  readonly closures: readonly Closure[]
}

/** Why a day is closed. */
export interface ClosedDay {
  readonly reason: 'holiday' | 'closure'
  readonly date: string
  readonly name: string
}

/** No day is special. */
export const noHolidays: Calendar = { holidays: [], closures: [] }

/**
 * The calendar as it holds in a region (see `regionOf`): everybody's days and the region's own. A calendar that did not
 * go through here has only everybody's days. The same region gives the same object, so that its days are known.
 */
export function inRegion(calendar: Calendar, region: string | null): Calendar {
  let regional = regionals.get(calendar)
  if (!regional) {
    regional = new Map()
    regionals.set(calendar, regional)
  }
  const known = regional.get(region)
  if (known) return known
  const { holidays, closures } = calendar
  const made = { holidays: holidays.flatMap(rule => localRule(rule, region)), closures }
  regional.set(region, made)
  return made
}

/** The first reason why the day is closed, a closure before a holiday; null on an ordinary day. */
export function closedDay(calendar: Calendar, day: LocalDay): ClosedDay | null {
  const year = yearOf(day)
  const years = yearsOf(calendar)
  const days = years.get(year) ?? daysOfYear(calendar, year)
  years.set(year, days)
  return days.get(day) ?? null
}

type ClosedDays = ReadonlyMap<LocalDay, ClosedDay>

const regionals = new WeakMap<Calendar, Map<string | null, Calendar>>()
const computed = new WeakMap<Calendar, Map<number, ClosedDays>>()

function yearsOf(calendar: Calendar): Map<number, ClosedDays> {
  const known = computed.get(calendar)
  if (known) return known
  const made = new Map<number, ClosedDays>()
  computed.set(calendar, made)
  return made
}

function daysOfYear({ holidays, closures }: Calendar, year: number): ClosedDays {
  const days = new Map<LocalDay, ClosedDay>()
  for (const rule of holidays) {
    const day = 'easter' in rule ? easterOf(year) + rule.easter : dayOf(year, rule.month, rule.day)
    if (rule.regions) continue
    days.set(day, { reason: 'holiday', date: formatDay(day), name: rule.name })
  }
  for (const { from, to, name } of closures) {
    const first = Math.max(parseDay(from)!, dayOf(year, 1, 1)) // parseCalendar has read the dates
    const last = Math.min(parseDay(to)!, dayOf(year, 12, 31))
    for (let day = first; day <= last; day++) {
      days.set(day, { reason: 'closure', date: formatDay(day), name })
    }
  }
  return days
}

/** A rule that holds in the region, without the list of its regions. */
function localRule(rule: HolidayRule, region: string | null): HolidayRule[] {
  if (!rule.regions) return [rule]
  if (region === null || !rule.regions.includes(region)) return []
  const { regions: _, ...everywhere } = rule
  return [everywhere]
}

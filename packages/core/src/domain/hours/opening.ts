import { type Calendar, type ClosedDay, closedDay } from './calendar.ts'
import { type LocalDay, weekdayOf } from './local-day.ts'
import { clockOf, UnknownZoneError, type WallClock } from './wall-clock.ts'
import { type Hours, type MinuteSpan, spansOf } from './weekly-hours.ts'

const minuteMs = 60_000
const dayMs = 86_400_000
/** No zone is more than 14 hours from UTC. */
const furthestMs = 14 * 3_600_000

/** How far ahead openings are looked for: a year and some days, as every holiday comes round within it. */
export const horizonDays = 370

/** Why no call may be made now. */
export type ClosedReason = { readonly reason: 'outside_hours' } | ClosedDay

/** Which zones may be called now, and when that changes. */
export interface ZoneOpenings {
  readonly open: string[]
  /** Names that are no IANA zone: neither open nor closed, to be reported as such. */
  readonly unknown: string[]
  /** The first moment at which a zone opens or closes; null: not within 370 days. */
  readonly nextChange: Date | null
}

/**
 * Whether calls may be made at the moment `at`: what the clock on the wall of `zone` (IANA) shows decides. An hour
 * that comes twice when clocks go back is open twice. `calendar` is the contact's, through `inRegion`.
 * Throws an UnknownZoneError.
 */
export function isOpen(hours: Hours, calendar: Calendar, at: Date, zone: string): boolean {
  return opensAt(hours, calendar, clockOf(zone), at.getTime())
}

/** Why calls may not be made at the moment `at`, or null when they may. Throws an UnknownZoneError. */
export function whyClosed(hours: Hours, calendar: Calendar, at: Date, zone: string): ClosedReason | null {
  if (isOpen(hours, calendar, at, zone)) return null
  return closedDay(calendar, clockOf(zone).at(at.getTime()).day) ?? { reason: 'outside_hours' }
}

/** The first moment from `from` on, itself included, that is open; null: none within 370 days. Throws an UnknownZoneError. */
export function nextOpening(hours: Hours, calendar: Calendar, from: Date, zone: string): Date | null {
  return isOpen(hours, calendar, from, zone) ? from : nextChange(hours, calendar, from, zone)
}

/** The first moment after `from` at which the zone opens or closes; null: none within 370 days. Throws an UnknownZoneError. */
export function nextChange(hours: Hours, calendar: Calendar, from: Date, zone: string): Date | null {
  const clock = clockOf(zone)
  const start = from.getTime()
  const openNow = opensAt(hours, calendar, clock, start)
  const today = clock.at(start).day
  for (let day = today; day <= today + horizonDays; day++) {
    const moments = changesOf(hours, calendar, clock, day)
    const first = moments.find(ms => ms > start && opensAt(hours, calendar, clock, ms) !== openNow)
    if (first !== undefined) return new Date(first)
  }
  return null
}

/**
 * Which of the zones are open, for a query such as `coalesce(time_zone, …) = any(open)`: a list of contacts is checked
 * at the price of its few zones. A wrong zone stops nobody: it is listed as unknown.
 */
export function openZones(hours: Hours, calendar: Calendar, at: Date, zones: Iterable<string>): ZoneOpenings {
  const open: string[] = []
  const unknown: string[] = []
  let next: Date | null = null
  for (const zone of new Set(zones)) {
    try {
      if (isOpen(hours, calendar, at, zone)) open.push(zone)
      const change = nextChange(hours, calendar, at, zone)
      if (change && (!next || change < next)) next = change
    } catch (error) {
      if (!(error instanceof UnknownZoneError)) throw error
      unknown.push(zone)
    }
  }
  return { open, unknown, nextChange: next }
}

function opensAt(hours: Hours, calendar: Calendar, clock: WallClock, ms: number): boolean {
  const { day, minute } = clock.at(ms)
  return spansOfDay(hours, calendar, day).some(([from, to]) => minute >= from && minute < to)
}

function spansOfDay(hours: Hours, calendar: Calendar, day: LocalDay): readonly MinuteSpan[] {
  const spans = spansOf(hours, weekdayOf(day))
  return spans.length > 0 && closedDay(calendar, day) ? [] : spans
}

/**
 * Moments of a local day at which it may open or close, ascending: its midnight, the bounds of its intervals, and where
 * the clocks change. Some change nothing; the caller asks at each.
 */
function changesOf(hours: Hours, calendar: Calendar, clock: WallClock, day: LocalDay): number[] {
  const local = day * dayMs
  const earliest = local - furthestMs
  const latest = local + dayMs + furthestMs
  const change = clock.change(earliest, latest)
  const offsets = new Set([clock.offset(earliest), clock.offset(latest)])
  const bounds = new Set([0, ...spansOfDay(hours, calendar, day).flat()])
  const moments = change === null ? [] : [change]
  for (const minute of bounds) {
    // Of two offsets, one may place the moment on a time that the clocks skip, or outside this day: see the filter.
    for (const offset of offsets) moments.push(local + minute * minuteMs - offset)
  }
  return moments.filter(ms => clock.at(ms).day === day).sort((a, b) => a - b)
}

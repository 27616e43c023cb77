import { clockOf } from './wall-clock.ts'

const dayMs = 86_400_000

/**
 * The same local time `days` days later: "call again tomorrow at this hour", also over a change of clocks.
 * A time that the clocks skip that day becomes as much later (02:30 → 03:30); of a time that comes twice it is the
 * first. RFC 5545 §3.3.5 and Temporal ("compatible") decide the same.
 * Throws an UnknownZoneError, and a RangeError when `days` is no whole number.
 */
export function localHourTomorrow(at: Date, zone: string, days = 1): Date {
  if (!Number.isInteger(days)) throw new RangeError(`days must be a whole number, not ${days}`)
  const clock = clockOf(zone)
  const now = at.getTime()
  const local = now + clock.offset(now) + days * dayMs
  // No zone is further than a day from UTC: these two offsets are those before and after a change of that day.
  const before = clock.offset(local - dayMs)
  const after = clock.offset(local + dayMs)
  // The offset before the change serves both: in a gap it lands after it, in an overlap on the first of the two.
  const first = local - before
  return new Date(clock.offset(first) === before || !showsTime(local - after) ? first : local - after)

  function showsTime(ms: number): boolean {
    return ms + clock.offset(ms) === local
  }
}

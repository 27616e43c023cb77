import { asRecord, collectIssues, type Parsed, type Report } from './field-issue.ts'
import { type Weekday, weekdays } from './local-day.ts'

/** From `HH:MM` up to, and without, `HH:MM` of the same day; only `to` may be `24:00`. */
export interface Interval {
  readonly from: string
  readonly to: string
}

/** Opening times by weekday, ascending, in local time. A day without entry is closed. Plain JSON, never changed. */
export type Hours = { readonly [day in Weekday]?: readonly Interval[] }

/** Minutes since midnight: [from, to). */
export type MinuteSpan = readonly [from: number, to: number]

const wholeDay: readonly Interval[] = [{ from: '00:00', to: '24:00' }]

/** Round the clock, every day. */
export const alwaysOpen: Hours = Object.fromEntries(weekdays.map(day => [day, wholeDay]))

/** Night shifts are two intervals: `22:00` to `24:00` and, on the next day, `00:00` to `06:00`. */
const mostIntervals = 24

/**
 * Reads campaign hours: `{ monday: [{ from: "10:00", to: "13:00" }, …], … }`. Issues name the field from `hours` on,
 * such as `hours/monday/1/from`. Intervals of a day may touch, in ascending order, but not overlap.
 */
export function parseHours(input: unknown): Parsed<Hours> {
  return collectIssues(report => {
    const given = asRecord(input)
    if (!given)
      return report(
        'hours',
        'must be an object with weekdays, such as {"monday": [{"from": "10:00", "to": "13:00"}]}'
      )
    const hours: { [day in Weekday]?: Interval[] } = {}
    for (const [name, intervals] of Object.entries(given)) {
      const day = weekdays.find(weekday => weekday === name)
      if (day) hours[day] = parseIntervals(intervals, `hours/${day}`, report) ?? []
      else report(`hours/${name}`, `is no weekday; use ${weekdays.join(', ')}`)
    }
    return hours
  })
}

/** The spans of a weekday, in minutes. */
export function spansOf(hours: Hours, day: Weekday): readonly MinuteSpan[] {
  let spans = spansByHours.get(hours)
  if (!spans) {
    spans = new Map(
      weekdays.map(name => [
        name,
        (hours[name] ?? []).map(({ from, to }) => [minuteOf(from), minuteOf(to)] as const)
      ])
    )
    spansByHours.set(hours, spans)
  }
  return spans.get(day) ?? []
}

const spansByHours = new WeakMap<Hours, Map<Weekday, readonly MinuteSpan[]>>()

function parseIntervals(input: unknown, field: string, report: Report): Interval[] | null {
  if (!Array.isArray(input))
    return report(field, 'must be a list of {"from", "to"}; leave the day out to close it')
  if (input.length > mostIntervals)
    return report(field, `has more than ${mostIntervals} intervals; join some`)
  let end = 0
  const intervals: Interval[] = []
  for (const [at, entry] of input.entries()) {
    const interval = parseInterval(entry, `${field}/${at}`, report)
    if (!interval) continue
    if (minuteOf(interval.from) < end) {
      report(
        `${field}/${at}/from`,
        'is before the end of the interval before it; put them in order without overlap'
      )
    }
    end = minuteOf(interval.to)
    intervals.push(interval)
  }
  return intervals
}

function parseInterval(input: unknown, field: string, report: Report): Interval | null {
  const given = asRecord(input)
  if (!given) return report(field, 'must be {"from": "HH:MM", "to": "HH:MM"}')
  const { from, to } = given
  const start = isTime(from) ? from : report(`${field}/from`, 'must be a time from 00:00 to 23:59, as HH:MM')
  const end =
    isTime(to) || to === '24:00' ? to : report(`${field}/to`, 'must be a time from 00:01 to 24:00, as HH:MM')
  if (start === null || end === null) return null
  if (minuteOf(end) > minuteOf(start)) return { from: start, to: end }
  return report(
    `${field}/to`,
    "must be after 'from'; for a night, end at 24:00 and go on at 00:00 of the next day"
  )
}

function isTime(input: unknown): input is string {
  return typeof input === 'string' && /^([01]\d|2[0-3]):[0-5]\d$/.test(input)
}

function minuteOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
}

/** Days since 1970-01-01 in the calendar of a place: a whole number, without zone or time. */
export type LocalDay = number

const dayMs = 86_400_000
const writtenDay = /^(\d{4})-(\d{2})-(\d{2})$/

export const weekdays = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday'
] as const
export type Weekday = (typeof weekdays)[number]

/** `month` from 1 to 12; days beyond the month's length run over into the next. */
export function dayOf(year: number, month: number, day: number): LocalDay {
  return Date.UTC(year, month - 1, day) / dayMs
}

/** The day of a YYYY-MM-DD, or null when no such day exists. */
export function parseDay(text: string): LocalDay | null {
  const [, year, month, day] = writtenDay.exec(text) ?? []
  if (year === undefined) return null
  const found = dayOf(Number(year), Number(month), Number(day))
  return formatDay(found) === text ? found : null
}

/** YYYY-MM-DD */
export function formatDay(day: LocalDay): string {
  return new Date(day * dayMs).toISOString().slice(0, 10)
}

export function yearOf(day: LocalDay): number {
  return new Date(day * dayMs).getUTCFullYear()
}

export function weekdayOf(day: LocalDay): Weekday {
  return weekdays[(((day + 3) % 7) + 7) % 7]! // 1970-01-01 was a Thursday
}

/** Easter Sunday of the Gregorian calendar (algorithm of Meeus, Jones and Butcher). */
export function easterOf(year: number): LocalDay {
  const golden = year % 19
  const century = Math.floor(year / 100)
  const rest = year % 100
  const correction = Math.floor((century - Math.floor((century + 8) / 25) + 1) / 3)
  const epact = (19 * golden + century - Math.floor(century / 4) - correction + 15) % 30
  const toSunday = (32 + 2 * (century % 4) + 2 * Math.floor(rest / 4) - epact - (rest % 4)) % 7
  const late = Math.floor((golden + 11 * epact + 22 * toSunday) / 451)
  const month = Math.floor((epact + toSunday - 7 * late + 114) / 31)
  const day = ((epact + toSunday - 7 * late + 114) % 31) + 1
  return dayOf(year, month, day)
}

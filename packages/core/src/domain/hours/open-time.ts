import type { Calendar } from './calendar.ts'
import { isOpen, nextChange } from './opening.ts'
import type { Hours } from './weekly-hours.ts'

/**
 * The moment at which `ms` of open time have passed since `from`: when work that takes so long is done if it rests
 * outside the hours. Null when the hours do not open for so long within 370 days of a closing. Throws an UnknownZoneError.
 */
export function afterOpenTime(
  hours: Hours,
  calendar: Calendar,
  from: Date,
  ms: number,
  zone: string
): Date | null {
  let left = ms
  let now = from
  for (;;) {
    const open = isOpen(hours, calendar, now, zone)
    const change = nextChange(hours, calendar, now, zone)
    if (open) {
      if (!change || left <= change.getTime() - now.getTime()) return new Date(now.getTime() + left)
      left -= change.getTime() - now.getTime()
    }
    if (!change) return null
    now = change
  }
}

export {
  type Calendar,
  type ClosedDay,
  type Closure,
  type HolidayRule,
  inRegion,
  noHolidays
} from './calendar.ts'
export type { FieldIssue, Parsed } from './field-issue.ts'
export { type FrenchRegion, frenchHolidays, frenchRegions, regionOf } from './france.ts'
export { localHourTomorrow } from './local-hour.ts'
export { afterOpenTime } from './open-time.ts'
export {
  type ClosedReason,
  horizonDays,
  isOpen,
  nextChange,
  nextOpening,
  openZones,
  whyClosed,
  type ZoneOpenings
} from './opening.ts'
export { holidaysByCountry, parseCalendar } from './parse-calendar.ts'
export { type HoursPreset, hoursPresets } from './presets.ts'
export { UnknownZoneError } from './wall-clock.ts'
export { alwaysOpen, type Hours, type Interval, parseHours } from './weekly-hours.ts'

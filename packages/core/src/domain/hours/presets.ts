import type { Calendar } from './calendar.ts'
import { frenchHolidays } from './france.ts'
import type { Hours } from './weekly-hours.ts'

/** Hours and calendar that a supervisor can choose for a campaign instead of typing them. */
export interface HoursPreset {
  readonly id: string
  readonly labelFr: string
  readonly labelEn: string
  readonly hours: Hours
  readonly calendar: Calendar
  /** The text that the hours come from; ours is a reading of it, no legal advice. */
  readonly source: string
}

const prospectingDay = [
  { from: '10:00', to: '13:00' },
  { from: '14:00', to: '20:00' }
]

/**
 * `fr_prospecting`: commercial prospecting by telephone in France, at the consumer's local time. The article excepts
 * the national holidays only; we also rest on those of the contact's region. It limits attempts too (four in
 * thirty days), which hours cannot. From 11 August 2026 prospecting needs prior consent (law 2025-594); whether its
 * decree brings other hours was not known when this was written.
 */
export const hoursPresets: readonly HoursPreset[] = [
  {
    id: 'fr_prospecting',
    labelFr: 'Prospection commerciale en France',
    labelEn: 'Commercial prospecting in France',
    hours: {
      monday: prospectingDay,
      tuesday: prospectingDay,
      wednesday: prospectingDay,
      thursday: prospectingDay,
      friday: prospectingDay
    },
    calendar: { holidays: frenchHolidays, closures: [] },
    source: 'Code de la consommation, art. D. 223-9 (décret n° 2022-1313 du 13 octobre 2022)'
  }
]

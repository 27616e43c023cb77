import { words } from './words.ts'

/** The state button and its menu; stations. */
export const agentWords = words(
  {
    menu: 'Change state',
    thenPause: 'then {pause}',
    pauses: 'Pause',
    pausesAfter: 'Pause, after this call',
    unlimited: 'not limited',
    minutes: '{n} min',
    changeStation: 'Change station …',
    endShift: 'End my shift',
    station_extension: 'Extension',
    station_mobile: 'Mobile'
  },
  {
    menu: 'Changer d’état',
    thenPause: 'puis {pause}',
    pauses: 'En pause',
    pausesAfter: 'En pause, après cet appel',
    unlimited: 'non limitée',
    minutes: '{n} min',
    changeStation: 'Changer de poste …',
    endShift: 'Terminer ma journée',
    station_extension: 'Poste',
    station_mobile: 'Mobile'
  }
)
export const stationName = (
  station: string,
  say: (key: 'station_extension' | 'station_mobile') => string
): string => (station === 'extension' || station === 'mobile' ? say(`station_${station}`) : station)

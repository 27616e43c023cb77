import type { Language } from '../text/words.ts'

const cache = new Map<string, Intl.DateTimeFormat>()

function formatter(language: Language, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = language + JSON.stringify(options)
  let format = cache.get(key)
  if (!format) {
    // 24 h in both languages: the floor has one clock.
    format = new Intl.DateTimeFormat(language === 'fr' ? 'fr-FR' : 'en-GB', { hourCycle: 'h23', ...options })
    cache.set(key, format)
  }
  return format
}

const hourAndMinute = { hour: '2-digit', minute: '2-digit' } as const
const zoned = (zone: string | null): Intl.DateTimeFormatOptions => (zone ? { timeZone: zone } : {})

/** `14:25`; `zone` is an IANA zone, null is the reader's own. */
export const hourOf = (at: string | number, language: Language, zone: string | null = null): string =>
  formatter(language, { ...hourAndMinute, ...zoned(zone) }).format(new Date(at))

/** `14:32:07` */
export const exactHour = (at: string | number, language: Language): string =>
  formatter(language, { ...hourAndMinute, second: '2-digit' }).format(new Date(at))

/** `21/11 17:58` */
export const shortMoment = (at: string | number, language: Language): string =>
  formatter(language, { day: '2-digit', month: '2-digit', ...hourAndMinute })
    .format(new Date(at))
    .replace(', ', ' ')

/** `lundi 30 novembre à 09:00`, or the hour alone when it is today. */
export function spokenMoment(
  at: string | number,
  now: number,
  language: Language,
  zone: string | null = null
): string {
  const hour = hourOf(at, language, zone)
  const day = formatter(language, { weekday: 'long', day: 'numeric', month: 'long', ...zoned(zone) })
  const date = day.format(new Date(at))
  if (date === day.format(new Date(now))) return hour
  return language === 'fr' ? `${date} à ${hour}` : `${date} at ${hour}`
}

/** How a time zone is called: `Heure de La Réunion`, `Réunion Time`. */
export function zoneName(zone: string, at: number, language: Language): string {
  const parts = formatter(language, { timeZone: zone, timeZoneName: 'longGeneric' }).formatToParts(
    new Date(at)
  )
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? zone
  return name.charAt(0).toUpperCase() + name.slice(1)
}

const numbers: Partial<Record<Language, Intl.NumberFormat>> = {}

/** A count with the language's separators. */
export const count = (n: number, language: Language): string => {
  numbers[language] ??= new Intl.NumberFormat(language === 'fr' ? 'fr-FR' : 'en-GB')
  return numbers[language].format(n)
}

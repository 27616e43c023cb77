import type { Language } from '../text/words.ts'

const two = (n: number): string => String(n).padStart(2, '0')

/** Milliseconds as `4:12` or `1:04:12`; what has not begun is `0:00`. */
export function clockTime(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor(seconds / 60) % 60
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}

/** Both languages add an s for several. */
const units: Record<Language, readonly string[]> = {
  en: ['hour', 'minute', 'second'],
  fr: ['heure', 'minute', 'seconde']
}

/** Milliseconds in words, for those who hear it: `4 minutes 12 seconds`. */
export function spokenTime(ms: number, language: Language): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  const last = parts.length - 1
  const shown = parts.flatMap((n, i) => {
    if (n === 0 && !(i === last && seconds === 0)) return []
    const singular = n === 1 || (language === 'fr' && n === 0)
    return [`${n} ${units[language][i]}${singular ? '' : 's'}`]
  })
  return shown.join(' ')
}

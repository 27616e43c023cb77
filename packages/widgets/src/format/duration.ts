import type { Language } from '../text/words.ts'

const two = (n: number): string => String(n).padStart(2, '0')

/** Milliseconds as `4:12` or `1:04:12`; what has not begun is `0:00`. */
export function clockTime(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor(seconds / 60) % 60
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}

/** Milliseconds in words, for those who hear it: `4 minutes 12 seconds`. */
export function spokenTime(ms: number, language: Language): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const parts = {
    hour: Math.floor(seconds / 3600),
    minute: Math.floor(seconds / 60) % 60,
    second: seconds % 60
  }
  const shown = Object.entries(parts).filter(([unit, n]) => n > 0 || (unit === 'second' && seconds === 0))
  return shown
    .map(([unit, n]) =>
      new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(n)
    )
    .join(' ')
}

import type { Language } from './language.ts'

/** When a callback is due, as people say it here: `Mon 24 Nov, 14:30`. */
export const dueMoment = (dueAt: string, language: Language): string =>
  new Intl.DateTimeFormat(language, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit'
  }).format(new Date(dueAt))

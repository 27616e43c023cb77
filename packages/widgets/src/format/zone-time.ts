/** A day and an hour as a clock on the wall shows them. */
export interface WallTime {
  /** `2026-11-24` */
  readonly date: string
  /** `18:15` */
  readonly time: string
}

/** The wall clock of an IANA zone at an instant (ms since 1970); null is the reader's own zone. */
export function wallTime(at: number, zone: string | null): WallTime {
  const parts = new Intl.DateTimeFormat('en-GB', {
    ...(zone ? { timeZone: zone } : {}),
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit'
  }).formatToParts(new Date(at))
  const get = (type: string): string => parts.find(part => part.type === type)?.value ?? ''
  return { date: `${get('year')}-${get('month')}-${get('day')}`, time: `${get('hour')}:${get('minute')}` }
}

/**
 * The instant at which the wall clock of a zone shows this; null when date or time is not whole. An hour that the
 * summer time skips becomes the one after, of one that comes twice the first is taken.
 */
export function instantOf({ date, time }: WallTime, zone: string | null): number | null {
  // Date.parse takes more than it should: it must not see what is not whole.
  if (!/^\d{4}-\d\d-\d\d$/.test(date) || !/^\d\d:\d\d$/.test(time)) return null
  const guess = Date.parse(`${date}T${time}:00Z`)
  if (Number.isNaN(guess)) return null
  const offset = (at: number): number => {
    const wall = wallTime(at, zone)
    return Date.parse(`${wall.date}T${wall.time}:00Z`) - Math.floor(at / 60_000) * 60_000
  }
  const first = guess - offset(guess - 86_400_000)
  if (same(wallTime(first, zone), { date, time })) return first
  const second = guess - offset(guess + 86_400_000)
  return same(wallTime(second, zone), { date, time }) ? second : first
}

const same = (a: WallTime, b: WallTime): boolean => a.date === b.date && a.time === b.time

/** The same wall clock some days later. */
export function addDays({ date, time }: WallTime, days: number): WallTime {
  const at = new Date(Date.parse(`${date}T12:00:00Z`) + days * 86_400_000)
  return { date: at.toISOString().slice(0, 10), time }
}

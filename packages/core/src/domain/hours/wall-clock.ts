import type { LocalDay } from './local-day.ts'

const minuteMs = 60_000
const dayMs = 86_400_000
/** Zones change their clocks on a quarter of an hour UTC (tz database, since 1972). */
const quarterMs = 900_000

/** What the clock on the wall shows: `minute` counts from 0 to 1439. */
export interface WallTime {
  readonly day: LocalDay
  readonly minute: number
}

/** The name is no IANA time zone that this runtime knows. */
export class UnknownZoneError extends RangeError {
  readonly zone: string
  constructor(zone: string) {
    super(`'${zone}' is no IANA time zone; write it like Europe/Paris`)
    this.name = 'UnknownZoneError'
    this.zone = zone
  }
}

/** Days whose offset is remembered for a zone: enough to look a year ahead without asking Intl again. */
const rememberedDays = 1_000

/**
 * A zone's clock. Offsets come from Intl, whose data Node brings along, so no tables need care and no library is
 * needed. Intl takes microseconds, so days without a change of clocks are remembered.
 */
export class WallClock {
  readonly #format: Intl.DateTimeFormat
  /** By day of UTC: its offset, or null when it changes within the day. */
  readonly #days = new Map<number, number | null>()

  /** Throws an UnknownZoneError. */
  constructor(zone: string) {
    // Node also takes offsets such as +02:00, which know no summer time.
    if (!/^[A-Za-z]/.test(zone)) throw new UnknownZoneError(zone)
    try {
      this.#format = new Intl.DateTimeFormat('en-US', {
        timeZone: zone,
        hourCycle: 'h23',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric'
      })
    } catch {
      throw new UnknownZoneError(zone)
    }
  }

  at(ms: number): WallTime {
    const local = ms + this.offset(ms)
    const day = Math.floor(local / dayMs)
    return { day, minute: Math.floor((local - day * dayMs) / minuteMs) }
  }

  /** Local time minus UTC, in ms. */
  offset(ms: number): number {
    const day = Math.floor(ms / dayMs)
    let known = this.#days.get(day)
    if (known === undefined) {
      // No zone changes its clocks forth and back within a day, so equal ends mean an even day.
      const start = this.#read(day * dayMs)
      known = start === this.#read((day + 1) * dayMs) ? start : null
      if (this.#days.size >= rememberedDays) this.#days.clear()
      this.#days.set(day, known)
    }
    return known ?? this.#read(Math.floor(ms / quarterMs) * quarterMs)
  }

  /** The first moment of (from, to] with another offset than `from`, or null; the span, some days, has one change at most. */
  change(from: number, to: number): number | null {
    const before = this.offset(from)
    if (this.offset(to) === before) return null
    let low = Math.floor(from / quarterMs)
    let high = Math.ceil(to / quarterMs)
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (this.offset(middle * quarterMs) === before) low = middle
      else high = middle
    }
    return high * quarterMs
  }

  #read(ms: number): number {
    const [month, day, year, hour, minute] = this.#format.format(ms).match(/\d+/g)!.map(Number)
    return Date.UTC(year!, month! - 1, day, hour, minute) - ms
  }
}

const clocks = new Map<string, WallClock>()

/** The clock of a zone, made once. Throws an UnknownZoneError; wrong names are not kept. */
export function clockOf(zone: string): WallClock {
  const known = clocks.get(zone)
  if (known) return known
  const made = new WallClock(zone)
  clocks.set(zone, made)
  return made
}

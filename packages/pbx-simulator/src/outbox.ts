import type { Clock } from './clock.ts'
import type { Random } from './random.ts'

/** AMI privilege class of an event; an account gets an event only with that class in its `read`. */
export type EventClass = 'system' | 'call' | 'cdr' | 'user'

/** One event on its way to the sessions, formatted once for all. */
export interface AmiEvent {
  readonly name: string
  readonly class: EventClass
  readonly text: string
}

/** Where an event stands in the order of its instant. */
export interface Place {
  /** Topics the event is published on: within one of them order is kept. */
  lanes: readonly string[]
  /** Topics whose events so far must come first, without being held up by this one. */
  behind?: readonly string[] | undefined
  /** Moves the event by so many positions, as far as its lanes allow. */
  shift?: number | undefined
}

interface Waiting {
  key: number
  name: string
  class: EventClass
  body: string
}

/**
 * Real Asterisk publishes channel, dial, bridge, originate and CDR events on different topics, so that their order
 * is not fixed (reference: counted over 59 recorded scenarios). Events of one instant are collected here and merged:
 * order within a lane holds, the rest follows from the seed.
 */
export class Outbox {
  readonly #clock: Clock
  readonly #random: Random
  readonly #deliver: (events: AmiEvent[]) => void
  #waiting: Waiting[] = []
  #lanes = new Map<string, number>()
  #lastStampUs = 0

  constructor(clock: Clock, random: Random, deliver: (events: AmiEvent[]) => void) {
    this.#clock = clock
    this.#random = random
    this.#deliver = deliver
  }

  /** Takes an event; `body` is its header lines after Timestamp, each ended by CRLF. */
  add(name: string, eventClass: EventClass, body: string, place?: Place): void {
    let key = this.#waiting.length + (place?.shift ?? 0)
    if (place) {
      for (const lane of place.lanes) key = Math.max(key, (this.#lanes.get(lane) ?? -Infinity) + 1e-6)
      for (const lane of place.behind ?? []) key = Math.max(key, (this.#lanes.get(lane) ?? -Infinity) + 1e-6)
      for (const lane of place.lanes) this.#lanes.set(lane, key)
    }
    this.#waiting.push({ key, name, class: eventClass, body })
  }

  /** Ends the instant: sorts, stamps and delivers what was collected. */
  flush(): void {
    if (this.#waiting.length === 0) return
    const waiting = this.#waiting.sort((a, b) => a.key - b.key)
    this.#waiting = []
    this.#lanes.clear()
    this.#deliver(
      waiting.map(event => ({
        name: event.name,
        class: event.class,
        text: `Event: ${event.name}\r\nPrivilege: ${event.class},all\r\nTimestamp: ${this.#stamp()}\r\n${event.body}\r\n`
      }))
    )
  }

  /** Forgets what was collected; used when the PBX crashes. */
  discard(): void {
    this.#waiting = []
    this.#lanes.clear()
  }

  /** Seconds with microseconds; 9 of 11,794 recorded events were stamped a little before the one sent ahead of them. */
  #stamp(): string {
    const nowUs = Math.floor(this.#clock.nowMs() * 1000)
    const ahead = this.#lastStampUs - nowUs
    const stepUs = ahead > 2000 ? 1 : this.#random.between(5, 120)
    this.#lastStampUs = Math.max(this.#lastStampUs + stepUs, nowUs)
    const us = this.#random.chance(0.0008)
      ? this.#lastStampUs - this.#random.between(130, 300)
      : this.#lastStampUs
    return `${Math.floor(us / 1e6)}.${String(us % 1e6).padStart(6, '0')}`
  }
}

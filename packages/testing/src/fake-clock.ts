import type { Clock } from '@evscallpro/core'

/** A clock that stands still until it is told. */
export interface FakeClock extends Clock {
  /**
   * Moves time by ms. Timers due on the way run in order of their time (of equal ones the first set runs first), with
   * now() at their time; promises they settle are followed before the next one, also timers those set in turn.
   */
  advance(ms: number): Promise<void>
}

interface Timer {
  at: number
  fn: () => void
}

/** Makes a clock that moves only by advance(). Starts at 2026-01-05T09:00:00Z, a Monday morning, unless told. */
export function fakeClock(start: Date = new Date('2026-01-05T09:00:00Z')): FakeClock {
  let present = start.getTime()
  const timers = new Set<Timer>()

  const nextBy = (limit: number): Timer | undefined => {
    let next: Timer | undefined
    for (const timer of timers) {
      if (timer.at <= limit && (next === undefined || timer.at < next.at)) next = timer
    }
    return next
  }

  return {
    now: () => new Date(present),
    setTimeout: (fn, ms) => {
      const timer = { at: present + Math.max(0, ms), fn }
      timers.add(timer)
      return {
        cancel: () => {
          timers.delete(timer)
        }
      }
    },
    advance: async ms => {
      if (!(ms >= 0)) throw new RangeError(`advance: ms must be 0 or more, got ${ms}`)
      const end = present + ms
      await settled()
      for (let timer = nextBy(end); timer !== undefined; timer = nextBy(end)) {
        timers.delete(timer)
        present = timer.at
        timer.fn()
        await settled()
      }
      present = end
    }
  }
}

/** All microtasks, however long their chain, run before the event loop's next turn. */
function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

import { definePort } from './extension-point.ts'

/** A timer that can be called off. */
export interface Timer {
  cancel(): void
}

/** Where every part gets its time from, so that tests can move it. */
export interface Clock {
  now(): Date
  /** Calls `run` once after `ms` milliseconds. A pending timer never keeps the process alive. */
  setTimeout(run: () => void, ms: number): Timer
}

export const clock = definePort<Clock>('core.clock')

export const systemClock: Clock = {
  now: () => new Date(),
  setTimeout(run, ms) {
    const handle = setTimeout(run, ms)
    handle.unref()
    return { cancel: () => clearTimeout(handle) }
  }
}

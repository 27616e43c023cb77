/** Time as the link needs it: milliseconds since any fixed point, and one-shot timers. Handed in by tests. */
export interface LinkClock {
  now(): number
  /** Runs `fn` once after `ms`; the returned function cancels it. */
  after(ms: number, fn: () => void): () => void
}

/** The machine's monotonic clock. Its timers keep the process alive, as an open link should. */
export const systemClock: LinkClock = {
  now: () => performance.now(),
  after(ms, fn) {
    const timer = setTimeout(fn, ms)
    return () => clearTimeout(timer)
  }
}

/** Undoes something that was scheduled; harmless when it has happened already. */
export type Cancel = () => void

/** The time the simulated PBX lives in; milliseconds since 1970, fractions allowed. */
export interface Clock {
  nowMs(): number
  /**
   * Runs `task` in `delayMs`. A background task (a safety limit hours away) does not keep `runUntilIdle` going.
   */
  after(delayMs: number, task: () => void, options?: { background?: boolean }): Cancel
  close(): void
}

/** Wall time, sped up `scale` times: with 10 a ring of one second takes 100 ms. */
export class RealClock implements Clock {
  readonly #scale: number
  readonly #startedAt = Date.now()
  readonly #zero = performance.now()
  readonly #timers = new Set<NodeJS.Timeout>()

  constructor(scale = 1) {
    if (!(scale > 0)) throw new RangeError(`timeScale must be greater than 0, found ${scale}`)
    this.#scale = scale
  }

  nowMs(): number {
    return this.#startedAt + (performance.now() - this.#zero) * this.#scale
  }

  after(delayMs: number, task: () => void): Cancel {
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer)
        task()
      },
      Math.min(Math.max(delayMs, 0) / this.#scale, 2 ** 31 - 1)
    )
    this.#timers.add(timer)
    return () => {
      clearTimeout(timer)
      this.#timers.delete(timer)
    }
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }
}

interface Entry {
  atMs: number
  order: number
  task: (() => void) | undefined
  background: boolean
}

/** Time that stands still until it is moved; a binary heap, so thousands of timers cost little. */
export class VirtualClock implements Clock {
  #nowMs: number
  #order = 0
  #foreground = 0
  readonly #heap: Entry[] = []

  constructor(startMs: number) {
    this.#nowMs = startMs
  }

  nowMs(): number {
    return this.#nowMs
  }

  after(delayMs: number, task: () => void, options: { background?: boolean } = {}): Cancel {
    const background = options.background ?? false
    const entry: Entry = { atMs: this.#nowMs + Math.max(delayMs, 0), order: this.#order++, task, background }
    if (!background) this.#foreground++
    this.#push(entry)
    return () => {
      if (!entry.task) return
      entry.task = undefined
      if (!background) this.#foreground--
    }
  }

  /** When the next task is due, or undefined. */
  nextAtMs(): number | undefined {
    while (this.#heap[0] && !this.#heap[0].task) this.#pop()
    return this.#heap[0]?.atMs
  }

  /** True when only background tasks, or none, are left. */
  idle(): boolean {
    return this.#foreground === 0
  }

  /** Moves to `atMs` and runs everything due at or before it, in order. */
  runTo(atMs: number): void {
    for (let next = this.nextAtMs(); next !== undefined && next <= atMs; next = this.nextAtMs()) {
      const entry = this.#pop()
      this.#nowMs = Math.max(this.#nowMs, entry.atMs)
      const task = entry.task
      entry.task = undefined
      if (!entry.background) this.#foreground--
      task?.()
    }
    this.#nowMs = Math.max(this.#nowMs, atMs)
  }

  close(): void {
    this.#heap.length = 0
    this.#foreground = 0
  }

  #push(entry: Entry): void {
    const heap = this.#heap
    let i = heap.push(entry) - 1
    while (i > 0) {
      const up = (i - 1) >> 1
      if (!earlier(entry, heap[up]!)) break
      heap[i] = heap[up]!
      i = up
    }
    heap[i] = entry
  }

  #pop(): Entry {
    const heap = this.#heap
    const top = heap[0]!
    const last = heap.pop()!
    if (heap.length > 0) {
      let i = 0
      for (;;) {
        let child = 2 * i + 1
        if (child >= heap.length) break
        if (child + 1 < heap.length && earlier(heap[child + 1]!, heap[child]!)) child++
        if (!earlier(heap[child]!, last)) break
        heap[i] = heap[child]!
        i = child
      }
      heap[i] = last
    }
    return top
  }
}

function earlier(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}

import type { Timer } from '../../kernel/clock.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { Calls } from '../call/calls.ts'

/** A countdown that ended longer ago than this, ms, belongs to a server that was away: nobody is surprised by its call. */
const staleMs = 5_000

/**
 * Dial mode `progressive`: the server dials when the countdown of a hand-out is over, unless the agent stops it, dials
 * himself or gives the contact back. The moment stands in the database; the timer is only what looks at it.
 */
export class Countdowns {
  readonly #kernel: Kernel
  readonly #calls: Calls
  readonly #timers = new Map<number, Timer>()

  constructor(kernel: Kernel, calls: Calls) {
    this.#kernel = kernel
    this.#calls = calls
  }

  /** Starts the countdown of a hand-out that was just granted. */
  async start(agentId: number, handoutId: number, seconds: number): Promise<void> {
    const { db, clock } = this.#kernel
    const dialAt = new Date(clock.now().getTime() + seconds * 1000)
    const started = await db('core.handouts')
      .where({ id: handoutId, ended_at: null, calls_made: 0 })
      .update({ dial_at: dialAt })
    if (started === 0) return
    const timer = clock.setTimeout(() => void this.#over(agentId, handoutId), seconds * 1000)
    this.#timers.set(handoutId, timer)
  }

  /** Stops the countdown; the contact stays in the agent's hands. @returns false when there is none to stop. */
  async cancel(agentId: number, handoutId: number): Promise<boolean> {
    this.#timers.get(handoutId)?.cancel()
    this.#timers.delete(handoutId)
    const stopped = await this.#kernel
      .db('core.handouts')
      .where({ id: handoutId, agent_id: agentId })
      .whereNotNull('dial_at')
      .update({ dial_at: null })
    return stopped > 0
  }

  stop(): void {
    for (const timer of this.#timers.values()) timer.cancel()
    this.#timers.clear()
  }

  async #over(agentId: number, handoutId: number): Promise<void> {
    this.#timers.delete(handoutId)
    const { db, clock, log } = this.#kernel
    try {
      const now = clock.now()
      const due = await db('core.handouts')
        .where({ id: handoutId, ended_at: null, live_call: null, calls_made: 0 })
        .whereBetween('dial_at', [new Date(now.getTime() - staleMs), now])
        .update({ dial_at: null })
      if (due > 0) await this.#calls.dialHandout(agentId, handoutId, null)
    } catch (err) {
      log.warn({ err, handoutId }, 'the countdown ended and the call could not be started')
    }
  }
}

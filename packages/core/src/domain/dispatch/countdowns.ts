import type { Timer } from '../../kernel/clock.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { Calls } from '../call/calls.ts'

/** A countdown that ended longer ago than this, ms, belongs to a server that was away: nobody is surprised by its call. */
const staleMs = 5_000

/** Hand-outs whose agents have not called yet. */
const untouched = { ended_at: null, live_call: null, calls_made: 0 }

/**
 * Dial mode `progressive`: the server dials when the countdown of a hand-out is over, unless the agent stops it, dials
 * himself or gives the contact back. The moment stands in the database; the timer is only what looks at it.
 */
export class Countdowns {
  readonly #kernel: Kernel
  readonly #calls: Calls
  readonly #timers = new Map<number, Timer>()
  #stopped = false

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
    this.#arm(agentId, handoutId, seconds * 1000)
  }

  /**
   * Takes over the countdowns of servers that are gone; run at start and now and then. What is under way is dialled on
   * time, by one of those who watch it; what ended too long ago is taken away, and the agent dials himself.
   */
  async takeOver(): Promise<void> {
    const { db, clock } = this.#kernel
    const now = clock.now().getTime()
    const rows: { id: number; agent_id: number; dial_at: Date }[] = await db('core.handouts')
      .where(untouched)
      .whereNotNull('dial_at')
      .select('id', 'agent_id', 'dial_at')
    const stale = new Date(now - staleMs)
    for (const { id, agent_id: agentId, dial_at: dialAt } of rows) {
      if (dialAt < stale)
        await db('core.handouts').where({ id }).where('dial_at', '<', stale).update({ dial_at: null })
      else if (!this.#timers.has(id)) this.#arm(agentId, id, Math.max(0, dialAt.getTime() - now))
    }
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
    this.#stopped = true
    for (const timer of this.#timers.values()) timer.cancel()
    this.#timers.clear()
  }

  #arm(agentId: number, handoutId: number, ms: number): void {
    if (this.#stopped) return
    const timer = this.#kernel.clock.setTimeout(() => void this.#over(agentId, handoutId), ms)
    this.#timers.set(handoutId, timer)
  }

  async #over(agentId: number, handoutId: number): Promise<void> {
    this.#timers.delete(handoutId)
    const { db, clock, log } = this.#kernel
    try {
      const now = clock.now()
      const due = await db('core.handouts')
        .where({ id: handoutId, ...untouched })
        .whereBetween('dial_at', [new Date(now.getTime() - staleMs), now])
        .update({ dial_at: null })
      if (due > 0) await this.#calls.dialHandout(agentId, handoutId, null)
    } catch (err) {
      log.warn({ err, handoutId }, 'the countdown ended and the call could not be started')
    }
  }
}

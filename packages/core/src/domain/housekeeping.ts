import type { Timer } from '../kernel/clock.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { sumDays } from './call/call-day-stats.ts'
import type { Countdowns } from './dispatch/countdowns.ts'
import type { HandoutEnding } from './dispatch/handout-ending.ts'

/** How often leases and countdowns are looked at, ms. */
const reapEveryMs = 10_000
const partitionsEveryMs = 6 * 3_600_000
const monthsAhead = 4
const sumEveryMs = 3_600_000
const forgetEveryMs = 3_600_000
/** A journal of the PBX may be read once more, and tells of calls that have ended; it reaches back 3 days, ms. */
const handCallsKeptMs = 7 * 86_400_000

/** Keeps the database in order while the app runs: hand-outs that nobody ends, countdowns that nobody watches, months of call_history to come, sums of days that are over. */
export class Housekeeping {
  readonly #kernel: Kernel
  readonly #ending: HandoutEnding
  readonly #countdowns: Countdowns
  readonly #timers = new Map<string, Timer>()

  constructor(kernel: Kernel, ending: HandoutEnding, countdowns: Countdowns) {
    this.#kernel = kernel
    this.#ending = ending
    this.#countdowns = countdowns
  }

  async start(): Promise<void> {
    // Rows of a month without a partition go to the strays: no reason not to start.
    await ensurePartitions(this.#kernel).catch(err =>
      this.#kernel.log.error({ err }, 'making partitions failed')
    )
    await this.#countdowns.takeOver()
    await this.#forgetHandCalls()
    this.#every('watching countdowns', reapEveryMs, () => this.#countdowns.takeOver())
    this.#every('forgetting calls dialled by hand', forgetEveryMs, () => this.#forgetHandCalls())
    this.#every('reaping hand-outs', reapEveryMs, () => this.#ending.reap())
    this.#every('making partitions', partitionsEveryMs, () => ensurePartitions(this.#kernel))
    this.#every('summing up days', sumEveryMs, () => this.#sumDays())
  }

  async #sumDays(): Promise<void> {
    const { db, clock, log } = this.#kernel
    const days = await sumDays(db, clock.now())
    if (days > 0)
      log.info({ days }, 'days that are over are summed the next time, as the call statistics are in use')
  }

  async #forgetHandCalls(): Promise<void> {
    const { db, clock } = this.#kernel
    const before = new Date(clock.now().getTime() - handCallsKeptMs)
    await db('core.hand_calls').where('ended_at', '<', before).delete()
  }

  stop(): void {
    for (const timer of this.#timers.values()) timer.cancel()
    this.#timers.clear()
  }

  /** A job that takes longer than its interval is not run twice at once, but again when it has ended. */
  #every(name: string, ms: number, job: () => Promise<unknown>): void {
    let running = false
    let again = false
    const run = async (): Promise<void> => {
      again = running
      if (running) return
      running = true
      do {
        again = false
        try {
          await job()
        } catch (err) {
          this.#kernel.log.error({ err }, `${name} failed; it is tried again`)
        }
      } while (again && this.#timers.has(name))
      running = false
    }
    const arm = (): void => {
      const tick = (): void => {
        arm()
        void run()
      }
      this.#timers.set(name, this.#kernel.clock.setTimeout(tick, ms))
    }
    arm()
  }
}

/** Makes the months of call_history that are about to begin. */
export async function ensurePartitions({ db, clock }: Pick<Kernel, 'db' | 'clock'>): Promise<void> {
  await db.raw('select core.call_history_partitions(?::date, ?)', [
    clock.now().toISOString().slice(0, 10),
    monthsAhead
  ])
}

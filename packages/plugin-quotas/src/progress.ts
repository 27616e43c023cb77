import { handoutEnded, handoutGranted, type Kernel, type Timer } from '@evscallpro/core'
import { quotasProgressed } from './events.ts'
import { type RuleRow, remainingOf } from './rule.ts'

/** Changes are told together after so long, ms: telling reads the campaign's rules. */
const gatherMs = 1_000
const rulesPerEvent = 200

type Counters = Pick<RuleRow, 'id' | 'mode' | 'limit' | 'completed' | 'reserved' | 'revision'>

/** Tells boards which counters have changed, when hand-outs begin and end in this process. */
export class Progress {
  readonly #kernel: Pick<Kernel, 'db' | 'events' | 'clock' | 'log'>
  readonly #told = new Map<number, number>()
  readonly #timers = new Map<number, Timer>()
  readonly #ends: (() => void)[] = []

  constructor(kernel: Pick<Kernel, 'db' | 'events' | 'clock' | 'log'>) {
    this.#kernel = kernel
  }

  start(): void {
    const { events } = this.#kernel
    this.#ends.push(events.on(handoutGranted, ({ campaignId }) => this.touch(campaignId)))
    this.#ends.push(events.on(handoutEnded, ({ campaignId }) => this.touch(campaignId)))
  }

  stop(): void {
    for (const end of this.#ends) end()
    for (const timer of this.#timers.values()) timer.cancel()
    this.#timers.clear()
  }

  /** Counters of the campaign may have changed. */
  touch(campaignId: number): void {
    if (this.#timers.has(campaignId)) return
    const tell = (): void => {
      this.#timers.delete(campaignId)
      this.#tell(campaignId).catch((err: unknown) =>
        this.#kernel.log.error({ err, campaignId }, 'telling the progress of quotas failed')
      )
    }
    this.#timers.set(campaignId, this.#kernel.clock.setTimeout(tell, gatherMs))
  }

  async #tell(campaignId: number): Promise<void> {
    // Revisions are drawn under the campaign's lock: within a campaign their order is that of the commits.
    const rules = await this.#kernel
      .db('quotas.rules')
      .select<Counters[]>('id', 'mode', 'limit', 'completed', 'reserved', 'revision')
      .where({ campaign_id: campaignId })
      .andWhere('revision', '>', this.#told.get(campaignId) ?? 0)
      .whereNot({ state: 'removed' })
      .orderBy('revision')
    const newest = rules.at(-1)
    if (!newest) return
    this.#told.set(campaignId, newest.revision)
    for (let from = 0; from < rules.length; from += rulesPerEvent) {
      const some = rules.slice(from, from + rulesPerEvent).map(rule => {
        const { id, completed, reserved, revision } = rule
        return { id, completed, reserved, remaining: remainingOf(rule), revision }
      })
      await this.#kernel.events.emit(quotasProgressed, { campaignId, rules: some })
    }
  }
}

import type { Kernel, Timer } from '@evscallpro/core'
import { audit } from './audit.ts'
import { passPage } from './classification-pass.ts'
import { ruleChanged } from './events.ts'
import type { QuotaGate } from './quota-gate.ts'

/** How often work that another process or a turn has left is looked for, ms. */
const lookEveryMs = 1_000
const auditEveryMs = 10 * 60_000
/** Segments closed or opened in one transaction: some 13 µs each under the lock. */
const segmentsAtOnce = 2_000

/** What happens beside the turns, a page at a time: contacts of new rules, segments of big full rules, the recount. */
export class Background {
  readonly #kernel: Pick<Kernel, 'db' | 'clock' | 'events' | 'log'>
  readonly #gate: QuotaGate
  readonly #timers = new Map<string, Timer>()
  #running: Promise<void> | null = null
  #again = false
  #stopped = false

  constructor(kernel: Pick<Kernel, 'db' | 'clock' | 'events' | 'log'>, gate: QuotaGate) {
    this.#kernel = kernel
    this.#gate = gate
  }

  start(): void {
    this.#every('look', lookEveryMs, () => this.kick())
    this.#every('audit', auditEveryMs, () => void this.#guard('recount', () => this.#auditAll()))
    this.kick()
  }

  /** Ends after the page under way. */
  async stop(): Promise<void> {
    this.#stopped = true
    for (const timer of this.#timers.values()) timer.cancel()
    await this.#running
  }

  /** There may be something to do: looks now. */
  kick(): void {
    if (this.#stopped) return
    if (this.#running) {
      this.#again = true
      return
    }
    this.#running = this.#guard('quota background', () => this.#run()).finally(() => {
      this.#running = null
      if (this.#again) {
        this.#again = false
        this.kick()
      }
    })
  }

  async #run(): Promise<void> {
    const { db, events } = this.#kernel
    for (let more = true; more && !this.#stopped; ) {
      more = false
      const closing: number[] = await db('quotas.rules')
        .distinct('campaign_id')
        .where({ blocked: 1 })
        .pluck('campaign_id')
      for (const campaignId of closing) {
        const { rows } = await db.raw('select quotas.work(?, ?) as more', [campaignId, segmentsAtOnce])
        more ||= rows[0].more
      }
      const passes: number[] = await db('quotas.campaigns').whereNotNull('pass_after').pluck('campaign_id')
      for (const campaignId of passes) {
        const result = await passPage(db, this.#gate, campaignId)
        if (result === 'more') more = true
        else if (result !== 'busy')
          for (const ruleId of result) await events.emit(ruleChanged, { campaignId, ruleId, state: 'active' })
      }
    }
  }

  async #auditAll(): Promise<void> {
    const { db, clock, log } = this.#kernel
    const campaigns: number[] = await db('quotas.rules')
      .distinct('campaign_id')
      .whereNot({ state: 'removed' })
      .pluck('campaign_id')
    for (const campaignId of campaigns) {
      const wrong = await audit(db, campaignId, clock.now())
      if (wrong.length > 0)
        log.error({ campaignId, rules: wrong.length }, 'quota counters differ from the recount')
    }
  }

  async #guard(name: string, job: () => Promise<void>): Promise<void> {
    try {
      await job()
    } catch (err) {
      if (!this.#stopped) this.#kernel.log.error({ err }, `${name} failed; it is tried again`)
    }
  }

  #every(name: string, ms: number, run: () => void): void {
    const tick = (): void => {
      this.#timers.set(name, this.#kernel.clock.setTimeout(tick, ms))
      run()
    }
    this.#timers.set(name, this.#kernel.clock.setTimeout(tick, ms))
  }
}

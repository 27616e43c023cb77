import type { Kernel } from '../../kernel/kernel.ts'
import { prepared } from '../../kernel/prepared-statement.ts'

const gatherMs = 20
const retryMs = 1_000

/**
 * Tells every process whose states turns have changed, some turns at once. Not in the turn itself: a transaction that notifies
 * wakes every session that listens before it ends, and with 200 agents a seventh of the turn's time was that. For a process
 * that dies in between the next one that starts makes up: screens read everything anew then (RealtimeHub).
 */
export class TurnAnnouncements {
  readonly #kernel: Pick<Kernel, 'db' | 'log'>
  readonly #agents = new Set<number>()
  readonly #campaigns = new Set<number>()
  #timer: NodeJS.Timeout | null = null
  #sending: Promise<void> | null = null
  #closed = false

  constructor(kernel: Pick<Kernel, 'db' | 'log'>) {
    this.#kernel = kernel
  }

  /** Told within 20 ms, or when the database is back. */
  add(campaignId: number, agentIds: Iterable<number>): void {
    for (const id of agentIds) this.#agents.add(id)
    this.#campaigns.add(campaignId)
    this.#sendIn(gatherMs)
  }

  /** Resolves when all is told, or could not be. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#timer) clearTimeout(this.#timer)
    await this.#sending
    await this.#send()
  }

  #sendIn(ms: number): void {
    if (this.#closed || this.#timer || this.#sending) return
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#sending = this.#send().then(told => {
        this.#sending = null
        if (this.#campaigns.size > 0) this.#sendIn(told ? gatherMs : retryMs)
      })
    }, ms)
  }

  /** False when it could not be told and is kept for another try. */
  async #send(): Promise<boolean> {
    if (this.#campaigns.size === 0) return true
    const agents = [...this.#agents]
    const campaigns = [...this.#campaigns]
    this.#agents.clear()
    this.#campaigns.clear()
    try {
      await prepared(this.#kernel.db, {
        name: 'core.turn_announcements',
        text: `select core.announce('agents', $1), core.announce('campaigns', $2)`,
        values: [agents.map(String), campaigns.map(String)]
      })
      return true
    } catch (err) {
      this.#kernel.log.warn({ err }, 'telling what turns changed failed; trying again')
      for (const id of agents) this.#agents.add(id)
      for (const id of campaigns) this.#campaigns.add(id)
      return false
    }
  }
}

import pg from 'pg'
import type { Timer } from '../../kernel/clock.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { workAppeared } from '../events.ts'

const channel = 'evs_work'
const retryMs = 1_000

/** Somebody who waits for work. */
export interface Wait {
  /** Resolves when one of the campaigns has something to hand out, or on `cancel`. */
  readonly signal: Promise<void>
  cancel(): void
}

/**
 * Hears from the database that a campaign, which had nothing to hand out, has something again: on a connection of its
 * own, by LISTEN, whichever process made it so. A connection that was lost wakes everybody once when it is back.
 */
export class WorkSignal {
  readonly #kernel: Pick<Kernel, 'db' | 'events' | 'clock' | 'log'>
  readonly #waits = new Set<{ readonly campaignIds: ReadonlySet<number>; wake(): void }>()
  #client: pg.Client | null = null
  #retry: Timer | null = null
  #stopped = false

  constructor(kernel: Pick<Kernel, 'db' | 'events' | 'clock' | 'log'>) {
    this.#kernel = kernel
  }

  async start(): Promise<void> {
    const client = new pg.Client(this.#kernel.db.client.config.connection)
    client.on('notification', ({ payload }) => void this.#wake(Number(payload)))
    client.on('error', err => this.#lost(client, err))
    try {
      await client.connect()
      await client.query(`listen ${channel}`)
    } catch (err) {
      this.#lost(client, err)
      return
    }
    if (this.#stopped) return void client.end()
    this.#client = client
    for (const wait of [...this.#waits]) wait.wake()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#retry?.cancel()
    for (const wait of [...this.#waits]) wait.wake()
    await this.#client?.end()
  }

  /** Begin to wait before asking: what appears in between is not missed. */
  wait(campaignIds: readonly number[]): Wait {
    let wake = (): void => {}
    const signal = new Promise<void>(resolve => {
      wake = resolve
    })
    const entry = { campaignIds: new Set(campaignIds), wake }
    this.#waits.add(entry)
    const cancel = (): void => {
      this.#waits.delete(entry)
      wake()
    }
    return { signal, cancel }
  }

  async #wake(campaignId: number): Promise<void> {
    for (const wait of [...this.#waits]) if (wait.campaignIds.has(campaignId)) wait.wake()
    await this.#kernel.events.emit(workAppeared, { campaignId })
  }

  #lost(client: pg.Client, err: unknown): void {
    client.removeAllListeners('error')
    client.on('error', () => {})
    client.end().catch(() => {})
    if (this.#client === client) this.#client = null
    if (this.#stopped) return
    this.#kernel.log.warn({ err }, 'lost the connection that hears of new work; trying again')
    this.#retry = this.#kernel.clock.setTimeout(() => void this.start(), retryMs)
  }
}

import pg from 'pg'
import type { Timer } from '../../kernel/clock.ts'
import type { Kernel } from '../../kernel/kernel.ts'

const channel = 'evs_facts'
const retryMs = 1_000

export interface FactHandler {
  /** Things of this kind have changed, in whichever process. */
  facts(kind: string, ids: readonly string[]): void
  /** The connection was lost and is back: anything may have changed meanwhile. */
  missed(): void
}

/** Hears of changes from the database, by LISTEN on a connection of its own. */
export class FactListener {
  readonly #kernel: Pick<Kernel, 'db' | 'clock' | 'log'>
  readonly #handler: FactHandler
  #client: pg.Client | null = null
  #retry: Timer | null = null
  #lostOnce = false
  #stopped = false

  constructor(kernel: Pick<Kernel, 'db' | 'clock' | 'log'>, handler: FactHandler) {
    this.#kernel = kernel
    this.#handler = handler
  }

  async start(): Promise<void> {
    const client = new pg.Client(this.#kernel.db.client.config.connection)
    client.on('notification', ({ payload = '' }) => this.#hear(payload))
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
    if (this.#lostOnce) this.#handler.missed()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#retry?.cancel()
    await this.#client?.end()
  }

  #hear(payload: string): void {
    const [kind = '', ids = ''] = payload.split(' ')
    if (ids !== '') this.#handler.facts(kind, ids.split(','))
  }

  #lost(client: pg.Client, err: unknown): void {
    client.removeAllListeners('error')
    client.on('error', () => {})
    client.end().catch(() => {})
    if (this.#client === client) this.#client = null
    if (this.#stopped) return
    this.#lostOnce = true
    this.#kernel.log.warn({ err }, 'lost the connection that hears of changes for screens; trying again')
    this.#retry = this.#kernel.clock.setTimeout(() => void this.start(), retryMs)
  }
}

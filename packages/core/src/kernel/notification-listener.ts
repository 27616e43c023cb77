import pg from 'pg'
import type { Timer } from './clock.ts'
import type { Kernel } from './kernel.ts'

const retryMs = 1_000

export interface NotificationHandler {
  /** What the sender of the notification said; empty when nothing. */
  heard(payload: string): void
  /** The connection was lost and is back: anything may have been said meanwhile. */
  missed(): void
}

/**
 * Hears one channel of the database's notifications (LISTEN) on a connection of its own, from whichever process they come.
 * A connection that is lost is tried again every second until `stop`.
 */
export class NotificationListener {
  readonly #kernel: Pick<Kernel, 'db' | 'clock' | 'log'>
  readonly #channel: string
  readonly #handler: NotificationHandler
  #client: pg.Client | null = null
  #retry: Timer | null = null
  #lostOnce = false
  #stopped = false

  /** `channel` is a name from the code, never from outside: it stands in a statement. */
  constructor(kernel: Pick<Kernel, 'db' | 'clock' | 'log'>, channel: string, handler: NotificationHandler) {
    this.#kernel = kernel
    this.#channel = channel
    this.#handler = handler
  }

  async start(): Promise<void> {
    const client = new pg.Client(this.#kernel.db.client.config.connection)
    client.on('notification', ({ payload = '' }) => this.#handler.heard(payload))
    client.on('error', err => this.#lost(client, err))
    try {
      await client.connect()
      await client.query(`listen ${client.escapeIdentifier(this.#channel)}`)
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

  #lost(client: pg.Client, err: unknown): void {
    client.removeAllListeners('error')
    client.on('error', () => {})
    client.end().catch(() => {})
    if (this.#client === client) this.#client = null
    if (this.#stopped) return
    this.#lostOnce = true
    this.#kernel.log.warn(
      { err, channel: this.#channel },
      'lost the connection that hears the database; trying again'
    )
    this.#retry = this.#kernel.clock.setTimeout(() => void this.start(), retryMs)
  }
}

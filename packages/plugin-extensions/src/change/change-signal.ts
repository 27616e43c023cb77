import type { Kernel, Timer } from '@evscallpro/core'

const channel = 'evs_extensions'
const retryMs = 1_000

interface DirectConnection {
  query(sql: string): Promise<unknown>
  end(): Promise<void>
  on(event: 'error' | 'end' | 'notification', listener: () => void): unknown
}

/** Hears from the database, on a connection of its own, that accounts changed, whoever changed them. */
export class ChangeSignal {
  readonly #kernel: Pick<Kernel, 'db' | 'clock' | 'log'>
  readonly #onChange: () => void
  #connection: DirectConnection | undefined
  #retry: Timer | undefined
  #stopped = false

  /** `onChange` is also called after a connection, as what came before was not heard. */
  constructor(kernel: Pick<Kernel, 'db' | 'clock' | 'log'>, onChange: () => void) {
    this.#kernel = kernel
    this.#onChange = onChange
  }

  async start(): Promise<void> {
    try {
      // knex's own way to a connection outside its pool; its types do not know it.
      const connection: DirectConnection = await this.#kernel.db.client.acquireRawConnection()
      if (this.#stopped) return void connection.end()
      this.#connection = connection
      connection.on('error', () => this.#lost(connection))
      connection.on('end', () => this.#lost(connection))
      connection.on('notification', this.#onChange)
      await connection.query(`listen ${channel}`)
      this.#onChange()
    } catch (err) {
      this.#kernel.log.warn({ err }, 'cannot listen for changes of SIP accounts; trying again')
      this.#later()
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#retry?.cancel()
    const connection = this.#connection
    this.#connection = undefined
    await connection?.end().catch(() => {})
  }

  #lost(connection: DirectConnection): void {
    if (this.#connection !== connection) return
    this.#connection = undefined
    this.#later()
  }

  #later(): void {
    if (this.#stopped) return
    this.#retry?.cancel()
    this.#retry = this.#kernel.clock.setTimeout(() => void this.start(), retryMs)
  }
}

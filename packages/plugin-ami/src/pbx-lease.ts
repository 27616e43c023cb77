import type { Clock, Timer } from '@evscallpro/core'
import type { FastifyBaseLogger } from 'fastify'
import type { Knex } from 'knex'

/** How often a process that waits asks for the lease, ms. */
const askEveryMs = 1_000
/** A lease that was held is given up when the lock is denied so many times in a row. */
const denialsThatCount = 5
/** First half of the advisory lock's key; the second is the PBX's name, hashed. */
const lockClass = 727_002
/** Channel of NOTIFY on which hang-ups are announced to the holder. */
const hangupChannel = 'evs_ami_hangup'

interface DirectConnection {
  query(sql: string, values?: readonly unknown[]): Promise<{ rows: { taken: boolean }[] }>
  end(): Promise<void>
  on(event: 'error' | 'end', listener: (error?: Error) => void): unknown
  on(event: 'notification', listener: (notice: { payload?: string }) => void): unknown
}

export interface PbxLeaseOptions {
  readonly db: Knex
  readonly pbx: string
  readonly clock: Clock
  readonly log: FastifyBaseLogger
  /** This process now reads the events of the PBX. */
  onTaken(): void
  /** It must stop at once: another process may read them already. */
  onLost(): void
  /** A process is about to ask the PBX to end this call; told to the holder of the lease only. */
  onHangup(callId: string): void
}

/**
 * Only one process reads a PBX's events. The lease is a session advisory lock on a connection of its own, outside the
 * pool: it ends with the process, however it dies, and the next one that asks gets it.
 */
export class PbxLease {
  readonly #options: PbxLeaseOptions
  #connection: DirectConnection | undefined
  #timer: Timer | undefined
  #held = false
  #denials = 0
  #closed = false

  constructor(options: PbxLeaseOptions) {
    this.#options = options
  }

  /** Tells the holder of the lease, whichever process it is, that a hang-up is about to be sent. */
  async announceHangup(callId: string): Promise<void> {
    const { db, pbx, onHangup } = this.#options
    if (this.#held) onHangup(callId)
    else await db.raw('select pg_notify(?, ?)', [hangupChannel, JSON.stringify({ pbx, callId })])
  }

  get held(): boolean {
    return this.#held
  }

  start(): void {
    void this.#ask()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#timer?.cancel()
    const connection = this.#connection
    this.#connection = undefined
    if (this.#held) {
      this.#held = false
      this.#options.onLost()
    }
    await connection?.end().catch(() => {})
  }

  async #ask(): Promise<void> {
    const { log, pbx } = this.#options
    try {
      const connection = this.#connection ?? (await this.#connect())
      const { rows } = await connection.query('select pg_try_advisory_lock($1, hashtext($2)) as taken', [
        lockClass,
        pbx
      ])
      if (this.#closed) return
      if (rows[0]?.taken) {
        this.#denials = 0
        if (!this.#held) {
          this.#held = true
          this.#options.onTaken()
        }
        return
      }
      // Our own old connection may hold the lock a moment longer than we know of it.
      if (this.#held && ++this.#denials >= denialsThatCount) this.#lose()
    } catch (err) {
      log.warn({ err, pbx }, 'the lease on the PBX cannot be asked for; it is tried again')
    }
    this.#later()
  }

  async #connect(): Promise<DirectConnection> {
    // knex's own way to a connection outside its pool; its types do not know it.
    const connection: DirectConnection = await this.#options.db.client.acquireRawConnection()
    this.#connection = connection
    const gone = (): void => {
      if (this.#connection !== connection) return
      this.#connection = undefined
      // While the database is away nobody else can take the lease: the reader goes on and its facts wait.
      if (this.#held) this.#later()
    }
    connection.on('error', gone)
    connection.on('end', gone)
    connection.on('notification', ({ payload = '{}' }) => {
      const { pbx, callId } = JSON.parse(payload)
      if (this.#held && pbx === this.#options.pbx) this.#options.onHangup(callId)
    })
    await connection.query(`listen ${hangupChannel}`)
    return connection
  }

  #lose(): void {
    this.#held = false
    this.#denials = 0
    this.#options.log.warn({ pbx: this.#options.pbx }, 'another process has taken the lease on the PBX')
    this.#options.onLost()
  }

  #later(): void {
    if (this.#closed) return
    this.#timer = this.#options.clock.setTimeout(() => void this.#ask(), askEveryMs)
  }
}

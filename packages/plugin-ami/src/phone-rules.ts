import type { Clock, Timer } from '@evscallpro/core'
import type { FastifyBaseLogger } from 'fastify'
import type { Knex } from 'knex'
import type { AmiLink } from './link/ami-link.ts'

/** How long the PBX may take to keep them, ms. */
const takesMs = 5_000
const retryMs = 10_000

export interface PhoneRulesOptions {
  readonly pbx: string
  readonly db: Knex
  readonly actions: AmiLink
  readonly clock: Clock
  readonly log: FastifyBaseLogger
}

/**
 * Tells the PBX what holds for numbers that phones dial by hand: whether calls are stopped, and the classes that may be
 * called without a campaign. Its dialplan (`evs-rules`) keeps both for itself, as phones call without this server; they are
 * told anew whenever the PBX comes back, since they may have changed meanwhile.
 */
export class PhoneRules {
  readonly #options: PhoneRulesOptions
  #running: Promise<void> | undefined
  #again = false
  #failed = false
  #retry: Timer | undefined
  #stopped = false

  constructor(options: PhoneRulesOptions) {
    this.#options = options
  }

  /** What holds may have changed, or the PBX may have forgotten it. Resolves when it was told, or could not be. */
  tell(): Promise<void> {
    this.#again = true
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#retry?.cancel()
    await this.#running
  }

  async #run(): Promise<void> {
    const { pbx, actions, clock, log } = this.#options
    while (this.#again && !this.#stopped && actions.isUp) {
      this.#again = false
      this.#retry?.cancel()
      try {
        await this.#write()
        this.#failed = false
      } catch (err) {
        if (this.#stopped) return
        if (!this.#failed)
          log.error(
            { err, pbx },
            'the PBX has not taken what holds for hand-dialled numbers (kill switch, classes); it is tried again: is outbound_evs.conf of the kit up to date?'
          )
        this.#failed = true
        this.#retry = clock.setTimeout(() => void this.tell(), retryMs)
      }
    }
  }

  /** Under the lock of its row, so that of two processes the one that has read the newer state writes last. */
  async #write(): Promise<void> {
    const { db, actions } = this.#options
    await db.transaction(async trx => {
      const { stopped_at } = await trx('core.dialling').forUpdate().first('stopped_at')
      const { number_classes } = await trx('core.campaigns').where({ id: 0 }).first('number_classes')
      // Not Async: the answer comes when the dialplan has kept both, within milliseconds.
      await actions.action({
        Action: 'Originate',
        Channel: 'Local/s@evs-rules/n',
        // The other half of the Local channel leaves no CDR either.
        Application: 'Set',
        Data: 'CDR_PROP(disable)=1',
        Timeout: String(takesMs),
        Variable: {
          __EVS_RULE_STOPPED: stopped_at === null ? '0' : '1',
          __EVS_RULE_CLASSES: number_classes.join(':') || 'none'
        }
      })
    })
  }
}

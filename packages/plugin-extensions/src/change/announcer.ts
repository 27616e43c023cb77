import type { Kernel, Timer } from '@evscallpro/core'
import type { PbxEndpoints } from '@evscallpro/plugin-ami'

/** How many accounts are announced side by side: each makes the PBX start three short processes. */
const sideBySide = 4
/** How long the PBX may take to read a change, and how often it is asked, ms. */
const takesMs = 2_000
const askEveryMs = 30
/** Between tries: 2 s, 4 s, … 60 s. */
const longestWaitMs = 60_000
/** How often is looked for what nobody told of, ms. */
const lookEveryMs = 5_000

interface Pending {
  readonly number: string
  readonly change: number
  readonly tries: number
}

/**
 * Makes the PBX forget what it cached of changed accounts, and looks whether it reads them anew: the endpoint's
 * `message_context` bears the number of the change. What was not taken stays in the table and is tried again, also
 * after a restart. Any number of processes may do this side by side.
 */
export class Announcer {
  readonly #kernel: Pick<Kernel, 'db' | 'clock' | 'log'>
  readonly #endpoints: PbxEndpoints
  #timer: Timer | undefined
  #running: Promise<void> | undefined
  #again = false
  #stopped = false

  constructor(kernel: Pick<Kernel, 'db' | 'clock' | 'log'>, endpoints: PbxEndpoints) {
    this.#kernel = kernel
    this.#endpoints = endpoints
  }

  start(): void {
    this.#endpoints.onUp(() => void this.#retryAll())
    this.#look()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    await this.#running
  }

  /** There may be something to announce. */
  kick(): void {
    this.#again = true
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
  }

  #look(): void {
    if (this.#stopped) return
    this.kick()
    this.#timer = this.#kernel.clock.setTimeout(() => this.#look(), lookEveryMs)
  }

  /** The PBX is back: what waits for its next try is tried now. */
  async #retryAll(): Promise<void> {
    try {
      await this.#kernel
        .db('extensions.announcements')
        .whereRaw('announced < change')
        .update({ claimed_until: this.#kernel.db.raw("'-infinity'"), tries: 0 })
      this.kick()
    } catch (err) {
      this.#kernel.log.warn({ err }, 'changes of SIP accounts could not be looked up')
    }
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#stopped && this.#endpoints.isUp) {
      this.#again = false
      try {
        for (;;) {
          const pending = await this.#claim()
          if (pending.length === 0) break
          await Promise.all(pending.map(one => this.#announce(one)))
        }
      } catch (err) {
        this.#kernel.log.warn({ err }, 'a change of SIP accounts could not be announced; it is tried again')
      }
    }
  }

  async #claim(): Promise<Pending[]> {
    if (this.#stopped) return []
    const now = this.#kernel.clock.now().getTime()
    const { rows } = await this.#kernel.db.raw<{ rows: Pending[] }>(
      `update extensions.announcements set claimed_until = ?, tries = tries + 1
        where number in (select number from extensions.announcements
                          where announced < change and claimed_until <= ? order by change limit ? for update skip locked)
       returning number, change::int as change, tries`,
      [new Date(now + 2 * takesMs), new Date(now), sideBySide]
    )
    return rows
  }

  async #announce({ number, change, tries }: Pending): Promise<void> {
    const { db, clock, log } = this.#kernel
    const taken = await this.#tell(number, change).catch((err: unknown) => {
      log.warn({ err, extension: number }, 'the PBX could not be told of a changed SIP account')
      return false
    })
    if (taken) {
      await db('extensions.announcements')
        .where({ number })
        .andWhere('announced', '<', change)
        .update({ announced: change })
      return
    }
    if (tries === 1)
      log.warn(
        { extension: number },
        'the PBX has not read a changed SIP account: is extensions_evs_cache.conf included, and does it read the views?'
      )
    const wait = Math.min(1_000 * 2 ** Math.min(tries, 6), longestWaitMs)
    await db('extensions.announcements')
      .where({ number, change })
      .update({ claimed_until: new Date(clock.now().getTime() + wait) })
  }

  /** True when the PBX holds this change or a later one. */
  async #tell(number: string, change: number): Promise<boolean> {
    const usable = await this.#kernel.db('extensions.usable').where({ number }).first('number')
    const isThere = async (): Promise<boolean> => {
      const found = /^evs-no-messages-(\d+)$/.exec(
        await this.#endpoints.setting(number, 'endpoint', 'message_context')
      )
      return usable ? Number(found?.[1] ?? 0) >= change : found === null
    }
    // Asterisk reads endpoint, auth and aor in this order and forgets them together: with a new endpoint all are new.
    // Forgetting them now would come after the answer, and take away what has just been read.
    if (!(await isThere())) await this.#endpoints.forget(number)
    for (let asked = 0; asked * askEveryMs < takesMs && !this.#stopped; asked++) {
      if (await isThere()) {
        if (usable) await this.#warm(number)
        return true
      }
      await new Promise<void>(resolve => this.#kernel.clock.setTimeout(resolve, askEveryMs))
    }
    return false
  }

  /** So that the PBX knows the account even when the database is away before he first registers. */
  async #warm(number: string): Promise<void> {
    await Promise.all([
      this.#endpoints.setting(number, 'auth', 'username'),
      this.#endpoints.setting(number, 'aor', 'max_contacts')
    ])
  }
}

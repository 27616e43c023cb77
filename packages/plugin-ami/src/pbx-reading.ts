import { join } from 'node:path'
import type { CallLedger, Clock } from '@evscallpro/core'
import type { FastifyBaseLogger } from 'fastify'
import type { Knex } from 'knex'
import { type Deliver, DirectFeed, type EventFeed } from './event-feed.ts'
import { EventReader } from './event-reader.ts'
import { FactWriter } from './fact-writer.ts'
import { withCallIds } from './foreign-call-id.ts'
import { readCheckpoint, writeCheckpoint } from './journal/checkpoints.ts'
import { JournalFollower } from './journal/journal-follower.ts'
import { JournalWriter } from './journal/journal-writer.ts'
import type { AmiLink } from './link/ami-link.ts'
import { header, type WirePacket } from './link/packet.ts'
import { CdrStore } from './reconcile/cdr-store.ts'

export interface JournalSettings {
  /** Each PBX has a folder of its name in it. */
  readonly folder: string
  readonly retentionHours: number
  readonly segmentBytes: number
}

export interface PbxReadingOptions {
  readonly pbx: string
  readonly link: AmiLink
  readonly db: Knex
  readonly ledger: CallLedger
  readonly clock: Clock
  readonly log: FastifyBaseLogger
  /** null: events are kept in memory only. */
  readonly journal: JournalSettings | null
}

/** Longest time a graceful end waits for the database, ms; the journal keeps the rest. */
const flushLimitMs = 5_000

/** Everything between a PBX's event session and the call ledger, from the moment this process holds the lease. */
export class PbxReading {
  readonly #options: PbxReadingOptions
  #writer: FactWriter | undefined
  #reader: EventReader | undefined
  #follower: JournalFollower | undefined
  #journal: JournalWriter | undefined
  #noJournal: string | null = null
  #stopped = false
  readonly #started: Promise<void>
  readonly #cdr: CdrStore
  readonly #onEvent = (packet: WirePacket): void => {
    if (header(packet, 'Event') === 'Cdr') this.#cdr.take(packet)
  }

  constructor(options: PbxReadingOptions) {
    this.#options = options
    this.#cdr = new CdrStore(options)
    options.link.on('event', this.#onEvent)
    this.#started = this.#start().catch(err => {
      options.log.error({ err, pbx: options.pbx }, 'reading the events of the PBX could not begin')
      this.#noJournal = `the events of the PBX ${options.pbx} are not read: ${err instanceof Error ? err.message : String(err)}`
    })
  }

  /** What is wrong with journal and database, a sentence each. */
  get failures(): string[] {
    return [this.#noJournal, this.#journal?.failure, this.#writer?.failure].filter(
      one => typeof one === 'string'
    )
  }

  /** How long the oldest of what the PBX said has been on its way to its row, ms. */
  get lagMs(): number {
    const now = this.#options.clock.now().getTime()
    return Math.max(this.#follower?.behindMs(now) ?? 0, this.#writer?.waitedMs ?? 0)
  }

  noteHangup(callId: string): void {
    this.#reader?.noteHangup(callId)
  }

  /** Reads what came, writes what it can within some seconds, and ends. */
  async finish(): Promise<void> {
    const { clock } = this.#options
    await this.#stopReading()
    const limit = new Promise<void>(resolve => clock.setTimeout(resolve, flushLimitMs))
    await Promise.race([this.#writer?.flushed(), limit])
    this.#writer?.close()
  }

  /** Ends at once: another process reads already. */
  async stop(): Promise<void> {
    this.#writer?.close()
    await this.#stopReading()
  }

  async #stopReading(): Promise<void> {
    this.#stopped = true
    await this.#started
    await this.#reader?.stop()
    this.#options.link.off('event', this.#onEvent)
    await this.#cdr.close()
  }

  async #start(): Promise<void> {
    const { pbx, link, db, ledger, clock, log } = this.#options
    const deliver: Deliver = (frames, stored) => this.#follower?.take(frames, stored)
    const feed = await this.#openFeed(deliver)
    const journal = feed instanceof JournalWriter ? feed : undefined
    this.#journal = journal
    const writer = new FactWriter({
      pbx,
      ledger,
      clock,
      log,
      ...(journal && {
        checkpoint: (trx, progress) =>
          writeCheckpoint(trx, { pbx, journal: journal.id }, progress, clock.now()),
        onProgress: ({ neededFrom }) => journal.needFrom(neededFrom)
      })
    })
    this.#writer = writer
    const follower = new JournalFollower({
      pbx,
      folder: journal?.folder ?? null,
      writer,
      log,
      translate: facts => withCallIds(pbx, facts)
    })
    this.#follower = follower
    const reader = new EventReader({ pbx, link, feed, follower, ledger, writer, clock, log })
    this.#reader = reader
    if (journal) follower.resume(await readCheckpoint(db, pbx, journal.id), journal.place)
    if (!this.#stopped) reader.start()
  }

  async #openFeed(deliver: Deliver): Promise<EventFeed> {
    const { journal, pbx, clock, log } = this.#options
    if (!journal) return new DirectFeed(clock, deliver)
    try {
      return await JournalWriter.open({
        ...journal,
        folder: join(journal.folder, pbx),
        pbx,
        clock,
        log,
        deliver
      })
    } catch (err) {
      const why = err instanceof Error ? err.message : String(err)
      this.#noJournal = `the PBX ${pbx} has no journal: ${why}; calls go on, but are not safe from a crash`
      log.error({ err, pbx }, this.#noJournal)
      return new DirectFeed(clock, deliver)
    }
  }
}

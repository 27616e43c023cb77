import type { CallLedger, Clock, OpenCall, Timer } from '@evscallpro/core'
import type { FastifyBaseLogger } from 'fastify'
import { AmiActionFailed } from './errors.ts'
import type { EventFeed } from './event-feed.ts'
import type { FactWriter } from './fact-writer.ts'
import { isEvent, type SnapshotFrame } from './journal/follow.ts'
import type { JournalFollower } from './journal/journal-follower.ts'
import type { AmiLink } from './link/ami-link.ts'
import { type AmiPacket, header, type WirePacket } from './link/packet.ts'
import type { AmiUp } from './link/session.ts'
import { channelIdOf, MissedLegs } from './missed-legs.ts'
import { isSilent, knownOpenCall, neverPlaced } from './open-calls.ts'
import { agentLegId } from './originate.ts'

/** How often records are sealed and calls without a trace are looked for, ms. */
const tickMs = 1_000
const sweepEveryMs = 5_000
/** How often the journal gets a sign of life, ms: after a crash calls are known to have gone on until then. */
const aliveEveryMs = 5_000
/** A call, or another attempt at its agent's phone, that was asked for this long ago and of which the PBX never spoke is looked up there, ms. */
const silentCallMs = 15_000

export interface EventReaderOptions {
  readonly pbx: string
  readonly link: AmiLink
  readonly feed: EventFeed
  readonly follower: JournalFollower
  readonly ledger: CallLedger
  readonly writer: FactWriter
  readonly clock: Clock
  readonly log: FastifyBaseLogger
}

/**
 * Puts what the PBX says into the feed while this process holds its lease, and after every gap what it shows. It never
 * waits for disk or database: a reader that waits is cut off by Asterisk.
 */
export class EventReader {
  readonly #options: EventReaderOptions
  /** Grows with every session: what belongs to an earlier one stops. */
  #session = 0
  /** The database's open calls are asked for once; after that the journal has told of every call. */
  #knowsOpenCalls = false
  #timer: Timer | undefined
  #sweptAtMs = 0
  #aliveAtMs = 0
  #stopped = false
  readonly #missedLegs = new MissedLegs()

  constructor(options: EventReaderOptions) {
    this.#options = options
  }

  readonly #onEvent = (packet: WirePacket): void => {
    if (isEvent(packet)) this.#options.feed.append('event', packet.text)
  }

  readonly #onUp = (up: AmiUp): void => {
    this.#options.feed.append('up', JSON.stringify(bootOf(up, this.#now())))
    void this.#reconcile()
  }

  readonly #onDown = (): void => {
    this.#session++
    this.#options.feed.append('down', '{}')
  }

  start(): void {
    const { link } = this.#options
    link.on('event', this.#onEvent).on('up', this.#onUp).on('down', this.#onDown)
    link.start()
    this.#tick()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    const { link, feed, follower } = this.#options
    await link.close()
    link.off('event', this.#onEvent).off('up', this.#onUp).off('down', this.#onDown)
    await feed.close()
    await follower.stop()
  }

  /** We are about to ask the PBX to end this call: without that knowledge it looks as if nobody had answered. */
  noteHangup(callId: string): void {
    if (!this.#stopped) this.#options.feed.append('hangup', JSON.stringify({ callId }))
  }

  #now(): number {
    return this.#options.clock.now().getTime()
  }

  /** Asks what is up now and puts the answer into the feed. */
  async #reconcile(): Promise<void> {
    const { log, pbx, clock, feed } = this.#options
    const session = ++this.#session
    let waitMs = 100
    while (session === this.#session && !this.#stopped) {
      try {
        const known = this.#knowsOpenCalls ? [] : await this.#openCalls()
        const askedAtMs = this.#now()
        const rows = await this.#channels()
        if (session !== this.#session) return
        const snapshot: SnapshotFrame = { askedAtMs, rows, known: known.map(knownOpenCall) }
        feed.append('snapshot', JSON.stringify(snapshot))
        this.#knowsOpenCalls = true
        log.info({ pbx, open: known.length, channels: rows.length }, 'reconciled with the PBX')
        return
      } catch (err) {
        log.warn({ err, pbx }, 'reconciling with the PBX failed; it is tried again')
        await new Promise<void>(resolve => clock.setTimeout(resolve, waitMs))
        waitMs = Math.min(waitMs * 2, 5_000)
      }
    }
  }

  async #openCalls(): Promise<OpenCall[]> {
    const { ledger, pbx, writer, follower } = this.#options
    await follower.caughtUp()
    await writer.flushed()
    return (await ledger.openCalls(pbx)).filter(call => call.legs.length > 0)
  }

  /** `CoreShowChannels` needs write class reporting; `Status`, with less detail, only call. */
  async #channels(): Promise<readonly AmiPacket[]> {
    const { link } = this.#options
    try {
      return (await link.list({ Action: 'CoreShowChannels' })).rows
    } catch (error) {
      if (!(error instanceof AmiActionFailed)) throw error
      return (await link.list({ Action: 'Status' })).rows
    }
  }

  #tick(): void {
    if (this.#stopped) return
    const { feed, follower, link, log } = this.#options
    const now = this.#now()
    if (link.isUp && now - this.#aliveAtMs >= aliveEveryMs) {
      this.#aliveAtMs = now
      feed.append('alive', '')
    }
    // Frames on their way to the disk bear earlier times; as long as there are any, they move time themselves.
    if (feed.idle) follower.passTime(now)
    if (follower.isCurrent && now - this.#sweptAtMs >= sweepEveryMs) {
      this.#sweptAtMs = now
      this.#sweep().catch(err => log.warn({ err }, 'looking for calls without a trace failed'))
    }
    this.#timer = this.#options.clock.setTimeout(() => this.#tick(), tickMs)
  }

  /**
   * Ends calls that were asked for and of which the PBX knows nothing, as the request, or that for another attempt at the
   * agent's phone, never arrived, and the legs beside calls that it has no more, as their end was told while nobody read.
   */
  async #sweep(): Promise<void> {
    const { link, ledger, pbx, follower, writer } = this.#options
    if (writer.waiting > 0) return
    const now = this.#now()
    const open = await ledger.openCalls(pbx)
    const silent = open.filter(call => {
      return isSilent(call, now - silentCallMs) && !follower.state.calls.has(call.callId)
    })
    const unseen = (await ledger.openLegs(pbx)).filter(leg => !follower.state.channels.has(channelIdOf(leg)))
    if (silent.length + unseen.length === 0 || !link.isUp) return
    const uniqueids = new Set((await this.#channels()).map(row => header(row, 'Uniqueid')))
    follower.tell([
      ...silent.filter(({ callId, attempt }) => !uniqueids.has(agentLegId(callId, attempt))).map(neverPlaced),
      ...this.#missedLegs.ends(
        unseen.filter(leg => !uniqueids.has(channelIdOf(leg))),
        now
      )
    ])
  }
}

/** What tells one start of Asterisk from another: when it was. */
const bootOf = ({ amiVersion, uptimeS }: AmiUp, nowMs: number): Record<string, unknown> => ({
  amiVersion,
  ...(uptimeS === undefined ? {} : { bootedAtMs: nowMs - uptimeS * 1000 })
})

import {
  type CallFact,
  type CallLedger,
  type Clock,
  type OpenCall,
  recordOfNothing,
  type Timer
} from '@evscallpro/core'
import type { FastifyBaseLogger } from 'fastify'
import type { FactWriter } from './fact-writer.ts'
import { withCallIds } from './foreign-call-id.ts'
import type { AmiLink } from './link/ami-link.ts'
import { type AmiPacket, header } from './link/packet.ts'
import { knownOpenCall } from './open-calls.ts'
import { agentLegId } from './originate.ts'
import { interpret } from './record/interpret.ts'
import { markGap, restore } from './record/restore.ts'
import { expire } from './record/sealing.ts'
import { createInterpreterState } from './record/state.ts'

/** How often records are sealed and calls without a trace are looked for, ms. */
const tickMs = 1_000
const sweepEveryMs = 5_000
/** A call that was asked for this long ago and of which the PBX never spoke is looked up there, ms. */
const silentCallMs = 15_000

export interface EventReaderOptions {
  readonly pbx: string
  readonly link: AmiLink
  readonly ledger: CallLedger
  readonly writer: FactWriter
  readonly clock: Clock
  readonly log: FastifyBaseLogger
}

/**
 * Reads a PBX's events while this process holds its lease: interprets them in their order and hands the facts to the
 * writer. After every gap it brings what is known in line with what the PBX shows.
 */
export class EventReader {
  readonly #options: EventReaderOptions
  readonly #state = createInterpreterState()
  /** Whether the state is in line with the PBX: false from the loss of a session until its snapshot is read. */
  #inLine = false
  #downAtMs: number | undefined
  /** Grows with every session: what belongs to an earlier one stops. */
  #session = 0
  #timer: Timer | undefined
  #sweptAtMs = 0
  #stopped = false

  constructor(options: EventReaderOptions) {
    this.#options = options
    const { link } = options
    link.on('event', packet => this.#event(packet))
    link.on('up', () => void this.#reconcile())
    link.on('down', () => {
      this.#session++
      this.#downAtMs = this.#now()
      this.#inLine = false
      markGap(this.#state)
    })
  }

  start(): void {
    this.#options.link.start()
    this.#tick()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    await this.#options.link.close()
  }

  #now(): number {
    return this.#options.clock.now().getTime()
  }

  /** Events that overtake the snapshot are read at once: a hang-up among them is the exact end of a call it lacks. */
  #event(packet: AmiPacket): void {
    this.#tell(interpret(this.#state, packet, this.#now()))
  }

  #tell(facts: readonly CallFact[]): void {
    if (facts.length > 0) this.#options.writer.push(withCallIds(this.#options.pbx, facts))
  }

  /** Asks for a snapshot and brings the state in line with it. */
  async #reconcile(): Promise<void> {
    const { link, ledger, log, pbx, clock, writer } = this.#options
    const session = ++this.#session
    let waitMs = 100
    while (session === this.#session && !this.#stopped) {
      try {
        await writer.flushed()
        const open = await ledger.openCalls(pbx)
        const atMs = this.#now()
        const { rows } = await link.list({ Action: 'CoreShowChannels' })
        if (session !== this.#session) return
        const lost = this.#downAtMs === undefined ? {} : { lostAtMs: this.#downAtMs }
        const known = open.filter(call => call.legs.length > 0).map(knownOpenCall)
        const facts = restore(this.#state, known, { atMs, channels: rows, ...lost })
        log.info(
          { pbx, open: open.length, channels: rows.length, facts: facts.length },
          'reconciled with the PBX'
        )
        this.#tell(facts)
        this.#inLine = true
        return
      } catch (err) {
        log.warn({ err, pbx }, 'reconciling with the PBX failed; it is tried again')
        await new Promise<void>(resolve => clock.setTimeout(resolve, waitMs))
        waitMs = Math.min(waitMs * 2, 5_000)
      }
    }
  }

  #tick(): void {
    if (this.#stopped) return
    this.#tell(expire(this.#state, this.#now()))
    if (this.#inLine && this.#now() - this.#sweptAtMs >= sweepEveryMs) {
      this.#sweptAtMs = this.#now()
      this.#sweep().catch(err => this.#options.log.warn({ err }, 'looking for calls without a trace failed'))
    }
    this.#timer = this.#options.clock.setTimeout(() => this.#tick(), tickMs)
  }

  /** Ends calls that were asked for and of which the PBX knows nothing: the request never arrived. */
  async #sweep(): Promise<void> {
    const { link, ledger, pbx } = this.#options
    const now = this.#now()
    const open = await ledger.openCalls(pbx)
    const silent = open.filter(({ callId, legs, requestedAtMs }) => {
      return legs.length === 0 && now - requestedAtMs > silentCallMs && !this.#state.calls.has(callId)
    })
    if (silent.length === 0 || !link.isUp) return
    const { rows } = await link.list({ Action: 'CoreShowChannels' })
    const uniqueids = new Set(rows.map(row => header(row, 'Uniqueid')))
    this.#tell(
      silent.filter(({ callId }) => !uniqueids.has(agentLegId(callId, 1))).map(call => neverPlaced(call))
    )
  }
}

const neverPlaced = ({ callId, requestedAtMs }: OpenCall): CallFact => ({
  kind: 'ended',
  callId,
  record: { ...recordOfNothing(callId, requestedAtMs, requestedAtMs), endQuality: 'estimated' }
})

import { EventEmitter } from 'node:events'
import { AmiLinkDown, AmiLoginRefused } from '../errors.ts'
import { Backoff } from './backoff.ts'
import type { AmiAction } from './encoder.ts'
import { type AmiLinkOptions, type ResolvedLinkOptions, resolveOptions } from './options.ts'
import { type AmiPacket, header, parsePacket, type WirePacket } from './packet.ts'
import type { AmiList } from './pending-actions.ts'
import { AmiSession, type AmiUp } from './session.ts'

/** Why the next attempt waits. */
export interface AmiRetry {
  error: Error
  delayMs: number
  /** How many attempts in a row have failed. */
  failures: number
}

/** Events of an `AmiLink`. */
export interface AmiLinkEvents {
  /** Logged in and booted: actions are taken from now on. What happened before is not replayed: reconcile. */
  up: [AmiUp]
  /** A session that was up is lost. Every pending action was rejected just before. */
  down: [Error]
  /** An event of Asterisk, list rows included, in the order of the wire. */
  event: [WirePacket]
  /** A response to any action but Login. The link has settled its promise already. */
  response: [AmiPacket]
  /** Name or secret is wrong: nothing will work until somebody mends it. */
  'login-refused': [Error]
  /** An attempt failed or a session was lost, and another attempt follows. */
  retry: [AmiRetry]
}

/** Settings of one action. */
export interface ActionOptions {
  /** Milliseconds to wait for the answer; default: the link's `actionTimeoutMs`. */
  timeoutMs?: number
}

let links = 0

/**
 * A session with Asterisk that comes back by itself. It owns framing, login, time limits, the watch for a dead peer
 * and the waits between attempts. It never holds an action for later: while down, actions fail at once with
 * AMI_LINK_DOWN, as what was right to do then may be wrong a minute after.
 */
export class AmiLink extends EventEmitter<AmiLinkEvents> {
  readonly #options: ResolvedLinkOptions
  readonly #backoff: Backoff
  readonly #idPrefix: string
  #sequence = 0
  #session: AmiSession | undefined
  #started = false
  #failures = 0
  #lastError: Error | undefined
  #cancelRetry: () => void = () => {}
  readonly #onEnded: (() => void)[] = []

  /** @throws AMI_BAD_OPTION */
  constructor(options: AmiLinkOptions) {
    super()
    this.#options = resolveOptions(options)
    const { minBackoffMs, maxBackoffMs, refusedBackoffMs, random } = this.#options
    this.#backoff = new Backoff(
      { minMs: minBackoffMs, maxMs: maxBackoffMs, refusedMs: refusedBackoffMs },
      random
    )
    links += 1
    // OriginateResponse goes to every session, so ids must differ between processes too.
    this.#idPrefix = `evs-${Math.floor(random() * 36 ** 6).toString(36)}-${links.toString(36)}`
  }

  /** True between `up` and `down`. */
  get isUp(): boolean {
    return this.#session?.isUp ?? false
  }

  /** `host:port`. */
  get where(): string {
    return `${this.#options.host}:${this.#options.port}`
  }

  /** Actions that wait for an answer. */
  get pendingCount(): number {
    return this.#session?.pendingCount ?? 0
  }

  /** Connects, and goes on doing so until `close`. */
  start(): this {
    if (this.#started) return this
    this.#started = true
    this.#open()
    return this
  }

  /** Ends the session and all attempts; resolves when the socket is gone. Pending actions fail with AMI_LINK_DOWN. */
  async close(): Promise<void> {
    this.#started = false
    this.#cancelRetry()
    const session = this.#session
    if (!session) return
    const ended = new Promise<void>(resolve => this.#onEnded.push(resolve))
    session.end(new Error('closed by this side'))
    await ended
  }

  /**
   * Sends an action and waits for its response. A response that says Error rejects with AMI_ACTION_FAILED.
   * @throws AMI_LINK_DOWN, AMI_ACTION_TIMEOUT, AMI_ACTION_FAILED, AMI_BAD_HEADER, AMI_BAD_VARIABLE,
   * AMI_LINE_TOO_LONG, AMI_TOO_MANY_HEADERS, AMI_DUPLICATE_ACTION_ID
   */
  async action(action: AmiAction, options: ActionOptions = {}): Promise<AmiPacket> {
    return await this.#upSession().action(action, options.timeoutMs ?? this.#options.actionTimeoutMs)
  }

  /** Sends an action that is answered by a list (`CoreShowChannels`, `Status`, …). @throws as `action`, AMI_LIST_CANCELLED */
  async list(action: AmiAction, options: ActionOptions = {}): Promise<AmiList> {
    return await this.#upSession().list(action, options.timeoutMs ?? this.#options.actionTimeoutMs)
  }

  #upSession(): AmiSession {
    if (this.#session?.isUp) return this.#session
    const why = this.#lastError?.message ?? (this.#started ? 'still connecting' : 'not started')
    throw new AmiLinkDown(this.where, why)
  }

  #open(): void {
    const session = new AmiSession(this.#options, () => this.#nextId(), {
      up: up => {
        this.#backoff.reset()
        this.#failures = 0
        this.#lastError = undefined
        this.emit('up', up)
      },
      packet: packet => {
        if (header(packet, 'Event') !== undefined) this.emit('event', packet)
        else if (header(packet, 'Response') !== undefined) this.emit('response', parsePacket(packet.text))
      },
      ended: (error, wasUp) => this.#ended(session, error, wasUp)
    })
    this.#session = session
  }

  #nextId(): string {
    this.#sequence += 1
    return `${this.#idPrefix}-${this.#sequence.toString(36)}`
  }

  #ended(session: AmiSession, error: Error, wasUp: boolean): void {
    const replaced = this.#session !== session // closed and started again before its socket was gone
    if (!replaced) this.#session = undefined
    this.#lastError = error
    for (const resolve of this.#onEnded.splice(0)) resolve()
    if (wasUp) this.emit('down', error)
    const refused = error instanceof AmiLoginRefused
    if (refused) this.emit('login-refused', error)
    if (!this.#started || replaced) return
    this.#failures += 1
    const delayMs = this.#backoff.next(refused)
    this.#cancelRetry = this.#options.clock.after(delayMs, () => this.#open())
    this.emit('retry', { error, delayMs, failures: this.#failures })
  }
}

import net from 'node:net'
import tls from 'node:tls'
import {
  AmiActionFailed,
  AmiBadGreeting,
  AmiConnectTimeout,
  AmiLinkDown,
  AmiLoginRefused,
  AmiLoginTimeout,
  AmiPingTimeout
} from '../errors.ts'
import { type AmiAction, encodeAction } from './encoder.ts'
import { AmiFramer } from './framer.ts'
import type { ResolvedLinkOptions } from './options.ts'
import { type AmiPacket, header, parsePacket, WirePacket } from './packet.ts'
import { type AmiList, PendingActions } from './pending-actions.ts'

/** What Asterisk said of itself when a session came up. */
export interface AmiUp {
  /** The greeting, such as `Asterisk Call Manager/11.0.0`. */
  banner: string
  /** AMI's protocol version, such as `11.0.0`. */
  amiVersion: string
  /** Seconds since Asterisk started, from `FullyBooted`; missing without read class `system`. */
  uptimeS?: number
}

/** What a session tells the link that owns it. */
export interface SessionListener {
  up(up: AmiUp): void
  packet(packet: WirePacket): void
  /** Exactly once, after everything pending was rejected. */
  ended(error: Error, wasUp: boolean): void
}

const GREETING = /^Asterisk Call Manager\/(\S+)/

/** A host name with several addresses fails with an AggregateError, whose own message is empty. */
function firstOf(error: Error): Error {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  return first instanceof Error ? first : error
}

/** One connection from the first SYN to its end. Never reused: a new connection is a new session. */
export class AmiSession {
  readonly where: string
  readonly #options: ResolvedLinkOptions
  readonly #listener: SessionListener
  readonly #nextId: () => string
  readonly #pending: PendingActions
  readonly #framer = new AmiFramer()
  readonly #socket: net.Socket
  #state: 'connecting' | 'login' | 'booting' | 'up' | 'ended' = 'connecting'
  #why: Error | undefined
  #lastHeardAt: number
  #heardSincePing = false
  readonly #loginId: string
  #cancelTimer: () => void

  constructor(options: ResolvedLinkOptions, nextId: () => string, listener: SessionListener) {
    this.#options = options
    this.#listener = listener
    this.#nextId = nextId
    this.#loginId = nextId()
    this.where = `${options.host}:${options.port}`
    this.#pending = new PendingActions(options.clock)
    this.#lastHeardAt = options.clock.now()
    const address = { host: options.host, port: options.port }
    this.#socket = options.tls
      ? tls.connect({ ...address, ...(options.tls === true ? {} : options.tls) })
      : net.connect(address)
    this.#socket.setNoDelay(true)
    this.#socket.on('error', error => this.end(firstOf(error)))
    // Never paused: a reader that waits is cut off by Asterisk in the middle of a packet (writetimeout).
    this.#socket.on('data', chunk => this.#receive(chunk))
    this.#socket.once('close', () => this.#closed())
    this.#cancelTimer = options.clock.after(options.connectTimeoutMs, () => {
      this.end(new AmiConnectTimeout(this.where, options.connectTimeoutMs))
    })
  }

  get isUp(): boolean {
    return this.#state === 'up'
  }

  get pendingCount(): number {
    return this.#pending.size
  }

  action(action: AmiAction, timeoutMs: number): Promise<AmiPacket> {
    const id = action.ActionID ?? this.#nextId()
    const wire = encodeAction(action, id)
    return this.#pending.response(id, action.Action, timeoutMs, () => this.#socket.write(wire))
  }

  list(action: AmiAction, timeoutMs: number): Promise<AmiList> {
    const id = action.ActionID ?? this.#nextId()
    const wire = encodeAction(action, id)
    return this.#pending.list(id, action.Action, timeoutMs, () => this.#socket.write(wire))
  }

  /** Destroys the connection; the first reason given is the one that is told. */
  end(error: Error): void {
    this.#why ??= error
    this.#socket.destroy()
  }

  #receive(chunk: Buffer): void {
    this.#lastHeardAt = this.#options.clock.now()
    this.#heardSincePing = true
    let texts: string[]
    try {
      texts = this.#framer.push(chunk)
    } catch (error) {
      this.end(error instanceof Error ? error : new Error(String(error)))
      return
    }
    if (this.#state === 'connecting' && this.#framer.greeting !== undefined)
      this.#greeted(this.#framer.greeting)
    for (const text of texts) {
      if (this.#why) return
      this.#packet(new WirePacket(text))
    }
  }

  #packet(packet: WirePacket): void {
    if (this.#state === 'login') {
      if (header(packet, 'ActionID') === this.#loginId) this.#loginAnswered(packet)
      return
    }
    this.#pending.receive(packet)
    this.#listener.packet(packet)
    if (this.#state === 'booting' && header(packet, 'Event') === 'FullyBooted') this.#becomeUp(packet)
  }

  #greeted(greeting: string): void {
    this.#cancelTimer()
    if (!GREETING.test(greeting)) {
      this.end(new AmiBadGreeting(this.where))
      return
    }
    this.#state = 'login'
    const { username, secret, events, loginTimeoutMs, clock } = this.#options
    try {
      this.#socket.write(
        encodeAction({ Action: 'Login', Username: username, Secret: secret, Events: events }, this.#loginId)
      )
    } catch (error) {
      this.end(error instanceof Error ? error : new Error(String(error)))
      return
    }
    this.#cancelTimer = clock.after(loginTimeoutMs, () =>
      this.end(new AmiLoginTimeout(this.where, loginTimeoutMs))
    )
  }

  /** Asterisk that shuts down answers Login with an error too: only one message means a wrong account. */
  #loginAnswered(packet: WirePacket): void {
    this.#cancelTimer()
    if (header(packet, 'Response') !== 'Success') {
      const message = header(packet, 'Message') ?? 'no reason given'
      this.end(
        message === 'Authentication failed'
          ? new AmiLoginRefused(this.where, this.#options.username)
          : new AmiActionFailed('Login', message, parsePacket(packet.text))
      )
      return
    }
    this.#state = 'booting'
    const { clock, bootedTimeoutMs, events } = this.#options
    if (events === 'off') this.#becomeUp(undefined)
    else this.#cancelTimer = clock.after(bootedTimeoutMs, () => this.#becomeUp(undefined))
  }

  #becomeUp(booted: WirePacket | undefined): void {
    this.#cancelTimer()
    this.#state = 'up'
    this.#watchAfter(this.#options.pingEveryMs)
    const banner = this.#framer.greeting ?? ''
    const uptime = Number(booted ? header(booted, 'Uptime') : Number.NaN)
    this.#listener.up({
      banner,
      amiVersion: GREETING.exec(banner)?.[1] ?? '',
      ...(Number.isFinite(uptime) ? { uptimeS: uptime } : {})
    })
  }

  /** Traffic is proof of life, so Ping is sent only after silence. */
  #watchAfter(ms: number): void {
    this.#cancelTimer = this.#options.clock.after(ms, () => {
      const left = this.#lastHeardAt + this.#options.pingEveryMs - this.#options.clock.now()
      if (left > 0) this.#watchAfter(left)
      else this.#ping()
    })
  }

  #ping(): void {
    const { pingEveryMs, pingTimeoutMs } = this.#options
    this.#heardSincePing = false
    this.action({ Action: 'Ping' }, pingTimeoutMs).then(
      () => this.#watchAfter(pingEveryMs),
      () => {
        if (this.#state !== 'up') return
        if (this.#heardSincePing) this.#watchAfter(pingEveryMs)
        else this.end(new AmiPingTimeout(this.where, pingTimeoutMs))
      }
    )
  }

  #closed(): void {
    this.#cancelTimer()
    const wasUp = this.#state === 'up'
    this.#state = 'ended'
    const why = this.#why ?? new Error('Asterisk closed the connection')
    this.#pending.rejectAll(action => new AmiLinkDown(this.where, `${why.message} (while ${action} waited)`))
    this.#listener.ended(why, wasUp)
  }
}

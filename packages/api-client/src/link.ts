import type { ServerFrame } from './frame.ts'
import { LiveValue } from './live.ts'
import type { Platform, SocketLike } from './platform.ts'
import type { TokenKeeper } from './rest.ts'
import type { Connection } from './session.ts'

const open = 1
/** First and longest pause between two tries, ms. */
const firstRetryMs = 500
const lastRetryMs = 30_000
const pingMs = 10_000
/** An answer is overdue after so long, ms; the connection is given up after so long. */
const overdueMs = 4_000
const deadMs = 15_000
/** A connection that does not come about is given up after so long, ms. */
const connectMs = 20_000
/** A token is renewed when so much of its life is over. */
const renewAt = 0.8
const renewRetryMs = 5_000
/** The server closes with it when a token is not accepted, or has ended. */
const tokenCode = 4401

export interface LinkHandler {
  /** What the first frame says beside the token. */
  hello(): object
  frame(frame: ServerFrame): void
  lost(): void
}

/** Keeps one WebSocket to the server: connects, says hello, renews the token, notices silence, comes back. */
export class Link {
  readonly connection: LiveValue<Connection>
  readonly #url: string
  readonly #tokens: TokenKeeper
  readonly #platform: Platform
  readonly #handler: LinkHandler
  #socket: SocketLike | null = null
  #wanted = false
  #tries = 0
  /** Tokens refused one after the other. */
  #refusals = 0
  #welcome = false
  #offset = 0
  #bestRoundTrip = Number.POSITIVE_INFINITY
  #pingId = 0
  #pingAt = 0
  readonly #timers = new Map<string, () => void>()

  constructor(url: string, tokens: TokenKeeper, platform: Platform, handler: LinkHandler) {
    this.#url = url
    this.#tokens = tokens
    this.#platform = platform
    this.#handler = handler
    this.connection = new LiveValue<Connection>({
      state: 'idle',
      since: platform.now(),
      retryAt: null,
      latencyMs: null,
      reason: null
    })
  }

  get online(): boolean {
    return this.#welcome
  }

  /** The server's time, ms since 1970. */
  now(): number {
    return this.#platform.now() + this.#offset
  }

  connect(): void {
    if (this.#wanted && this.connection.value.state !== 'refused') return
    this.#wanted = true
    this.#refusals = 0
    void this.#try(false)
  }

  disconnect(): void {
    this.#wanted = false
    this.#drop()
    this.#set('idle')
  }

  /** Tries at once if a try is waiting. */
  wake(): void {
    if (this.connection.value.state === 'offline' && this.#wanted) void this.#try(false)
    else if (this.#welcome) this.#ping() // it may have died while the machine slept
  }

  /** Sends a frame. @returns false when there is no connection. */
  send(frame: object): boolean {
    if (!this.#welcome || this.#socket?.readyState !== open) return false
    this.#socket.send(JSON.stringify(frame))
    return true
  }

  /** An answer did not come in time. */
  degrade(): void {
    if (this.connection.value.state === 'online') this.#set('degraded')
  }

  async #try(newToken: boolean): Promise<void> {
    this.#drop()
    this.#set('connecting')
    let token: string
    try {
      token = await (newToken ? this.#tokens.renew() : this.#tokens.get())
    } catch (error) {
      if (!this.#wanted) return
      // fetch throws a TypeError when there is no way to the server; anything else is a refusal of the host.
      if (error instanceof TypeError) this.#retry()
      else this.#refuse(error instanceof Error ? error.message : 'no token')
      return
    }
    if (!this.#wanted || this.#socket) return
    const socket = this.#platform.openSocket(this.#url)
    this.#socket = socket
    this.#timer('connect', connectMs, () => this.#broken(socket, 0))
    socket.onopen = () =>
      socket.send(JSON.stringify({ type: 'hello', version: 1, token, ...this.#handler.hello() }))
    socket.onmessage = ({ data }) => {
      if (this.#socket === socket) this.#hear(JSON.parse(String(data)) as ServerFrame)
    }
    socket.onclose = ({ code }) => this.#broken(socket, code)
  }

  #hear(frame: ServerFrame): void {
    if (frame.type === 'welcome') {
      this.#timer('connect', 0, null)
      this.#welcome = true
      this.#tries = 0
      this.#refusals = 0
      this.#offset = frame.now - this.#platform.now()
      this.#bestRoundTrip = Number.POSITIVE_INFINITY
      this.#planRenewal(frame.expiresAt)
      this.#set('online')
      this.#ping()
    } else if (frame.type === 'renewed') this.#planRenewal(frame.expiresAt)
    else if (frame.type === 'pong') this.#pong(frame.id, frame.now)
    if (this.connection.value.state === 'degraded' && frame.type !== 'welcome') this.#set('online')
    this.#handler.frame(frame)
  }

  #ping(): void {
    this.#pingId++
    this.#pingAt = this.#platform.now()
    this.send({ type: 'ping', id: this.#pingId })
    const socket = this.#socket
    if (!this.#timers.has('dead') && socket) {
      // Counted from the first ping without an answer.
      this.#timer('overdue', overdueMs, () => this.degrade())
      this.#timer('dead', deadMs, () => this.#broken(socket, 0))
    }
    this.#timer('ping', pingMs, () => this.#ping())
  }

  #pong(id: number, serverNow: number): void {
    if (id !== this.#pingId) return
    this.#timer('overdue', 0, null)
    this.#timer('dead', 0, null)
    const now = this.#platform.now()
    const roundTrip = now - this.#pingAt
    // The quickest answer tells most exactly how far the clocks are apart.
    if (roundTrip <= this.#bestRoundTrip) {
      this.#bestRoundTrip = roundTrip
      this.#offset = serverNow - (this.#pingAt + roundTrip / 2)
    }
    this.connection.set({ ...this.connection.value, latencyMs: roundTrip })
  }

  #planRenewal(expiresAt: number): void {
    const life = expiresAt - this.now()
    const renew = async (): Promise<void> => {
      try {
        this.send({ type: 'renew', token: await this.#tokens.renew() })
      } catch {
        // Until the token ends there is time to try again; then the server closes, and it is said why.
        this.#timer('renew', renewRetryMs, () => void renew())
      }
    }
    this.#timer('renew', Math.max(0, life * renewAt), () => void renew())
  }

  #broken(socket: SocketLike, code: number): void {
    if (this.#socket !== socket) return
    this.#drop()
    if (!this.#wanted) return
    if (code !== tokenCode) {
      this.#retry()
      return
    }
    this.#refusals++
    // A token may have ended while the machine slept: a fresh one decides.
    if (this.#refusals > 1) this.#refuse('the server does not accept the token')
    else void this.#try(true)
  }

  #retry(): void {
    const span = Math.min(lastRetryMs, firstRetryMs * 2 ** this.#tries++)
    const ms = span * (0.5 + this.#platform.random() / 2)
    this.#set('offline', { retryAt: this.#platform.now() + ms })
    this.#timer('retry', ms, () => void this.#try(false))
  }

  #refuse(reason: string): void {
    this.#wanted = false
    this.#set('refused', { reason })
  }

  #drop(): void {
    for (const name of [...this.#timers.keys()]) this.#timer(name, 0, null)
    const socket = this.#socket
    const was = this.#welcome
    this.#socket = null
    this.#welcome = false
    socket?.close()
    if (was) this.#handler.lost()
  }

  #set(state: Connection['state'], rest: Partial<Connection> = {}): void {
    const { latencyMs } = this.connection.value
    const since = this.#platform.now()
    this.connection.set({ state, since, retryAt: null, latencyMs, reason: null, ...rest })
  }

  /** Sets the timer of this name anew; null ends it. */
  #timer(name: string, ms: number, run: (() => void) | null): void {
    this.#timers.get(name)?.()
    this.#timers.delete(name)
    if (!run) return
    const cancel = this.#platform.after(ms, () => {
      this.#timers.delete(name)
      run()
    })
    this.#timers.set(name, cancel)
  }
}

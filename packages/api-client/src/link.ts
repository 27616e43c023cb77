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
/** On a bad line the first snapshot may take longer than that, and nothing is heard until it is whole. */
const firstSnapshotMs = 45_000
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

/** One WebSocket to the server. */
export interface Link {
  readonly connection: LiveValue<Connection>
  /** The server's time, ms since 1970. */
  now(): number
  connect(): void
  disconnect(): void
  /** Tries at once if a try is waiting. */
  wake(): void
  /** Sends a frame. @returns false when there is no connection. */
  send(frame: object): boolean
  /** An answer did not come in time. */
  degrade(): void
}

/** Keeps one WebSocket to the server: connects, says hello, renews the token, notices silence, comes back. */
export function createLink(url: string, tokens: TokenKeeper, platform: Platform, handler: LinkHandler): Link {
  const connection = new LiveValue<Connection>({
    state: 'idle',
    since: platform.now(),
    retryAt: null,
    latencyMs: null,
    reason: null
  })
  const timers = new Map<string, () => void>()
  let socket: SocketLike | null = null
  let wanted = false
  let tries = 0
  /** Tokens refused one after the other. */
  let refusals = 0
  let welcome = false
  let patienceMs = deadMs
  let offset = 0
  let bestRoundTrip = deadMs
  let pingId = 0
  let pingAt = 0

  const now = (): number => platform.now() + offset

  function send(frame: object): boolean {
    if (!welcome || socket?.readyState !== open) return false
    socket.send(JSON.stringify(frame))
    return true
  }

  function degrade(): void {
    if (connection.value.state === 'online') set('degraded')
  }

  async function attempt(): Promise<void> {
    drop()
    // After a break the tries that follow belong to it: what is shown must not flicker.
    set(connection.value.state === 'offline' ? 'offline' : 'connecting')
    let token: string
    try {
      // A token may have ended while the machine slept: a fresh one decides.
      token = await (refusals > 0 ? tokens.renew() : tokens.get())
    } catch (error) {
      if (!wanted) return
      const { status, message = null } = (error ?? {}) as { status?: unknown; message?: string } // what a host rejects with may be anything
      if (status === 401 || status === 403) refuse(message)
      else retry(message)
      return
    }
    if (!wanted || socket) return
    const opened = platform.openSocket(url)
    socket = opened
    timer('connect', connectMs, () => broken(opened, 0))
    opened.onopen = () =>
      opened.send(JSON.stringify({ type: 'hello', version: 1, token, ...handler.hello() }))
    opened.onmessage = ({ data }) => {
      if (socket === opened) hear(JSON.parse(String(data)) as ServerFrame)
    }
    opened.onclose = ({ code }) => broken(opened, code)
  }

  function hear(frame: ServerFrame): void {
    // Whatever comes shows that the line lives: a pong may stand behind a long snapshot.
    timer('silence')
    if (frame.type === 'welcome') {
      timer('connect')
      welcome = true
      patienceMs = firstSnapshotMs
      tries = 0
      refusals = 0
      offset = frame.now - platform.now()
      bestRoundTrip = deadMs // no answer is slower
      planRenewal(frame.expiresAt)
      set('online')
      ping()
    } else if (frame.type === 'renewed') planRenewal(frame.expiresAt)
    else if (frame.type === 'pong') pong(frame.id, frame.now)
    else if (frame.type === 'snapshot') patienceMs = deadMs
    if (connection.value.state === 'degraded' && frame.type !== 'welcome') set('online')
    handler.frame(frame)
  }

  function ping(): void {
    pingId++
    pingAt = platform.now()
    send({ type: 'ping', id: pingId })
    const asked = socket
    // Counted from the first ping after which nothing was heard.
    if (!timers.has('silence') && asked)
      timer('silence', overdueMs, () => {
        degrade()
        timer('silence', patienceMs - overdueMs, () => broken(asked, 0))
      })
    timer('ping', pingMs, ping)
  }

  function pong(id: number, serverNow: number): void {
    if (id !== pingId) return
    const latencyMs = platform.now() - pingAt
    // The quickest answer tells most exactly how far the clocks are apart.
    if (latencyMs <= bestRoundTrip) {
      bestRoundTrip = latencyMs
      offset = serverNow - (pingAt + latencyMs / 2)
    }
    connection.set({ ...connection.value, latencyMs })
  }

  function planRenewal(expiresAt: number): void {
    const renew = async (): Promise<void> => {
      try {
        send({ type: 'renew', token: await tokens.renew() })
      } catch {
        // Until the token ends there is time to try again; then the server closes, and it is said why.
        timer('renew', renewRetryMs, renew)
      }
    }
    timer('renew', Math.max(0, (expiresAt - now()) * renewAt), renew)
  }

  function broken(of: SocketLike, code: number): void {
    if (socket !== of) return
    drop()
    if (!wanted) return
    if (code !== tokenCode) retry()
    else if (refusals++ > 0) refuse('the token is not accepted')
    else void attempt()
  }

  function retry(reason: string | null = null): void {
    const span = Math.min(lastRetryMs, firstRetryMs * 2 ** tries++)
    const ms = span * (0.5 + platform.random() / 2)
    set('offline', { retryAt: platform.now() + ms, reason })
    timer('retry', ms, attempt)
  }

  function refuse(reason: string | null): void {
    wanted = false
    set('refused', { reason })
  }

  function drop(): void {
    for (const name of timers.keys()) timer(name)
    const dropped = socket
    const was = welcome
    socket = null
    welcome = false
    dropped?.close()
    if (was) handler.lost()
  }

  function set(state: Connection['state'], rest: Partial<Connection> = {}): void {
    const { state: before, since, latencyMs } = connection.value
    const same = before === state || (before === 'connecting' && state === 'offline')
    connection.set({
      state,
      since: same ? since : platform.now(),
      retryAt: null,
      latencyMs,
      reason: null,
      ...rest
    })
  }

  /** Sets the timer of this name anew; without `run` it is ended. */
  function timer(name: string, ms = 0, run?: () => unknown): void {
    timers.get(name)?.()
    timers.delete(name)
    if (!run) return
    const cancel = platform.after(ms, () => {
      timers.delete(name)
      run()
    })
    timers.set(name, cancel)
  }

  return {
    connection,
    now,
    send,
    degrade,
    connect() {
      if (wanted && connection.value.state !== 'refused') return
      wanted = true
      refusals = 0
      void attempt()
    },
    disconnect() {
      wanted = false
      drop()
      set('idle')
    },
    wake() {
      if (timers.has('retry')) void attempt()
      else if (welcome) ping() // it may have died while the machine slept
    }
  }
}

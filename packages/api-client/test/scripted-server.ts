import { type FakeClock, fakeClock } from '@evscallpro/testing'
import { createSession, type Platform, type Session, type SocketLike } from '../src/index.ts'

export type Sent = Readonly<Record<string, unknown>> & { readonly type: string }

/** The server's end of one connection, played by the test. */
export class ScriptedSocket implements SocketLike {
  readyState = 0
  readonly sent: Sent[] = []
  onopen: (() => void) | null = null
  onmessage: ((event: { readonly data: unknown }) => void) | null = null
  onclose: ((event: { readonly code: number }) => void) | null = null

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Sent)
  }

  close(): void {
    this.readyState = 3
  }

  /** The connection comes about. */
  open(): void {
    this.readyState = 1
    this.onopen?.()
  }

  say(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) })
  }

  /** The connection ends from the server's side. */
  end(code: number): void {
    this.readyState = 3
    this.onclose?.({ code })
  }

  last(type: string): Sent | undefined {
    return this.sent.findLast(frame => frame.type === type)
  }
}

/** A token as the server makes them, in form. */
export const tokenNumber = (n: number): string => `evt_of_this_page_${n}`

export interface Script {
  readonly clock: FakeClock
  readonly session: Session
  readonly sockets: readonly ScriptedSocket[]
  readonly tokens: () => number
  /** What the next calls of getToken do. */
  token: () => Promise<string>
  /** How far the server's clock is ahead, ms. */
  readonly aheadMs: number
  /** Connects, opens the newest socket and welcomes it. */
  welcome(epoch?: string, lifeMs?: number): Promise<ScriptedSocket>
}

/** A session on a clock that stands, with a server that says what the test wants. */
export function scriptedServer({
  aheadMs = 0,
  random = () => 1
}: {
  aheadMs?: number
  random?: () => number
} = {}): Script {
  const clock = fakeClock()
  const sockets: ScriptedSocket[] = []
  let asked = 0
  const platform: Platform = {
    now: () => clock.now().getTime(),
    after(ms, run) {
      const timer = clock.setTimeout(run, ms)
      return () => timer.cancel()
    },
    random,
    openSocket: () => {
      const socket = new ScriptedSocket()
      sockets.push(socket)
      return socket
    },
    fetch: async () => {
      throw new Error('no REST here')
    }
  }
  const script: Script = {
    clock,
    sockets,
    aheadMs,
    tokens: () => asked,
    token: async () => tokenNumber(asked),
    session: createSession({
      baseUrl: 'https://cc.example/',
      platform,
      getToken: () => {
        asked++
        return script.token()
      }
    }),
    async welcome(epoch = 'epoch-1', lifeMs = 600_000) {
      script.session.connect()
      await clock.advance(0)
      const socket = sockets.at(-1)!
      socket.open()
      const now = clock.now().getTime() + aheadMs
      socket.say({ type: 'welcome', epoch, now, expiresAt: now + lifeMs, profile: { userId: 7 } })
      return socket
    }
  }
  return script
}

/** The agent's part of a snapshot. */
export const agentRow = (state: string, revision = 1) => [
  'agent',
  { agentId: 7, state, since: '2026-01-05T09:00:00.000Z', revision, pauseReason: null }
]

/** A frame of rows of the agent's own screen. */
export const meFrame = (n: number, rows: readonly unknown[], type: 'rows' | 'snapshot' = 'rows') => ({
  type,
  topic: 'me',
  n,
  at: 0,
  rows,
  gone: []
})

import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import type { PluginScope } from '../src/index.ts'

export interface Frame {
  readonly type: string
  readonly topic?: string
  readonly n?: number
  readonly rows?: readonly (readonly [string | number, Record<string, unknown> | null])[]
  readonly gone?: readonly (string | number)[]
  readonly [field: string]: unknown
}

/** How long a test waits for a frame, ms. */
const patienceMs = 30_000

/** A page at the WebSocket: sends frames, keeps those that came, waits for one. */
export class Page {
  readonly frames: Frame[] = []
  readonly socket: WebSocket
  closed: { code: number; reason: string } | null = null
  #heard: () => void = () => {}

  constructor(url: string, origin: string | null) {
    this.socket = new WebSocket(`${url.replace('http', 'ws')}/api/realtime`, {
      ...(origin !== null && { origin })
    })
    this.socket.on('message', data => {
      this.frames.push(JSON.parse(String(data)) as Frame)
      this.#heard()
    })
    this.socket.on('close', (code, reason) => {
      this.closed = { code, reason: String(reason) }
      this.#heard()
    })
    this.socket.on('error', () => {})
  }

  async hello(token: string, topics: readonly string[], rest: object = {}): Promise<this> {
    if (this.socket.readyState !== WebSocket.OPEN) await once(this.socket, 'open')
    return this.send({ type: 'hello', version: 1, token, focused: false, topics, resume: null, ...rest })
  }

  send(frame: object): this {
    this.socket.send(JSON.stringify(frame))
    return this
  }

  /** The first frame, of those that came and those to come, that this holds for. */
  async until(holds: (frame: Frame) => boolean, what = 'a frame'): Promise<Frame> {
    const deadline = Date.now() + patienceMs
    for (;;) {
      const found = this.frames.find(holds)
      if (found) return found
      await this.#more(deadline, what)
    }
  }

  async untilClosed(): Promise<{ code: number; reason: string }> {
    const deadline = Date.now() + patienceMs
    while (!this.closed) await this.#more(deadline, 'the end of the connection')
    return this.closed
  }

  /** The newest row of a topic under this key; undefined: none, or it is gone. */
  row(topic: string, key: string | number): Record<string, unknown> | null | undefined {
    let row: Record<string, unknown> | null | undefined
    for (const frame of this.frames) {
      if (frame.topic !== topic) continue
      if (frame.type === 'snapshot') row = undefined
      if (frame.gone?.includes(key)) row = undefined
      const found = frame.rows?.find(([one]) => one === key)
      if (found) row = found[1]
    }
    return row
  }

  /** Waits until the newest row of a topic is so. */
  async untilRow(
    topic: string,
    key: string | number,
    holds: (row: Record<string, unknown> | null | undefined) => boolean
  ): Promise<Record<string, unknown> | null | undefined> {
    const deadline = Date.now() + patienceMs
    for (;;) {
      const row = this.row(topic, key)
      if (holds(row)) return row
      await this.#more(deadline, `${topic} ${key}`)
    }
  }

  close(): void {
    this.socket.terminate()
  }

  async #more(deadline: number, what: string): Promise<void> {
    const left = deadline - Date.now()
    if (left <= 0) throw new Error(`${what} did not come: ${JSON.stringify(this.frames.slice(-5))}`)
    const heard = new Promise<void>(resolve => {
      this.#heard = resolve
    })
    const stop = new AbortController()
    await Promise.race([heard, sleep(left, undefined, { signal: stop.signal }).catch(() => {})])
    stop.abort()
  }
}

/** Lets an application listen on the loopback. @returns its address, such as http://127.0.0.1:40000 */
export const listen = (app: PluginScope): Promise<string> => app.listen({ host: '127.0.0.1', port: 0 })

/** The token of a page of this server's own, for a signed-in user. */
export async function pageToken(
  app: PluginScope,
  url: string,
  headers: Record<string, string>,
  as?: string
): Promise<string> {
  const answer = await app.inject({
    method: 'POST',
    url: '/api/auth/embed-token',
    headers: { ...headers, host: new URL(url).host },
    payload: as ? { as } : {}
  })
  if (answer.statusCode !== 201)
    throw Object.assign(new Error('Sign in first'), { status: answer.statusCode })
  return answer.json<{ token: string }>().token
}

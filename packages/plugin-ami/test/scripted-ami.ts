import { once } from 'node:events'
import net from 'node:net'
import type { LinkClock } from '../src/link/clock.ts'

/** One connection of the scripted server: what the client sent, as parsed actions, and raw bytes to send. */
export interface Peer {
  socket: net.Socket
  /** Next action the client sends; waits for it. */
  next(): Promise<Record<string, string[]>>
  send(bytes: string | Buffer): void
}

/** A TCP server that says only what a test tells it to. */
export async function scriptedAmi(): Promise<{
  port: number
  peer(): Promise<Peer>
  close(): Promise<void>
}> {
  const waiting: Peer[] = []
  const wanted: ((peer: Peer) => void)[] = []
  const sockets = new Set<net.Socket>()
  const server = net.createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {}) // resets are part of the play
    socket.setNoDelay(true)
    const peer = peerOf(socket)
    const taker = wanted.shift()
    if (taker) taker(peer)
    else waiting.push(peer)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no TCP address')
  return {
    port: address.port,
    peer: () =>
      new Promise(resolve => {
        const peer = waiting.shift()
        if (peer) resolve(peer)
        else wanted.push(resolve)
      }),
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    }
  }
}

/** Reads the actions that come over a socket. */
export function peerOf(socket: net.Socket): Peer {
  const actions: Record<string, string[]>[] = []
  const wanted: ((action: Record<string, string[]>) => void)[] = []
  let text = ''
  socket.on('data', chunk => {
    text += chunk.toString('utf8')
    for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
      const action: Record<string, string[]> = {}
      for (const line of text.slice(0, end).split('\r\n')) {
        const colon = line.indexOf(': ')
        const name = line.slice(0, colon)
        action[name] = [...(action[name] ?? []), line.slice(colon + 2)]
      }
      text = text.slice(end + 4)
      const taker = wanted.shift()
      if (taker) taker(action)
      else actions.push(action)
    }
  })
  return {
    socket,
    next: () =>
      new Promise(resolve => {
        const action = actions.shift()
        if (action) resolve(action)
        else wanted.push(resolve)
      }),
    send: bytes => void socket.write(bytes)
  }
}

export const BANNER = 'Asterisk Call Manager/11.0.0\r\n'

/** An AMI packet from lines. */
export function packet(...lines: string[]): string {
  return `${lines.join('\r\n')}\r\n\r\n`
}

/** Greets and accepts the login; `after` goes out in the same chunk as the answer. */
export async function acceptLogin(peer: Peer, after = ''): Promise<Record<string, string[]>> {
  peer.send(BANNER)
  const login = await peer.next()
  peer.send(
    packet('Response: Success', `ActionID: ${login.ActionID?.[0]}`, 'Message: Authentication accepted') +
      packet('Event: FullyBooted', 'Privilege: system,all', 'Uptime: 37', 'Status: Fully Booted') +
      after
  )
  return login
}

/** A clock that moves only when a test moves it. */
export function fakeClock(): LinkClock & { advance(ms: number): void; timers(): number[] } {
  let now = 0
  const timers = new Map<number, { at: number; fn: () => void }>()
  let ids = 0
  return {
    now: () => now,
    after(ms, fn) {
      ids += 1
      const id = ids
      timers.set(id, { at: now + ms, fn })
      return () => void timers.delete(id)
    },
    timers: () => [...timers.values()].map(timer => timer.at - now).sort((a, b) => a - b),
    advance(ms) {
      const end = now + ms
      for (;;) {
        const due = [...timers].filter(([, timer]) => timer.at <= end).sort((a, b) => a[1].at - b[1].at)[0]
        if (!due) break
        timers.delete(due[0])
        now = due[1].at
        due[1].fn()
      }
      now = end
    }
  }
}

import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface SlowLine {
  readonly base: string
  close(): void
}

export interface LineQuality {
  /** Of each direction, all connections together. */
  readonly bitsPerSecond: number
  /** There and back, ms. */
  readonly roundTripMs: number
  /** Share of packets that are lost; TCP sends each again after `retransmitMs` and keeps everything behind it waiting. */
  readonly loss: number
  readonly retransmitMs: number
}

const packetBytes = 1400

/**
 * A bad line in front of a server on this machine: what TCP makes of little band, long ways and lost packets. Losses
 * fall by a counter and not by chance, so that a run can be repeated.
 */
export async function startSlowLine(port: number, quality: LineQuality): Promise<SlowLine> {
  const up = new Direction(quality)
  const down = new Direction(quality)
  const sockets = new Set<Socket>()
  const server: Server = createServer(client => {
    const target = connect(port, '127.0.0.1')
    for (const socket of [client, target]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        target.destroy()
      })
    }
    void up.carry(client, target)
    void down.carry(target, client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('no port')
  return {
    base: `http://127.0.0.1:${address.port}`,
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    }
  }
}

/** One direction of the line: packets of all connections go one after the other. */
class Direction {
  readonly #quality: LineQuality
  #freeAt = 0
  #packets = 0

  constructor(quality: LineQuality) {
    this.#quality = quality
  }

  async carry(from: Socket, to: Socket): Promise<void> {
    const { bitsPerSecond, roundTripMs, loss, retransmitMs } = this.#quality
    let behind = 0
    let last: Promise<void> = Promise.resolve()
    try {
      for await (const data of from as AsyncIterable<Buffer>)
        for (let at = 0; at < data.length; at += packetBytes) {
          const packet = data.subarray(at, at + packetBytes)
          const now = Date.now()
          this.#freeAt = Math.max(this.#freeAt, now) + (packet.length * 8000) / bitsPerSecond
          const lost = ++this.#packets % Math.round(1 / loss) === 0
          behind = Math.max(behind, this.#freeAt + roundTripMs / 2 + (lost ? retransmitMs : 0))
          const arriveAt = behind
          const before = last
          last = (async () => {
            await sleep(Math.max(0, arriveAt - Date.now()))
            await before
            if (!to.destroyed) to.write(packet)
          })()
          // The line takes no more than it carries: the sender is held back as by a full window.
          if (this.#freeAt - now > 2000) await sleep(this.#freeAt - now - 2000)
        }
      await last
      to.end()
    } catch {
      to.destroy()
    }
  }
}

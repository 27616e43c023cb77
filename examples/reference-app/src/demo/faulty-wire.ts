import { once } from 'node:events'
import { createConnection, createServer, type Socket } from 'node:net'

/** A wire between server and PBX that can be harmed; what it does to the bytes is seen by both ends as a bad network. */
export interface FaultyWire {
  readonly host: string
  readonly port: number
  /** Resets every connection. */
  cut(): void
  /** Each connection gets half of the next packet and ends. */
  cutMidPacket(): void
  /** How many events were sent a second time so far. */
  readonly duplicated: number
  close(): Promise<void>
}

const packetEnd = '\r\n\r\n'

/** Forwards AMI connections to a PBX; every `duplicateEvery`-th event is sent twice. */
export async function faultyWire(host: string, port: number, duplicateEvery: number): Promise<FaultyWire> {
  const pairs = new Set<readonly [Socket, Socket]>()
  let events = 0
  let duplicated = 0
  let halve = new WeakSet<Socket>()

  const forward = (client: Socket, pbx: Socket): void => {
    let rest = ''
    let greeted = false
    // Bytes as Latin-1: one character each, whatever they mean.
    pbx.on('data', chunk => {
      rest += chunk.toString('latin1')
      const line = rest.indexOf('\r\n') + 2
      if (!greeted && line > 1) {
        greeted = true // the greeting is one line without an empty one behind it
        client.write(Buffer.from(rest.slice(0, line), 'latin1'))
        rest = rest.slice(line)
      }
      const texts = rest.split(packetEnd)
      rest = texts.pop() ?? ''
      for (const text of texts) {
        if (halve.has(client)) {
          client.end(Buffer.from(text.slice(0, text.length / 2), 'latin1'))
          pbx.destroy()
          return
        }
        const packet = Buffer.from(text + packetEnd, 'latin1')
        client.write(packet)
        if (!text.startsWith('Event: ') || text.includes('\r\nActionID: ') || ++events % duplicateEvery !== 0)
          continue
        duplicated++
        client.write(packet)
      }
    })
  }

  const server = createServer(client => {
    const pbx = createConnection(port, host)
    const pair = [client, pbx] as const
    pairs.add(pair)
    for (const socket of pair) {
      socket.on('error', () => {}) // breaking connections is what this is for
      socket.on('close', () => {
        pairs.delete(pair)
        for (const other of pair) other.destroy()
      })
    }
    client.on('data', chunk => pbx.write(chunk))
    forward(client, pbx)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the wire has no TCP address')

  const cut = (): void => {
    for (const [client] of pairs) client.resetAndDestroy()
  }
  return {
    host: '127.0.0.1',
    port: address.port,
    cut,
    cutMidPacket() {
      halve = new WeakSet([...pairs].map(([client]) => client))
    },
    get duplicated() {
      return duplicated
    },
    async close() {
      cut()
      server.close()
      await once(server, 'close')
    }
  }
}

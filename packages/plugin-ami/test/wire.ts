import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { Teardown } from '@evscallpro/testing'

/** A way to the AMI that can be cut, or frozen as when a router forgets a connection. */
export async function wireTo(t: Teardown, host: string, port: number) {
  const pairs = new Set<readonly [Socket, Socket]>()
  let frozen = new WeakSet<Socket>()
  let shut = false
  const server = createServer(client => {
    if (shut) {
      client.resetAndDestroy()
      return
    }
    const pbx = connect(port, host)
    const pair = [client, pbx] as const
    pairs.add(pair)
    for (const [from, to] of [pair, [pbx, client]] as const) {
      from.on('data', chunk => {
        if (!frozen.has(client)) to.write(chunk)
      })
      from.on('error', () => {}) // breaking connections is what this is for
      from.on('close', () => {
        pairs.delete(pair)
        to.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = (): void => {
    for (const [client] of pairs) client.resetAndDestroy()
  }
  t.teardown(() => {
    cut()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no TCP address')
  return {
    port: address.port,
    cut,
    /** Cut, and no way back until it is opened. */
    shut() {
      shut = true
      cut()
    },
    open() {
      shut = false
    },
    freeze() {
      frozen = new WeakSet([...pairs].map(([client]) => client))
    }
  }
}

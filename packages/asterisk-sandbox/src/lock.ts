import { createHash } from 'node:crypto'
import { connect, createServer, type Server, type Socket } from 'node:net'

interface Holder {
  release(): Promise<void>
}

/**
 * Runs `work` while no other process of this machine runs work under the same key; waits its turn as long as it takes.
 *
 * The lock is a Linux abstract socket: the kernel frees it when its holder dies, so that no stale lock file can
 * remain, and whoever waits is told by the end of a connection rather than by looking again and again.
 */
export async function withLock<T>(key: string, work: () => Promise<T>, onWait?: () => void): Promise<T> {
  const path = `\0evscallpro/${createHash('sha256').update(key).digest('hex').slice(0, 32)}`
  let holder = await hold(path)
  if (!holder) onWait?.()
  while (!holder) {
    await untilReleased(path)
    holder = await hold(path)
  }
  try {
    return await work()
  } finally {
    await holder.release()
  }
}

function hold(path: string): Promise<Holder | undefined> {
  return new Promise((resolve, reject) => {
    const waiting = new Set<Socket>()
    const server: Server = createServer(socket => {
      waiting.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => waiting.delete(socket))
    })
    server.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined)
      else reject(error)
    })
    server.listen({ path, exclusive: true }, () => {
      const release = () =>
        new Promise<void>(done => {
          server.close(() => done())
          for (const socket of waiting) socket.destroy()
        })
      resolve({ release })
    })
  })
}

function untilReleased(path: string): Promise<void> {
  return new Promise(resolve => {
    const socket = connect({ path })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => resolve())
    socket.resume()
  })
}

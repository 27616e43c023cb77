import type { Socket } from 'node:net'
import type { PluginScope } from './plugin.ts'

/**
 * Ends each connection when the application closes: an idle one at once (Fastify does that), one with a request in hand
 * with its answer, one on which no request has come yet at once. Otherwise the first would stay open, and keep the
 * process, until its keep-alive time is over (72 s), and the last until its headers are overdue (60 s): Node counts it as
 * busy. Browsers and HTTP clients open such connections ahead of need.
 */
export function closeConnections(app: PluginScope): void {
  const unused = new Set<Socket>()
  let closing = false
  app.server.on('connection', socket => {
    if (closing) {
      socket.destroy()
      return
    }
    unused.add(socket)
    socket.once('close', () => unused.delete(socket))
  })
  const used = ({ socket }: { socket: Socket }) => unused.delete(socket)
  app.server.prependListener('request', used)
  app.server.prependListener('upgrade', used)
  app.addHook('preClose', async () => {
    closing = true
    for (const socket of unused) socket.destroy()
  })
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (closing) reply.header('connection', 'close')
    done(null, payload)
  })
}

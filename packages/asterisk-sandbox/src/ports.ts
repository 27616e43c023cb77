import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { SandboxError } from './errors.ts'
import type { InstanceLayout } from './layout.ts'

/** Makes sure that nobody else listens where an instance is about to. @throws SandboxError naming the port. */
export async function checkPortsFree(layout: InstanceLayout): Promise<void> {
  const { address, amiPort, httpPort, httpsPort, sipPort } = layout
  for (const port of [amiPort, httpPort, httpsPort]) {
    if (!(await portIsFree(address, port))) throw taken(`${address}:${port}/tcp`)
  }
  if (!(await udpIsFree(address, sipPort))) throw taken(`${address}:${sipPort}/udp`)
}

function taken(where: string): SandboxError {
  return new SandboxError(
    'SANDBOX_START_FAILED',
    `${where} is in use: give another shift (option shift, --shift)`
  )
}

/** Whether nobody listens on a TCP port of this machine. */
export function portIsFree(host: string, port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}

function udpIsFree(address: string, port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = createSocket('udp4')
    socket.once('error', () => resolve(false))
    socket.bind({ address, port, exclusive: true }, () => socket.close(() => resolve(true)))
  })
}

import { type AddressInfo, createServer, type Server } from 'node:net'
import { dispatch } from './actions/dispatch.ts'
import type { ActionContext } from './actions/registry.ts'
import type { Faults } from './delivery.ts'
import type { AmiEvent } from './outbox.ts'
import type { Random } from './random.ts'
import { Session } from './session.ts'

const BANNER = 'Asterisk Call Manager/11.0.0\r\n'

/** The manager interface: accepts connections, runs their actions, sends every session its events. */
export class AmiServer {
  readonly faults: Faults = { chunkBytes: 0, duplicateEvents: 0 }
  shuttingDown = false
  /** Counts what goes over the wire, so that a virtual clock can tell when everybody has had his say. */
  activity = 0
  readonly sessions = new Set<Session>()
  readonly #context: ActionContext
  readonly #random: Random
  #server: Server | undefined

  constructor(context: ActionContext, random: Random) {
    this.#context = context
    this.#random = random
  }

  get listening(): boolean {
    return this.#server !== undefined
  }

  /** Listens and returns the port. */
  async listen(host: string, port: number): Promise<number> {
    const server = createServer({ noDelay: true }, socket => {
      const sent = (): void => {
        this.activity++
      }
      const session = new Session(socket, this.faults, this.#random, sent, asking => {
        this.activity++
        const pending = dispatch(asking, this.#context, this.shuttingDown)
        this.#context.pbx.outbox.flush()
        return pending ?? undefined
      })
      this.sessions.add(session)
      socket.on('error', () => {}) // a client that vanishes is no fault of ours; 'close' follows
      socket.once('close', () => this.sessions.delete(session))
      session.delivery.send(BANNER)
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, () => {
        server.off('error', reject)
        resolve()
      })
    })
    this.#server = server
    return (server.address() as AddressInfo).port // a TCP server has no other kind of address
  }

  broadcast(events: readonly AmiEvent[]): void {
    for (const session of this.sessions) session.sendEvents(events)
  }

  /** Everything sent has left, and nobody has answered for two turns of the event loop. */
  async settle(): Promise<void> {
    if (this.sessions.size === 0) return
    for (let turn = 0; turn < 1000; turn++) {
      const before = this.activity
      await nextTurn()
      await nextTurn()
      const idle = [...this.sessions].every(session => session.delivery.idle)
      if (idle && this.activity === before) return
    }
  }

  /** Stops listening and ends all connections; `reset` drops them hard. */
  async stop(reset: boolean): Promise<void> {
    const server = this.#server
    this.#server = undefined
    for (const session of this.sessions) {
      if (reset) session.delivery.cut()
      else session.end()
    }
    if (server) await new Promise<void>(resolve => server.close(() => resolve()))
  }
}

function nextTurn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

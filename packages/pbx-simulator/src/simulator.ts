import { permissionsOf } from './accounts.ts'
import type { ActionContext } from './actions/registry.ts'
import type { CdrRow } from './cdr.ts'
import type { Channel } from './channel.ts'
import { RealClock, VirtualClock } from './clock.ts'
import {
  type FarEndControl,
  farEndControl,
  type PhoneControl,
  phoneControl,
  type TrunkControl,
  trunkControl
} from './controls.ts'
import { unattended } from './leg.ts'
import { furnish, handDialRules, type SimulatorOptions } from './options.ts'
import { type AmiEvent, Outbox } from './outbox.ts'
import { type Invite, Pbx } from './pbx.ts'
import { seededRandom } from './random.ts'
import { AmiServer } from './server.ts'
import { type CallView, type ChannelView, callViews, channelView } from './views.ts'

/** Where virtual time begins unless told otherwise: 2026-01-05 09:00:00 UTC, a Monday. */
const DEFAULT_START_MS = Date.UTC(2026, 0, 5, 9)

/** A running simulated PBX. */
export interface PbxSimulator {
  /** Of the manager interface. */
  readonly port: number
  readonly host: string
  /** The PBX's own time, ms since 1970. */
  nowMs(): number
  /**
   * Virtual clock only: moves time by `ms`, playing everything due on the way and letting connected clients of this
   * process react at each instant. What a client does only after other work of its own (a database) is not waited for.
   */
  advance(ms: number): Promise<void>
  /** Virtual clock only: moves time until nothing is left to happen by itself. A talk without an end does not count. */
  runUntilIdle(): Promise<void>
  /** Steers the phone of an extension; with `behaviour` it takes its calls so from now on. */
  phone(extension: string, behaviour?: string): PhoneControl
  trunk(name: string): TrunkControl
  /** Acts as the far end of a leg (a customer, a mobile), found by channel name or Uniqueid. */
  farEnd(channel: string): FarEndControl
  channels(): ChannelView[]
  calls(): CallView[]
  /** The last 10,000 CDR rows, oldest first. */
  cdr(): CdrRow[]
  /** The last 10,000 INVITEs to phones and gateways, oldest first. */
  invites(): Invite[]
  /** Hears every event, before any account's filter, as the text that goes over the wire. */
  tap(listener: (event: AmiEvent) => void): () => void
  /** How many clients are connected now. */
  connections(): number
  /** Resets all connections. */
  dropConnections(): void
  /** Cuts each connection after so many more packets. */
  cutAfterPackets(packets: number): void
  /** Each connection gets half of its next packet and ends. */
  cutMidPacket(): void
  /** Present connections stay open, but nothing is read from or sent to them any more. */
  freezeConnections(): void
  /** Sends everything in writes of so many bytes; 0: whole packets again. */
  slowWrites(bytes: number): void
  /** Chance from 0 to 1 that an event is sent twice. */
  duplicateEvents(chance: number): void
  /** Power failure: calls vanish without a Hangup, connections are reset, the port is closed until `start`. */
  crash(): Promise<void>
  /** Ends as on SIGTERM: calls get Hangup and Cdr, actions are refused for `lingerMs`, Shutdown, then the port closes. */
  shutdown(lingerMs?: number): Promise<void>
  /** After `crash` or `shutdown`: a new start on the same port, with a new boot time. */
  start(): Promise<void>
  close(): Promise<void>
}

/**
 * Starts an AMI server that behaves like Asterisk 22 with the EVS dialplan kit.
 * @throws TypeError when an account, phone or option is not usable; the message names the field.
 */
export async function startPbxSimulator(options: SimulatorOptions): Promise<PbxSimulator> {
  if (options.accounts.length === 0)
    throw new TypeError('accounts is empty: give at least one manager account')
  for (const account of options.accounts) permissionsOf(account)
  const random = seededRandom(options.seed ?? 1)
  const virtual =
    options.clock === 'virtual' ? new VirtualClock(options.startMs ?? DEFAULT_START_MS) : undefined
  const clock = virtual ?? new RealClock(options.timeScale)
  const taps = new Set<(event: AmiEvent) => void>()
  const outbox = new Outbox(clock, random.fork('order'), events => {
    for (const listener of taps) for (const event of events) listener(event)
    server.broadcast(events)
  })
  const pbx = new Pbx({
    clock,
    random,
    outbox,
    channelvars: options.channelvars ?? ['EVS_CALL_ID', 'EVS_LEG'],
    handDial: handDialRules(options)
  })
  pbx.unattended = (channel, signal) => unattended(pbx, channel, signal)
  furnish(pbx, options)
  const context: ActionContext = { pbx, accounts: options.accounts }
  const server = new AmiServer(context, random.fork('faults'))
  const host = options.host ?? '127.0.0.1'
  const port = await server.listen(host, options.port ?? 0)

  const needVirtual = (name: string): VirtualClock => {
    if (virtual) return virtual
    throw new TypeError(`${name}() moves a virtual clock; start the simulator with clock: 'virtual'`)
  }
  const advanceTo = async (time: VirtualClock, targetMs: number): Promise<void> => {
    await server.settle()
    for (let next = time.nextAtMs(); next !== undefined && next <= targetMs; next = time.nextAtMs()) {
      const before = server.activity
      time.runTo(next)
      if (server.activity !== before) await server.settle()
    }
    time.runTo(targetMs)
  }
  const change = <T>(act: () => T): T => {
    const result = act()
    outbox.flush()
    return result
  }
  const deliveries = () => [...server.sessions].map(session => session.delivery)

  return {
    port,
    host,
    nowMs: () => clock.nowMs(),
    async advance(ms) {
      const time = needVirtual('advance')
      await advanceTo(time, time.nowMs() + ms)
    },
    async runUntilIdle() {
      const time = needVirtual('runUntilIdle')
      await server.settle()
      while (!time.idle()) {
        const next = time.nextAtMs()
        if (next === undefined) break
        await advanceTo(time, next)
      }
    },
    phone: (extension, behaviour) => change(() => phoneControl(pbx, change, extension, behaviour)),
    trunk: name => trunkControl(pbx, change, name),
    farEnd: channel => farEndControl(pbx, change, channel),
    channels: () => [...pbx.channels.values()].map(channelView),
    calls: () => callViews([...pbx.channels.values()]),
    cdr: () => [...pbx.cdrRows],
    invites: () => [...pbx.invites],
    tap(listener) {
      taps.add(listener)
      return () => taps.delete(listener)
    },
    connections: () => server.sessions.size,
    dropConnections: () => {
      for (const delivery of deliveries()) delivery.cut()
    },
    cutAfterPackets: packets => {
      for (const delivery of deliveries()) delivery.cutAfter(packets)
    },
    cutMidPacket: () => {
      for (const delivery of deliveries()) delivery.cutInsideNext()
    },
    freezeConnections: () => {
      for (const session of server.sessions) session.freeze()
    },
    slowWrites: bytes => {
      server.faults.chunkBytes = bytes
    },
    duplicateEvents: chance => {
      server.faults.duplicateEvents = chance
    },
    async crash() {
      pbx.forgetEverything()
      await server.stop(true)
    },
    async shutdown(lingerMs = 1000) {
      server.shuttingDown = true
      change(() => endEverything(pbx))
      const lingered = new Promise<void>(resolve => {
        pbx.clock.after(lingerMs, resolve)
      })
      if (virtual) await advanceTo(virtual, virtual.nowMs() + lingerMs)
      await lingered
      change(() => outbox.add('Shutdown', 'system', 'Shutdown: Cleanly\r\nRestart: False\r\n'))
      await server.stop(false)
    },
    async start() {
      if (server.listening) throw new TypeError('the simulator is running; crash() or shutdown() it first')
      server.shuttingDown = false
      pbx.bootMs = clock.nowMs()
      await server.listen(host, port)
    },
    async close() {
      pbx.forgetEverything()
      clock.close()
      await server.stop(true)
    }
  }
}

/** AST_SOFTHANGUP_SHUTDOWN, 4: what a channel is told when Asterisk goes down. */
function endEverything(pbx: Pbx): void {
  const legs: Channel[] = [...pbx.channels.values()]
  for (const leg of legs) {
    if (leg.gone) continue
    pbx.channelEvent('SoftHangupRequest', leg, 'Cause: 4\r\n')
    pbx.signal(leg, { kind: 'kicked', cause: 0 })
  }
}

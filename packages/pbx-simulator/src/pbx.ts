import type { Bridge } from './bridge.ts'
import { causeName, techCauseOf } from './causes.ts'
import { CdrChain, type CdrRow } from './cdr.ts'
import { type Channel, type ChannelState, createChannel, type Party, type Signal } from './channel.ts'
import type { Clock } from './clock.ts'
import type { HandDialRules } from './contexts/outbound.ts'
import { customer } from './customers.ts'
import { type DialTarget, Endpoints } from './endpoints.ts'
import { FarEnd } from './far-end.ts'
import type { Outbox } from './outbox.ts'
import { phone, silence } from './phones.ts'
import { EventPublisher } from './publisher.ts'
import { type Random, randomUuid } from './random.ts'
import { Interruption } from './thread.ts'

/** An INVITE that left for a phone or a gateway: what the far side was shown. */
export interface Invite {
  atMs: number
  channel: string
  uniqueid: string
  /** Name of the phone's or trunk's endpoint. */
  endpoint: string
  number: string
  callerId: string
}

/** How many CDR rows and INVITEs are kept for inspection. */
const KEPT = 10_000

export interface PbxOptions {
  clock: Clock
  random: Random
  outbox: Outbox
  channelvars: readonly string[]
  handDial: HandDialRules
}

/** The switch: channels, bridges and the events they cause. Behaviour lives in the scripts that use it. */
export class Pbx extends EventPublisher {
  readonly clock: Clock
  readonly random: Random
  readonly handDial: HandDialRules
  readonly endpoints = new Endpoints()
  readonly channels = new Map<string, Channel>()
  readonly bridges = new Set<Bridge>()
  readonly globals = new Map<string, string>()
  /** Asterisk's own database, as far as it holds the rules for hand-dialled numbers (evs-rules). A restart leaves it. */
  handDialStopped = false
  readonly cdrRows: CdrRow[] = []
  readonly invites: Invite[] = []
  /** Set by the simulator: what happens to a channel nobody reads. */
  unattended: (channel: Channel, signal: Signal) => void = () => {}
  bootMs: number
  readonly #byUniqueid = new Map<string, Channel>()
  #life = 0
  #channelNumber = 0
  #uniqueNumber = 0
  #cdrNumber = 0

  constructor(options: PbxOptions) {
    super(options.outbox, options.channelvars)
    this.clock = this.#endingInstants(options.clock)
    this.random = options.random
    this.handDial = options.handDial
    this.bootMs = options.clock.nowMs()
  }

  /** Context evs-rules: what the server says of numbers that phones dial; the classes are the policy's here. */
  keepRules(variables: ReadonlyMap<string, string>): void {
    this.handDialStopped = variables.get('__EVS_RULE_STOPPED') === '1'
  }

  /** Calls that have begun since the start. */
  get processedCalls(): number {
    return this.#channelNumber
  }

  /** By name or, as Asterisk does it, by Uniqueid. */
  find(nameOrUniqueid: string): Channel | undefined {
    return this.channels.get(nameOrUniqueid) ?? this.#byUniqueid.get(nameOrUniqueid)
  }

  /** Makes a channel and says so; `calling` is the channel that dials it. */
  newChannel(
    target: DialTarget,
    init: { uniqueid?: string; calling?: Channel; state?: ChannelState; caller?: Party; exten?: string }
  ): Channel {
    const nowMs = this.clock.nowMs()
    const endpoint = target.endpoint
    const uniqueid = init.uniqueid || `${Math.floor(nowMs / 1000)}.${this.#uniqueNumber++}`
    const channel = createChannel({
      name: `PJSIP/${endpoint.id}-${(this.#channelNumber++).toString(16).padStart(8, '0')}`,
      uniqueid,
      linkedid: init.calling?.linkedid ?? uniqueid,
      endpoint,
      random: init.calling?.random ?? this.random.fork(uniqueid),
      createdAtMs: nowMs,
      state: init.state ?? 0,
      caller:
        init.caller ??
        (endpoint.kind === 'phone' ? { num: endpoint.id, name: endpoint.callerName } : { num: '', name: '' }),
      context: endpoint.context,
      exten: init.exten ?? 's'
    })
    if (!init.calling) channel.cdr = new CdrChain(channel, () => this.#cdrNumber++)
    this.channels.set(channel.name, channel)
    this.#byUniqueid.set(uniqueid, channel)
    this.channelEvent('Newchannel', channel)
    return channel
  }

  /** Sends the INVITE of a channel; what the far end does arrives as signals. */
  invite(channel: Channel, target: DialTarget, callerId: string): void {
    const farEnd = new FarEnd(channel, { number: target.number, callerId }, this.clock, (leg, signal) =>
      this.signal(leg, signal)
    )
    channel.farEnd = farEnd
    keep(this.invites, {
      atMs: this.clock.nowMs(),
      channel: channel.name,
      uniqueid: channel.uniqueid,
      endpoint: target.endpoint.id,
      number: target.number,
      callerId
    })
    const endpoint = target.endpoint
    // now and then the 180 is as quick as our own bookkeeping: DialBegin then comes after Newstate Ringing
    const latencyMs = channel.random.chance(0.03) ? 0 : channel.random.between(20, 60) / 10
    this.clock.after(latencyMs, () => {
      farEnd.play(
        endpoint.kind === 'phone'
          ? phone(farEnd, endpoint.behaviour)
          : endpoint.state === 'silent'
            ? silence(farEnd)
            : customer(farEnd)
      )
    })
  }

  /** Hands what happened to a leg to whoever reads it. */
  signal(channel: Channel, signal: Signal): void {
    if (channel.gone) return
    if (channel.listener) channel.listener(signal)
    else this.unattended(channel, signal)
  }

  setState(channel: Channel, state: ChannelState): void {
    channel.state = state
    if (state === 6) channel.cdr?.answered(this.clock.nowMs())
    this.channelEvent('Newstate', channel)
    if (state === 6) channel.onAnswer?.()
  }

  /** The far end ended the call: HangupRequest, with the SIP code when there was one. */
  farEndHungUp(channel: Channel, cause: number, techCause: number | undefined): void {
    channel.cause = cause
    channel.techCause = techCause
    this.channelEvent('HangupRequest', channel, `Cause: ${cause}\r\n${tech(techCause)}`)
  }

  /** Ends a channel: Hangup, its CDR rows, its far end. `unanswered` is the CDR's disposition if it never was up. */
  end(channel: Channel, cause: number, unanswered: CdrRow['disposition'] = 'NO ANSWER'): void {
    if (channel.gone) return
    channel.cause = cause
    channel.techCause ??= techCauseOf(cause)
    const rows = channel.cdr?.close(this.clock.nowMs(), unanswered) ?? []
    const cdrFirst = channel.random.chance(0.79) // counted: 99 of 125
    if (cdrFirst) this.#sayCdr(channel, rows, false)
    channel.gone = true
    this.channels.delete(channel.name)
    this.#byUniqueid.delete(channel.uniqueid)
    const causes = `Cause: ${cause}\r\nCause-txt: ${causeName(cause)}\r\n${tech(channel.techCause)}`
    this.channelEvent('Hangup', channel, causes, {
      lanes: [channel.uniqueid],
      behind: [`d:${channel.uniqueid}`],
      shift: channel.random.next() * (channel.random.chance(0.15) ? 8 : 2.2) // the legs' Hangups come in either order
    })
    if (!cdrFirst) this.#sayCdr(channel, rows, true)
    channel.farEnd?.ended()
    for (const ended of channel.onEnd) ended()
  }

  newBridge(random: Random): Bridge {
    const bridge: Bridge = { id: randomUuid(random), technology: 'simple_bridge', channels: [] }
    this.bridges.add(bridge)
    return bridge
  }

  enter(bridge: Bridge, channel: Channel, behind: readonly string[] = []): void {
    if (bridge.channels.length === 0) this.bridgeEvent('BridgeCreate', bridge, undefined, behind)
    bridge.channels.push(channel)
    channel.bridge = bridge
    this.bridgeEvent('BridgeEnter', bridge, channel, behind)
  }

  leave(channel: Channel): void {
    const bridge = channel.bridge
    if (!bridge) return
    channel.bridge = undefined
    bridge.channels.splice(bridge.channels.indexOf(channel), 1)
    this.bridgeEvent('BridgeLeave', bridge, channel)
    if (bridge.channels.length > 0) return
    this.bridges.delete(bridge)
    this.bridgeEvent('BridgeDestroy', bridge, undefined, [], channel.random.next() * 1.5)
  }

  #sayCdr(channel: Channel, rows: readonly CdrRow[], late: boolean): void {
    for (const row of rows) {
      keep(this.cdrRows, row)
      this.cdrEvent(channel, row, late)
    }
  }

  /** A clock after each of whose tasks the events of the instant go out; what was planned before a crash is forgotten. */
  #endingInstants(clock: Clock): Clock {
    return {
      nowMs: () => clock.nowMs(),
      after: (delayMs, task, options) => {
        const life = this.#life
        const run = (): void => {
          if (life !== this.#life) return
          task()
          this.outbox.flush()
        }
        return clock.after(delayMs, run, options)
      },
      close: () => clock.close()
    }
  }

  /** Power failure: everything is gone and nobody is told. */
  forgetEverything(): void {
    this.#life++
    const all = [...this.channels.values()]
    for (const channel of all) channel.gone = true
    for (const channel of all) {
      channel.listener = undefined
      channel.farEnd?.ended()
      channel.thread.interrupt(new Interruption('hangup'))
    }
    this.channels.clear()
    this.#byUniqueid.clear()
    this.bridges.clear()
    this.globals.clear()
    this.outbox.discard()
  }
}

function tech(code: number | undefined): string {
  return code === undefined ? '' : `TechCause: ${code}\r\n`
}

function keep<T>(list: T[], entry: T): void {
  list.push(entry)
  if (list.length > KEPT) list.splice(0, KEPT / 10)
}

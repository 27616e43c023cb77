import type { Bridge } from './bridge.ts'
import type { CdrChain } from './cdr.ts'
import type { Endpoint } from './endpoints.ts'
import type { FarEnd } from './far-end.ts'
import type { Random } from './random.ts'
import { Thread } from './thread.ts'
import type { Variables } from './variables.ts'

/** Asterisk's numbers: down, ringing our phone (incoming), ringing the far end, answered. */
export type ChannelState = 0 | 4 | 5 | 6

export interface Party {
  /** '' stands for <unknown>. */
  num: string
  name: string
}

/** What the far end does, and what AMI Hangup does to a leg that somebody waits for. */
export type Signal =
  | { kind: 'ringing' }
  | { kind: 'progress' }
  | { kind: 'answer' }
  | { kind: 'digit'; digit: string }
  | { kind: 'hold' }
  | { kind: 'unhold' }
  | { kind: 'hangup'; cause: number; techCause?: number | undefined }
  | { kind: 'kicked'; cause: number }

export interface Channel {
  readonly name: string
  readonly uniqueid: string
  readonly linkedid: string
  readonly endpoint: Endpoint
  readonly random: Random
  readonly createdAtMs: number
  readonly variables: Variables
  readonly thread: Thread
  /** `Account:` of the Originate, inherited by what the channel dials. */
  account: string
  state: ChannelState
  caller: Party
  connected: Party
  context: string
  exten: string
  priority: number
  application: string
  applicationData: string
  /** Set by the script that reads this channel; without one the channel's own rules apply. */
  listener: ((signal: Signal) => void) | undefined
  farEnd: FarEnd | undefined
  bridge: Bridge | undefined
  cdr: CdrChain | undefined
  /** False for an originated channel that runs one application and has no dialplan. */
  pbx: boolean
  cause: number
  techCause: number | undefined
  /** Where a Redirect sends it. */
  redirectTo: { context: string; exten: string } | undefined
  recording: boolean
  /** Runs when the leg ends before its dialplan does. */
  hangupHandler: (() => void) | undefined
  /** What a caller from outside does once he is answered. */
  onAnswer: (() => void) | undefined
  onEnd: Array<() => void>
  gone: boolean
}

export const STATE_NAMES: Record<ChannelState, string> = { 0: 'Down', 4: 'Ring', 5: 'Ringing', 6: 'Up' }

/** The block of header lines that describes a channel on nearly every event. `prefix` is '' or 'Dest' and the like. */
export function snapshot(channel: Channel, channelvars: readonly string[], prefix = ''): string {
  const p = prefix
  let text =
    `${p}Channel: ${channel.name}\r\n` +
    `${p}ChannelState: ${channel.state}\r\n` +
    `${p}ChannelStateDesc: ${STATE_NAMES[channel.state]}\r\n` +
    `${p}CallerIDNum: ${channel.caller.num || '<unknown>'}\r\n` +
    `${p}CallerIDName: ${channel.caller.name || '<unknown>'}\r\n` +
    `${p}ConnectedLineNum: ${channel.connected.num || '<unknown>'}\r\n` +
    `${p}ConnectedLineName: ${channel.connected.name || '<unknown>'}\r\n` +
    `${p}Language: en\r\n` +
    `${p}AccountCode: ${channel.account}\r\n` +
    `${p}Context: ${channel.context}\r\n` +
    `${p}Exten: ${channel.exten}\r\n` +
    `${p}Priority: ${channel.priority}\r\n` +
    `${p}Uniqueid: ${channel.uniqueid}\r\n` +
    `${p}Linkedid: ${channel.linkedid}\r\n`
  for (const name of channelvars) {
    text += `${p}ChanVariable: ${name}=${channel.variables.get(name)?.value ?? ''}\r\n`
  }
  return text
}

/** Puts a channel at a place of the dialplan. */
export function at(channel: Channel, context: string, exten: string, priority: number): void {
  channel.context = context
  channel.exten = exten
  channel.priority = priority
}

/** Value of a channel variable, '' when it is not set. */
export function variable(channel: Channel, name: string): string {
  return channel.variables.get(name)?.value ?? ''
}

export type NewChannel = Pick<
  Channel,
  'name' | 'uniqueid' | 'linkedid' | 'endpoint' | 'random' | 'createdAtMs'
> & {
  state: ChannelState
  caller: Party
  context: string
  exten: string
}

/** A channel as it is right after its creation: no variables, no account, nobody reading it. */
export function createChannel(init: NewChannel): Channel {
  return {
    name: init.name,
    uniqueid: init.uniqueid,
    linkedid: init.linkedid,
    endpoint: init.endpoint,
    random: init.random,
    createdAtMs: init.createdAtMs,
    state: init.state,
    caller: init.caller,
    context: init.context,
    exten: init.exten,
    variables: new Map(),
    thread: new Thread(),
    account: '',
    connected: { num: '', name: '' },
    priority: 1,
    application: '',
    applicationData: '',
    listener: undefined,
    farEnd: undefined,
    bridge: undefined,
    cdr: undefined,
    pbx: false,
    cause: 0,
    techCause: undefined,
    redirectTo: undefined,
    recording: false,
    hangupHandler: undefined,
    onAnswer: undefined,
    onEnd: [],
    gone: false
  }
}

import { type Bridge, bridgeLines } from './bridge.ts'
import { type CdrRow, cdrLines } from './cdr.ts'
import { type Channel, snapshot } from './channel.ts'
import type { Outbox, Place } from './outbox.ts'

/** Says what happens, with the header sets and on the topics of the real thing. */
export class EventPublisher {
  readonly outbox: Outbox
  readonly channelvars: readonly string[]

  constructor(outbox: Outbox, channelvars: readonly string[]) {
    this.outbox = outbox
    this.channelvars = channelvars
  }

  /** An event about one channel; `extra` are further header lines, each ended by CRLF. */
  channelEvent(name: string, channel: Channel, extra = '', place?: Place): void {
    const body = snapshot(channel, this.channelvars) + extra
    this.outbox.add(name, 'call', body, place ?? { lanes: [channel.uniqueid] })
  }

  /** DialBegin, DialState, DialEnd: about the dialled leg and, unless it was originated, the dialling one. */
  dialEvent(name: string, calling: Channel | undefined, dialled: Channel, extra: string, shift = 0): void {
    const lanes = [`d:${dialled.uniqueid}`]
    if (calling && name !== 'DialState') lanes.push(calling.uniqueid)
    const from = calling ? snapshot(calling, this.channelvars) : ''
    this.outbox.add(name, 'call', from + snapshot(dialled, this.channelvars, 'Dest') + extra, {
      lanes,
      behind: name === 'DialState' ? [] : [dialled.uniqueid],
      shift
    })
  }

  userEvent(channel: Channel, name: string, fields: Record<string, string | number>): void {
    let text = `${snapshot(channel, this.channelvars)}UserEvent: ${name}\r\n`
    for (const [field, value] of Object.entries(fields)) text += `${field}: ${value}\r\n`
    this.outbox.add('UserEvent', 'user', text, { lanes: [channel.uniqueid] })
  }

  /** BridgeCreate, BridgeEnter, BridgeLeave, BridgeDestroy; the last may lag behind what follows it. */
  bridgeEvent(
    name: string,
    bridge: Bridge,
    channel?: Channel,
    behind: readonly string[] = [],
    shift = 0
  ): void {
    const lanes = [`b:${bridge.id}`]
    if (channel) lanes.push(channel.uniqueid)
    const body = bridgeLines(bridge) + (channel ? snapshot(channel, this.channelvars) : '')
    this.outbox.add(name, 'call', body, { lanes, behind, shift })
  }

  /** `late`: after everything said about the channel so far, its Hangup included. */
  cdrEvent(channel: Channel, row: CdrRow, late: boolean): void {
    this.outbox.add('Cdr', 'cdr', cdrLines(row), {
      lanes: [`cdr:${channel.uniqueid}`],
      behind: late ? [channel.uniqueid] : [],
      shift: -channel.random.next() * 1.3
    })
  }
}

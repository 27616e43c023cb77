import { header } from '../link/packet.ts'
import { leaveBridges } from './bridges.ts'
import { readChannelId } from './channel-id.ts'
import { bind, markSpy, relink } from './correlation.ts'
import { channelVariable, endpointOf, isLocal, isMachine, numberOf, type Told, textOf } from './fields.ts'
import { endHeldLeg, heldServes } from './held.ts'
import { newLeg, roleOf } from './legs.ts'
import type { Call, Channel, InterpreterState, Leg } from './state.ts'
import type { CallFact } from './types.ts'

/** How a channel began. */
export type ChannelBeginning = Pick<Channel, 'uniqueid' | 'name' | 'linkedid' | 'incoming' | 'createdAtMs'>

/** One event on its way through the interpreter. */
export interface Step {
  state: InterpreterState
  packet: Told
  atMs: number
  touched: Set<Call>
  facts: CallFact[]
}

/** The channel an event speaks of, with what the event's variables say of its call and role. */
export function touch(step: Step, side: '' | 'Dest'): Channel | undefined {
  const { state, packet, atMs, touched } = step
  const channel = state.channels.get(header(packet, side === '' ? 'Uniqueid' : 'DestUniqueid') ?? '')
  if (!channel || channel.spy) return undefined
  const legVariable = channelVariable(packet, 'EVS_LEG', side)
  if (legVariable === 'supervisor') {
    markSpy(state, channel)
    return undefined
  }
  // Most events come when the call is known, and then its id is not looked for.
  if (channel.held || !channel.call || channel.call.foreign) {
    const callId = channelVariable(packet, 'EVS_CALL_ID', side)
    if (!channel.held) bind(state, channel, callId)
    else for (const call of heldServes(state, channel, callId, atMs)) touched.add(call)
  }
  const linkedid = textOf(packet, side === '' ? 'Linkedid' : 'DestLinkedid')
  if (linkedid !== undefined && linkedid !== channel.linkedid) relink(state, channel, linkedid)
  learnRole(step, channel, legVariable)
  if (channel.call) touched.add(channel.call)
  return channel
}

function learnRole(step: Step, channel: Channel, legVariable: string | undefined): void {
  const leg = channel.leg
  if (!leg || leg.role !== undefined || channel.held) return
  const role = roleOf(step.state, channel, legVariable)
  if (role !== undefined) leg.role = role
}

/** Begins to know a channel, unless it is a machine or known already. */
export function seeChannel(step: Step, seen: ChannelBeginning): void {
  const { state, packet } = step
  const known = state.channels.get(seen.uniqueid)
  if (isMachine(seen.name)) return
  if (known && !known.ended) {
    sawEarlier(known, seen.createdAtMs, seen.incoming)
    return
  }
  const channel = newChannel(state, seen)
  if (!channel.local && !channel.held) {
    channel.leg = newLeg(channel, seen.createdAtMs)
    const caller = seen.incoming ? numberOf(header(packet, 'CallerIDNum')) : undefined
    if (caller) channel.leg.number = caller
  }
  state.channels.set(seen.uniqueid, channel)
}

/** A channel of which nothing is known but how it began. */
export function newChannel(
  state: InterpreterState,
  { uniqueid, name, linkedid, incoming, createdAtMs }: ChannelBeginning
): Channel {
  const own = readChannelId(uniqueid)
  const endpoint = endpointOf(name)
  // Written out in full: it is made for every phone that rings, and copying what was seen costs ten times as much.
  return {
    uniqueid,
    name,
    linkedid,
    own,
    endpoint,
    trunk: state.isTrunk(endpoint),
    local: isLocal(name),
    held: own?.kind === 'held',
    spy: own?.kind === 'spy',
    incoming,
    originated: false,
    stays: [],
    createdAtMs,
    mark: state.mark,
    ended: false,
    unsure: false
  }
}

/** Its Newchannel was held back while a snapshot showed the channel: the event knows better. */
function sawEarlier(channel: Channel, createdAtMs: number, incoming: boolean): void {
  if (createdAtMs >= channel.createdAtMs) return
  channel.createdAtMs = createdAtMs
  channel.incoming = incoming
  if (channel.leg && !channel.held) channel.leg.createdAtMs = createdAtMs
  if (channel.call) channel.call.startedAtMs = Math.min(channel.call.startedAtMs, createdAtMs)
}

/** A channel is gone: its leg ends, its stays in bridges end. */
export function endChannel(
  state: InterpreterState,
  channel: Channel,
  atMs: number,
  cause: number | undefined,
  techCause: string | undefined
): void {
  const leg = channel.leg
  if (channel.ended) {
    if (leg?.estimated && cause !== undefined) endExactly(channel, leg, { atMs, cause, techCause })
    return
  }
  channel.ended = true
  leaveBridges(state, channel, atMs)
  if (!leg) return
  if (cause !== undefined) leg.cause = cause
  if (techCause !== undefined) leg.techCause = techCause
  if (channel.held) endHeldLeg(channel, atMs)
  else leg.endedAtMs ??= atMs
}

/** A Hangup held back while the PBX was asked tells what was only estimated from the answer. */
function endExactly(
  channel: Channel,
  leg: Leg,
  end: { atMs: number; cause: number; techCause: string | undefined }
): void {
  leg.estimated = false
  leg.endedAtMs = end.atMs
  leg.cause = end.cause
  if (end.techCause !== undefined) leg.techCause = end.techCause
  for (const stay of channel.stays) {
    if (!stay.guessed) continue
    stay.toMs = Math.max(stay.fromMs, end.atMs)
    delete stay.guessed
  }
}

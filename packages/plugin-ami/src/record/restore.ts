import { type AmiPacket, header } from '../link/packet.ts'
import { enterBridge, leaveBridges } from './bridges.ts'
import { directionOf, legRecord } from './build-record.ts'
import { readChannelId } from './channel-id.ts'
import { endChannel, type Step, seeChannel, touch } from './channels.ts'
import { isClosed } from './correlation.ts'
import { channelVariable, isLocal, type Told, textOf, wholeNumber } from './fields.ts'
import { handCallFact, isDialledByHand } from './hand-call.ts'
import { keepLeg } from './held.ts'
import { roleByEndpoint, setEarliest } from './legs.ts'
import { listeningFact } from './listening.ts'
import { rebuildCall, restoredBridgeId } from './rebuild.ts'
import { settle } from './sealing.ts'
import type { Call, Channel, InterpreterState } from './state.ts'
import { callTimes } from './timing.ts'
import type { CallFact, OpenCall } from './types.ts'
import { waitingLegEnded, waitingLegFact } from './waiting-leg.ts'

/** What the PBX shows after a gap. */
export interface Snapshot {
  /** When it was asked for, milliseconds since 1970. */
  atMs: number
  /** The rows of `CoreShowChannels`, of `Status`, or of both. */
  channels: readonly AmiPacket[]
  /** When the connection was lost: the latest moment at which what we knew was still true. */
  lostAtMs?: number
}

/** Calls that are going on, as far as they are known: what a process must keep to go on after a restart. */
export function openCalls(state: InterpreterState, nowMs: number): OpenCall[] {
  const open: OpenCall[] = []
  for (const call of state.calls.values()) {
    if (call.over) continue
    const shown = call.legs.findLast(leg => leg.role === 'customer')?.shownCallerId
    open.push({
      callId: call.callId,
      foreign: call.foreign,
      direction: directionOf(call),
      startedAtMs: Math.round(call.startedAtMs),
      lastFactAtMs: Math.round(call.lastFactAtMs),
      ...(call.acceptedAtMs === undefined ? {} : { agentAcceptedAtMs: Math.round(call.acceptedAtMs) }),
      ...(call.acceptedBy === undefined ? {} : { acceptedBy: call.acceptedBy }),
      ...(call.recorded ? { recorded: true } : {}),
      ...(call.notAccepted === undefined ? {} : { notAccepted: call.notAccepted }),
      ...(shown === undefined ? {} : { callerIdPresented: shown }),
      holdMs: callTimes(call, nowMs).holdMs,
      legs: call.legs.filter(leg => leg.role !== undefined).map(leg => legRecord(leg, nowMs))
    })
  }
  return open
}

/** Call it when the connection is lost: channels known until now may be gone when it is back. */
export function markGap(state: InterpreterState): void {
  for (const channel of state.channels.values()) channel.unsure = true
}

/**
 * Brings the state in line with the PBX after a gap. Calls that are still up go on, and their later end is exact.
 * Calls that are gone yield `ended` with `endQuality: 'estimated'` and all that was known; their end is `lostAtMs`, or
 * the time of their last fact. Channels that began or ended by an event since the gap are left as the events say.
 * @param known calls known to be open, from `openCalls` or the database; those that `state` has itself are passed over
 */
export function restore(state: InterpreterState, known: readonly OpenCall[], snapshot: Snapshot): CallFact[] {
  const touched = new Set<Call>()
  for (const open of known) {
    if (state.calls.has(open.callId) || isClosed(state, open.callId, snapshot.atMs)) continue
    touched.add(rebuildCall(state, open))
  }
  const facts: CallFact[] = []
  const listed = new Set<string>()
  for (const row of snapshot.channels) {
    const uniqueid = textOf(row, 'Uniqueid')
    if (uniqueid === undefined || state.recentHangups.has(uniqueid)) continue
    listed.add(uniqueid)
    const step = applyRow(state, row, uniqueid, snapshot.atMs)
    for (const call of step.touched) touched.add(call)
    facts.push(...step.facts)
  }
  for (const channel of [...state.channels.values()]) {
    if (!channel.unsure) continue
    if (!listed.has(channel.uniqueid) && !channel.ended) {
      facts.push(...waitingLegEnded(channel, snapshot.atMs, undefined))
      facts.push(...handCallFact(channel, 'ended', snapshot.atMs))
      facts.push(...listeningFact(channel.uniqueid, 'ended', snapshot.atMs))
    }
    if (channel.call) touched.add(channel.call)
    if (!listed.has(channel.uniqueid)) gone(state, channel, snapshot)
    channel.unsure = false
  }
  for (const call of touched) settle(state, call, snapshot.atMs, facts)
  return facts
}

function gone(state: InterpreterState, channel: Channel, snapshot: Snapshot): void {
  if (channel.ended) return
  const exact = state.recentHangups.get(channel.uniqueid)
  const leg = channel.leg
  if (exact) endChannel(state, channel, exact.atMs, exact.cause, exact.techCause)
  else {
    const lastKnown = Math.max(channel.createdAtMs, leg?.answeredAtMs ?? 0, leg?.bridgedAtMs ?? 0)
    if (leg) leg.estimated = true
    for (const stay of channel.stays) if (stay.toMs === undefined) stay.guessed = true
    const at = Math.max(lastKnown, snapshot.lostAtMs ?? channel.call?.lastFactAtMs ?? 0)
    endChannel(state, channel, at, undefined, undefined)
  }
  if (!channel.call) state.channels.delete(channel.uniqueid)
}

function applyRow(state: InterpreterState, row: AmiPacket, uniqueid: string, atMs: number): Step {
  const step: Step = { state, packet: row, atMs, touched: new Set(), facts: [] }
  if (!state.channels.has(uniqueid)) meet(step, uniqueid)
  const met = state.channels.get(uniqueid)
  if (met && !met.held && waitsForCalls(row, uniqueid)) {
    if (met.leg) met.leg.estimated = true
    for (const call of keepLeg(met, atMs)) step.touched.add(call)
  }
  const before = state.channels.get(uniqueid)?.leg
  const channel = touch(step, '')
  if (!channel || channel.ended) return step
  if (isDialledByHand(channelVariable(row, 'EVS_CALL_ID', ''), uniqueid)) {
    channel.byHand = true
    step.facts.push(...handCallFact(channel, 'began', atMs))
  }
  // A held leg that serves another call now left the former one while nobody watched.
  if (before && channel.leg !== before && channel.held) before.estimated = true
  if (channel.held && !channel.call && header(row, 'Context') === 'evs-held') {
    const waits = waitingLegFact(channel, channel.own?.kind === 'held' ? 'ready' : 'kept', atMs)
    if (waits) step.facts.push(waits) // `EvsHeldReady` may have fallen into the gap
  }
  const leg = channel.leg
  if (leg) {
    leg.role ??= roleByEndpoint(channel)
    if (header(row, 'ChannelState') === '5') setEarliest(leg, 'ringingAtMs', atMs)
    if (header(row, 'ChannelState') === '6') setEarliest(leg, 'answeredAtMs', atMs)
  }
  const bridgeId = textOf(row, 'BridgeId') ?? textOf(row, 'BridgeID')
  if (bridgeId === undefined) {
    if ((header(row, 'BridgeId') ?? header(row, 'BridgeID')) !== undefined) leaveBridges(state, channel, atMs)
  } else {
    adoptBridge(state, channel, bridgeId)
    for (const call of enterBridge(state, channel, bridgeId, atMs)) step.touched.add(call)
  }
  return step
}

/** An agent's leg that was kept after its own call: it stands in evs-held, or carries another call's id. */
function waitsForCalls(row: AmiPacket, uniqueid: string): boolean {
  const own = readChannelId(uniqueid)
  if (own?.kind !== 'agent') return false
  if (header(row, 'Context') === 'evs-held') return true
  const callId = channelVariable(row, 'EVS_CALL_ID', '')
  return callId !== undefined && callId !== '' && callId !== own.id
}

/** The rebuilt call's bridge gets the id by which later events will speak of it. */
function adoptBridge(state: InterpreterState, channel: Channel, bridgeId: string): void {
  const bridge = channel.stays.find(stay => stay.toMs === undefined)?.bridge
  if (!bridge || !channel.call || bridge.id !== restoredBridgeId(channel.call.callId)) return
  state.bridges.delete(bridge.id)
  bridge.id = bridgeId
  state.bridges.set(bridgeId, bridge)
}

/** A channel that began in the gap. Its row tells its age, but not whether it called or was called. */
function meet(step: Step, uniqueid: string): void {
  const { packet, atMs } = step
  const name = textOf(packet, 'Channel')
  if (name === undefined) return
  const linkedid = textOf(packet, 'Linkedid') ?? uniqueid
  seeChannel(step, {
    uniqueid,
    name,
    linkedid,
    incoming: uniqueid === linkedid && !readChannelId(uniqueid) && !isLocal(name),
    createdAtMs: atMs - ageS(packet) * 1000
  })
}

/** `Duration: 00:00:03` of CoreShowChannels, `Seconds: 3` of Status. */
function ageS(row: Told): number {
  const seconds = wholeNumber(header(row, 'Seconds'))
  if (seconds !== undefined) return seconds
  const [h = 0, m = 0, s = 0] = (header(row, 'Duration') ?? '').split(':').map(part => wholeNumber(part) ?? 0)
  return h * 3600 + m * 60 + s
}

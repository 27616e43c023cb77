import { isOwnCallId, readChannelId } from './channel-id.ts'
import { joinCalls } from './join-calls.ts'
import { addToCall } from './legs.ts'
import { type Call, type Channel, CLOSED_MS, type InterpreterState } from './state.ts'

/** The call with this id, made if it is new. */
export function callOf(state: InterpreterState, callId: string, foreign: boolean, atMs: number): Call {
  const known = state.calls.get(callId)
  if (known) return known
  const call: Call = {
    callId,
    foreign,
    startedAtMs: atMs,
    lastFactAtMs: atMs,
    mark: state.mark,
    linkedids: new Set(),
    channels: new Set(),
    legs: [],
    holds: [],
    transfers: [],
    holdBeforeMs: 0,
    queued: false,
    confirmAsked: false,
    recorded: false,
    failedOriginates: new Map(),
    over: false,
    lateNews: false
  }
  state.calls.set(callId, call)
  return call
}

/** True when a finished call with this id was forgotten a short time ago. */
export function isClosed(state: InterpreterState, callId: string, nowMs: number): boolean {
  const closedAt = state.closedCalls.get(callId)
  return closedAt !== undefined && nowMs - closedAt < CLOSED_MS
}

/**
 * Finds the call of a channel that has none yet: the call id among its variables, its own Uniqueid, the Linkedid of a
 * known call, and last a foreign call of that Linkedid. The Linkedid of a held leg is the same for all calls of a
 * shift and says nothing: such a channel waits for its variable (asterisk.md §10).
 */
export function correlate(
  state: InterpreterState,
  channel: Channel,
  callId: string | undefined
): Call | undefined {
  const at = channel.createdAtMs
  if (isOwnCallId(callId)) return callOf(state, callId, false, at)
  const { own } = channel
  if (own)
    return own.kind === 'agent' || own.kind === 'customer' ? callOf(state, own.id, false, at) : undefined
  const linked = readChannelId(channel.linkedid)
  if (linked?.kind === 'held' || state.channels.get(channel.linkedid)?.held) return undefined
  const known = state.callByLinkedid.get(channel.linkedid)
  if (known) return known
  if (linked && linked.kind !== 'spy') return callOf(state, linked.id, false, at)
  if (linked) return undefined
  return callOf(state, `foreign:${channel.linkedid}`, true, at)
}

/**
 * Gives a channel its call. Grouping is transitive: when a channel of a foreign call turns out to belong to ours, all
 * that was found with it goes along.
 */
export function bind(state: InterpreterState, channel: Channel, callId: string | undefined): void {
  if (channel.spy || channel.held) return
  const present = channel.call
  if (present && !(present.foreign && isOwnCallId(callId))) return
  const call = correlate(state, channel, callId)
  if (!call || call === present) return
  if (!present) addToCall(state, call, channel)
  else joinCalls(state, present, call)
}

/**
 * Asterisk gives channels that met a common Linkedid, the oldest. What has it now and what had it before are one call,
 * unless both were asked for by us: each of those keeps its own row. A held leg's Linkedid says nothing.
 * @returns the call that took the other in
 */
export function relink(state: InterpreterState, channel: Channel, linkedid: string): Call | undefined {
  const present = channel.call
  if (!present || channel.held || channel.spy) return undefined
  if (readChannelId(linkedid)?.kind === 'held' || state.channels.get(linkedid)?.held) return undefined
  const other = state.callByLinkedid.get(linkedid)
  if (other === present) return undefined
  if (!other) {
    state.callByLinkedid.set(linkedid, present)
    present.linkedids.add(linkedid)
    return undefined
  }
  if (present.foreign) return joinCalls(state, present, other)
  return other.foreign ? joinCalls(state, other, present) : undefined
}

/** Takes a channel out of its call; a call without channels was none and is forgotten without a record. */
export function leaveCall(state: InterpreterState, channel: Channel, call: Call): void {
  call.channels.delete(channel)
  call.lateNews = true
  call.legs = call.legs.filter(leg => leg.channel !== channel)
  delete channel.call
  if (call.channels.size === 0 && call.legs.length === 0) forgetCall(state, call)
}

/** A supervisor's leg is never a leg of a call, nor a call of its own. */
export function markSpy(state: InterpreterState, channel: Channel): void {
  channel.spy = true
  if (channel.call) leaveCall(state, channel, channel.call)
}

export function forgetCall(state: InterpreterState, call: Call): void {
  state.calls.delete(call.callId)
  for (const linkedid of call.linkedids)
    if (state.callByLinkedid.get(linkedid) === call) state.callByLinkedid.delete(linkedid)
  for (const channel of call.channels) {
    if (channel.ended && state.channels.get(channel.uniqueid) === channel)
      state.channels.delete(channel.uniqueid)
  }
}

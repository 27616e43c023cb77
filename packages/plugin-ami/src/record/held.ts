import { isOwnCallId } from './channel-id.ts'
import { callOf, isClosed } from './correlation.ts'
import { newLeg, settleRole } from './legs.ts'
import type { Call, Channel, InterpreterState, Leg } from './state.ts'

/*
 * A held leg belongs to the agent's session and serves one call after another. In each call it is a leg of its own,
 * from the moment the channel carries the call's id to the moment it carries it no more. It is answered already, so
 * that leg's answer is its beginning.
 */

/**
 * The held channel says which call it serves; an empty id means that it waits.
 * @returns the calls that changed by it
 */
export function heldServes(
  state: InterpreterState,
  channel: Channel,
  callId: string | undefined,
  atMs: number
): Call[] {
  const { call: present, leg } = channel
  if (callId === undefined) return []
  if (present && leg) {
    if (present.callId === callId) {
      beganEarlier(present, leg, atMs)
      return []
    }
    if (atMs < leg.createdAtMs) return [] // an event of the call before, overtaken by one of this
    endHeldLeg(channel, atMs)
  }
  const begun = isOwnCallId(callId) ? beginHeldLeg(state, channel, callId, atMs) : []
  return present && leg ? [present, ...begun] : begun
}

function beganEarlier(call: Call, leg: Leg, atMs: number): void {
  if (atMs >= leg.createdAtMs) return
  leg.createdAtMs = atMs
  leg.answeredAtMs = atMs
  call.startedAtMs = Math.min(call.startedAtMs, atMs)
}

function beginHeldLeg(state: InterpreterState, channel: Channel, callId: string, atMs: number): Call[] {
  if (isClosed(state, callId, atMs)) return []
  const call = callOf(state, callId, false, atMs)
  if (call.legs.some(known => known.channel === channel)) return []
  const leg = newLeg(channel, atMs)
  leg.answeredAtMs = atMs
  channel.leg = leg
  channel.call = call
  call.legs.push(leg)
  settleRole(call, leg, 'agent')
  return [call]
}

/**
 * The agent's leg of a call stays on the line when the call is over, and waits: from now on it is a held one.
 * @returns the call that it leaves
 */
export function keepLeg(channel: Channel, atMs: number): Call[] {
  const { call } = channel
  endHeldLeg(channel, atMs)
  channel.held = true
  if (!call) return []
  call.channels.delete(channel)
  return [call]
}

/** The held channel has left its present call: the call's dialling ended, or the next one began. */
export function endHeldLeg(channel: Channel, atMs: number): void {
  const leg = channel.leg
  if (!leg) return
  leg.endedAtMs ??= Math.max(atMs, leg.createdAtMs)
  delete channel.leg
  delete channel.call
}

import { isOwnCallId } from './channel-id.ts'
import { callOf, isClosed } from './correlation.ts'
import { newLeg, settleRole } from './legs.ts'
import type { Call, Channel, InterpreterState } from './state.ts'

/*
 * A held leg belongs to the agent's session and serves one call after another. In each call it is a leg of its own,
 * from the moment the channel carries the call's id to the moment it carries it no more. It is answered already, so
 * that leg's answer is its beginning.
 */

/** The held channel says which call it serves; an empty id means that it waits. */
export function heldServes(
  state: InterpreterState,
  channel: Channel,
  callId: string | undefined,
  atMs: number
): Call[] {
  if (callId === undefined) return []
  const touched: Call[] = []
  const present = channel.leg ? channel.call : undefined
  if (present && present.callId !== callId) {
    endHeldLeg(channel, atMs)
    touched.push(present)
  }
  if (isOwnCallId(callId) && present?.callId !== callId && !isClosed(state, callId, atMs)) {
    const call = callOf(state, callId, false, atMs)
    touched.push(call)
    if (call.legs.some(leg => leg.channel === channel)) return touched
    const leg = newLeg(channel, atMs)
    leg.answeredAtMs = atMs
    channel.leg = leg
    channel.call = call
    call.legs.push(leg)
    settleRole(call, leg, 'agent')
  }
  return touched
}

/** The held channel has left its present call: the call's dialling ended, or the next one began. */
export function endHeldLeg(channel: Channel, atMs: number): void {
  const leg = channel.leg
  if (!leg) return
  leg.endedAtMs ??= Math.max(atMs, leg.createdAtMs)
  delete channel.leg
  delete channel.call
}

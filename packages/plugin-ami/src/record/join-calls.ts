import type { Call, InterpreterState } from './state.ts'

/**
 * Makes two calls one: everything of the foreign call `from` becomes `into`'s. A call whose end was told already stays
 * as it is: its row is written.
 * @returns `into`, or undefined when they stay apart
 */
export function joinCalls(state: InterpreterState, from: Call, into: Call): Call | undefined {
  if (from.toldRecord !== undefined) return undefined
  for (const channel of from.channels) {
    channel.call = into
    into.channels.add(channel)
  }
  for (const leg of from.legs) {
    delete leg.label // the names are the other call's now
    leg.told = 0
    into.legs.push(leg)
  }
  into.holds.push(...from.holds)
  into.transfers.push(...from.transfers)
  into.startedAtMs = Math.min(into.startedAtMs, from.startedAtMs)
  into.lastFactAtMs = Math.max(into.lastFactAtMs, from.lastFactAtMs)
  into.mark = Math.min(into.mark, from.mark)
  into.queued ||= from.queued
  into.confirmAsked ||= from.confirmAsked
  if (from.acceptedAtMs !== undefined) into.acceptedAtMs ??= from.acceptedAtMs
  if (from.notAccepted !== undefined) into.notAccepted ??= from.notAccepted
  if (from.handDial) into.handDial ??= from.handDial
  if (from.dialEnd) into.dialEnd ??= from.dialEnd
  for (const linkedid of from.linkedids) {
    if (state.callByLinkedid.get(linkedid) === from) state.callByLinkedid.set(linkedid, into)
    into.linkedids.add(linkedid)
  }
  state.calls.delete(from.callId)
  return into
}

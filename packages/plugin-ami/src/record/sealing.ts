import { buildRecord } from './build-record.ts'
import { forgetCall } from './correlation.ts'
import { roleByEndpoint, settleRole, tellLegs } from './legs.ts'
import { type Call, CLOSED_MS, type InterpreterState, SEAL_MS, type Stay } from './state.ts'
import type { CallFact } from './types.ts'

/** A call is over when every channel it ever had is gone. */
function isOver(call: Call): boolean {
  if (call.channels.size === 0 && call.legs.length === 0) return call.failedOriginates.size > 0
  for (const channel of call.channels) if (!channel.ended) return false
  return call.legs.every(leg => leg.endedAtMs !== undefined)
}

/**
 * Adds to `facts` what became known of a call, with its record when its last leg has gone. A call that begins again within
 * the seal time (a second attempt at the agent's leg) is open again, and its later end amends the record.
 */
export function settle(state: InterpreterState, call: Call, receivedAtMs: number, facts: CallFact[]): void {
  if (state.calls.get(call.callId) !== call) return
  const over = isOver(call)
  if (over) for (const leg of call.legs) settleRole(call, leg, leg.role ?? roleByEndpoint(leg.channel))
  tellLegs(call, facts)
  call.lateNews = true
  if (over && !call.over) {
    const record = buildRecord(call)
    facts.push({ kind: call.toldRecord === undefined ? 'ended' : 'amended', callId: call.callId, record })
    call.toldRecord = record
    call.lateNews = false
    call.sealAtMs = receivedAtMs + SEAL_MS
    state.toSeal.add({ call, atMs: call.sealAtMs })
    state.quietUntilMs = Math.min(state.quietUntilMs, call.sealAtMs)
  }
  call.over = over
}

/**
 * True when the record that was told is still that of the call: nothing came since that told of it, and its channels met
 * none of another call, whose late events might change how long they were together.
 */
function stands(call: Call): boolean {
  const isOwn = ({ channel }: Stay): boolean => channel.call === call
  return (
    !call.lateNews && call.legs.every(leg => leg.channel.stays.every(stay => stay.bridge.stays.every(isOwn)))
  )
}

/**
 * Moves time on: finished calls are sealed `SEAL_MS` after their end and forgotten; one whose record was changed by
 * late events is told again, once. Call it about every second.
 * @param nowMs milliseconds, of the same clock as `receivedAtMs`
 */
export function expire(state: InterpreterState, nowMs: number): CallFact[] {
  const facts: CallFact[] = []
  if (nowMs < state.quietUntilMs) return facts // nearly always: this is asked with every event
  state.quietUntilMs = Number.POSITIVE_INFINITY
  for (const due of state.toSeal) {
    if (due.atMs > nowMs) {
      state.quietUntilMs = due.atMs
      break
    }
    state.toSeal.delete(due)
    const { call } = due
    if (!call.over || call.sealAtMs !== due.atMs || state.calls.get(call.callId) !== call) continue
    if (!stands(call)) {
      const record = buildRecord(call)
      if (JSON.stringify(record) !== JSON.stringify(call.toldRecord))
        facts.push({ kind: 'amended', callId: call.callId, record })
    }
    forgetCall(state, call)
    state.closedCalls.delete(call.callId)
    // By its own time, not by the moment somebody looked: reading a journal again gives the same.
    state.closedCalls.set(call.callId, call.sealAtMs)
  }
  for (const [callId, closedAtMs] of state.closedCalls) {
    if (nowMs - closedAtMs < CLOSED_MS) {
      state.quietUntilMs = Math.min(state.quietUntilMs, closedAtMs + CLOSED_MS)
      break // in the order of closing
    }
    state.closedCalls.delete(callId)
  }
  return facts
}

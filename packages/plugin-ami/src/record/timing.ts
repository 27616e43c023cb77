import { type Interval, overlap, togetherTimes, total, union } from './bridges.ts'
import type { Call, Leg } from './state.ts'

/** Durations of a call, in milliseconds. */
export interface CallTimes {
  talkMs: number
  holdMs: number
}

/**
 * Talk is the customer's time in bridges with another party, summed over transfers, less hold. A conference member's
 * call has no customer leg; there it is the agent's own time.
 */
export function callTimes(call: Call, endMs: number): CallTimes {
  const customers = call.legs.filter(leg => leg.role === 'customer')
  const parties = customers.length > 0 ? customers : call.legs
  const together = union(parties.flatMap(leg => togetherTimes(leg, endMs)))
  const held = overlap(together, holdTimes(call, endMs))
  return {
    talkMs: Math.round(total(together) - total(held) - call.holdBeforeMs),
    holdMs: Math.round(call.holdBeforeMs + total(held))
  }
}

/**
 * Hold and unhold, paired for each source: a transfer sends an Unhold that follows no Hold, and who puts a party on
 * hold to hand him over leaves without one.
 */
function holdTimes(call: Call, endMs: number): Interval[] {
  const times: Interval[] = []
  const since = new Map<string, number>()
  for (const mark of [...call.holds].sort((a, b) => a.atMs - b.atMs)) {
    const from = since.get(mark.source)
    if (mark.on && from === undefined) since.set(mark.source, mark.atMs)
    if (!mark.on && from !== undefined) {
      times.push([from, mark.atMs])
      since.delete(mark.source)
    }
  }
  for (const [source, from] of since) {
    const gone = call.legs.find(leg => leg.channel.uniqueid === source)?.endedAtMs
    times.push([from, Math.max(from, Math.min(gone ?? endMs, endMs))])
  }
  return union(times)
}

/** From the answer to the end of the customer's leg; an incoming call is answered by the agent. */
export function billableMs(
  customer: Leg | undefined,
  agent: Leg | undefined,
  inbound: boolean,
  endMs: number
): number {
  const from = inbound ? agent?.answeredAtMs : customer?.answeredAtMs
  if (!customer || from === undefined) return 0
  return Math.max(0, Math.round((customer.endedAtMs ?? endMs) - from))
}

import type { Call, Leg } from './state.ts'
import type { EndedBy } from './types.ts'

/** Legs that outlive another by more than this went on talking; a released call is gone within a few milliseconds. */
const WENT_ON_MS = 500

/**
 * Who ended the call. A `HangupRequest` says that a leg's far end hung up; no request at all means that the PBX or
 * our own action did (asterisk.md §2). Of several, the first counts after which the call did not go on: a refused
 * first agent of a queue, a failed route and a party who left a transfer did not end it.
 */
export function endedBy(call: Call): EndedBy {
  const requests = call.legs
    .filter(leg => leg.hangupRequestAtMs !== undefined)
    .sort((a, b) => (a.hangupRequestAtMs ?? 0) - (b.hangupRequestAtMs ?? 0))
  const deciding = requests.find(leg => !wentOnAfter(call, leg))
  if (deciding?.role) return deciding.role
  if (endIsEstimated(call)) return 'unknown'
  return call.notAccepted === 'refused' ? 'agent' : 'server'
}

function wentOnAfter(call: Call, leg: Leg): boolean {
  const at = leg.hangupRequestAtMs ?? 0
  const gone = leg.endedAtMs ?? at
  if (leg.role === 'customer' && leg.answeredAtMs !== undefined && !call.legs.some(isCustomerAfter))
    return false // what colleagues say to each other when he has gone is not the call
  if (call.legs.some(other => other.createdAtMs > at || (other.bridgedAtMs ?? 0) > at)) return true
  if (call.legs.some(other => (lastEnter(other) ?? 0) > at)) return true
  const longer = call.legs.filter(
    other => other !== leg && (other.endedAtMs ?? Number.POSITIVE_INFINITY) > gone + WENT_ON_MS
  )
  return longer.length >= 2

  function isCustomerAfter(other: Leg): boolean {
    return other !== leg && other.role === 'customer' && (other.endedAtMs ?? Number.POSITIVE_INFINITY) > gone
  }
}

/** When the leg last entered a bridge in which somebody was, or that somebody entered. */
function lastEnter(leg: Leg): number | undefined {
  return leg.channel.held
    ? undefined
    : leg.channel.stays.findLast(stay => stay.bridge.stays.length > 1)?.fromMs
}

/** The end of the call, or of the customer's leg, fell into a gap of the AMI connection. */
export function endIsEstimated(call: Call): boolean {
  const last = Math.max(...call.legs.map(leg => leg.endedAtMs ?? 0))
  return call.legs.some(leg => leg.estimated && (leg.role === 'customer' || leg.endedAtMs === last))
}

import type { Call, Leg } from './state.ts'
import type { Outcome } from './types.ts'

/** What decides: the outcome and the cause it was read from. */
export interface Decision {
  outcome: Outcome
  cause?: number
  techCause?: string
}

/**
 * Q.850 causes of a customer's leg, as Asterisk derives them from the gateway's SIP status (measured, asterisk.md §2).
 * DialStatus cannot be used: it calls reject, invalid number and no answer alike NOANSWER.
 */
const BY_CAUSE: ReadonlyMap<number, Outcome> = new Map([
  [1, 'invalid_number'],
  [3, 'unreachable'],
  [17, 'busy'],
  [18, 'no_answer'],
  [19, 'no_answer'],
  [20, 'no_answer'],
  [21, 'rejected'],
  [22, 'invalid_number'],
  [27, 'unreachable'],
  [28, 'invalid_number'],
  [34, 'congestion'],
  [38, 'congestion'],
  [42, 'congestion'],
  [58, 'failed']
])

/** Decides the outcome of a call from all that is known; the legs are those that decide (see `decidingLeg`). */
export function decide(
  call: Call,
  inbound: boolean,
  agent: Leg | undefined,
  customer: Leg | undefined
): Decision {
  if (call.handDial?.class === 'refused') return withCause('blocked', agent)
  if (inbound) return inboundOutcome(call, agent, customer)
  if (customer) return customerOutcome(call, agent, customer)
  if (agent?.bridgedAtMs !== undefined) return withCause('answered', agent)
  if (agent && (agent.answeredAtMs !== undefined || agent.channel.incoming))
    return customerNeverDialled(call, agent)
  return agentOutcome(call, agent)
}

function withCause(outcome: Outcome, leg: Leg | undefined): Decision {
  const cause = leg?.meantCause ?? leg?.cause
  return {
    outcome,
    ...(cause === undefined ? {} : { cause }),
    ...(leg?.techCause === undefined ? {} : { techCause: leg.techCause })
  }
}

/** A caller who gave up while he rang was missed; one who was taken up by a queue or a menu has abandoned. */
function inboundOutcome(call: Call, agent: Leg | undefined, customer: Leg | undefined): Decision {
  if (agent?.answeredAtMs !== undefined) return withCause('answered', customer)
  const waited = call.queued || customer?.answeredAtMs !== undefined
  return withCause(waited && customer?.hangupRequestAtMs !== undefined ? 'abandoned' : 'missed', customer)
}

function customerOutcome(call: Call, agent: Leg | undefined, customer: Leg): Decision {
  if (customer.answeredAtMs !== undefined) return withCause('answered', customer)
  if (customer.dialStatus === 'CANCEL' || cancelledBefore(call, agent, customer))
    return withCause('cancelled', customer)
  const cause = customer.meantCause ?? customer.cause
  const known = cause === undefined ? undefined : BY_CAUSE.get(cause)
  if (known) return withCause(known, customer)
  // 0: our side gave up (Dial's time limit), or an AMI Hangup, which the plugin notes as it sends it.
  if (customer.cause === 0 && !customer.estimated) return withCause('no_answer', customer)
  if (customer.cause === 16) return withCause('cancelled', customer)
  return withCause('failed', customer)
}

function cancelledBefore(call: Call, agent: Leg | undefined, customer: Leg): boolean {
  const end = customer.endedAtMs ?? Number.POSITIVE_INFINITY
  if (agent?.hangupRequestAtMs !== undefined && agent.hangupRequestAtMs <= end) return true
  return (
    call.hangupSentAtMs !== undefined &&
    (customer.cause === 0 || customer.cause === 16 || customer.cause === undefined)
  )
}

/** The agent was there, but no leg to the customer came into being. */
function customerNeverDialled(call: Call, agent: Leg): Decision {
  const cancelledByUs = call.hangupSentAtMs !== undefined
  if (call.notAccepted !== undefined) return withCause('agent_not_accepted', agent)
  if (call.confirmAsked && call.acceptedAtMs === undefined) {
    return withCause(cancelledByUs ? 'agent_cancelled' : 'agent_not_accepted', agent)
  }
  const cause = call.dialEnd?.cause ?? agent.cause
  const known = cause === undefined ? undefined : BY_CAUSE.get(cause)
  if (known && cause !== undefined && agent.hangupRequestAtMs === undefined) {
    return { ...withCause(known, agent), cause }
  }
  if (agent.hangupRequestAtMs !== undefined) return withCause('agent_cancelled', agent)
  if (agent.estimated) return withCause('failed', agent)
  return withCause(cancelledByUs || cause === 16 || cause === 0 ? 'cancelled' : 'failed', agent)
}

/** The agent's phone did not answer, or there was not even a channel. */
function agentOutcome(call: Call, agent: Leg | undefined): Decision {
  if (!agent) return { outcome: 'agent_unreachable' }
  const rang = agent.ringingAtMs !== undefined
  const timedOut = [...call.failedOriginates.values()].at(-1)?.reason === '3'
  if (timedOut) return withCause(rang ? 'agent_no_answer' : 'agent_unreachable', agent)
  switch (agent.cause) {
    case 17:
      return withCause('agent_busy', agent)
    case 21:
      return withCause('agent_rejected', agent)
    case 18:
    case 19:
    case 20:
      return withCause(rang ? 'agent_no_answer' : 'agent_unreachable', agent)
    case 0:
    case 16:
      return withCause('agent_cancelled', agent)
    default:
      return withCause(agent.estimated ? 'failed' : 'agent_unreachable', agent)
  }
}

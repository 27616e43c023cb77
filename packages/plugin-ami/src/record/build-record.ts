import { togetherTimes, total } from './bridges.ts'
import { readChannelId } from './channel-id.ts'
import { endpointOf } from './fields.ts'
import { endedBy, endIsEstimated } from './hangup-party.ts'
import { roleByEndpoint, settleRole } from './legs.ts'
import { decide } from './outcome.ts'
import { type Call, type InterpreterState, interpreterVersion, type Leg } from './state.ts'
import { billableMs, callTimes } from './timing.ts'
import { transferRecords } from './transfers.ts'
import type { CallRecord, CallRole, LegRecord } from './types.ts'

/** The leg of a role that the record speaks of: the one answered first, else the last tried (next route, next agent). */
export function decidingLeg(legs: readonly Leg[], role: CallRole): Leg | undefined {
  const ofRole = legs.filter(leg => leg.role === role)
  const there = ofRole.flatMap(leg => {
    // An agent who dials by hand is there from the first moment; Up comes to his channel with the other's answer.
    const sinceMs = role === 'agent' && leg.channel.incoming ? leg.createdAtMs : leg.answeredAtMs
    return sinceMs === undefined ? [] : [{ leg, sinceMs }]
  })
  const first = there.sort((a, b) => a.sinceMs - b.sinceMs)[0]?.leg
  return first ?? ofRole.sort((a, b) => a.createdAtMs - b.createdAtMs).at(-1)
}

/** Incoming when its first leg is a customer who called us. */
export function directionOf(call: Call): 'outbound' | 'inbound' {
  if (call.direction) return call.direction
  const first = [...call.legs].sort((a, b) => a.createdAtMs - b.createdAtMs)[0]
  return first?.channel.incoming && first.role === 'customer' ? 'inbound' : 'outbound'
}

/** One leg as the record shows it, as far as it has come by `untilMs`. */
export function legRecord(state: InterpreterState, leg: Leg, untilMs: number): LegRecord {
  const endpoint = endpointOf(leg.channel.name)
  const bridged = total(togetherTimes(leg, untilMs))
  return {
    leg: leg.label ?? '',
    role: leg.role ?? roleByEndpoint(state, leg.channel),
    channel: leg.channel.name,
    uniqueid: leg.channel.uniqueid,
    linkedid: leg.channel.linkedid,
    endpoint,
    trunk: state.isTrunk(endpoint),
    createdAtMs: Math.round(leg.createdAtMs),
    ...time('ringingAtMs', leg.ringingAtMs),
    ...time('answeredAtMs', leg.answeredAtMs),
    ...time('bridgedAtMs', leg.bridgedAtMs),
    ...time('endedAtMs', leg.endedAtMs),
    bridgedMs: Math.round(bridged),
    ...maybe('cause', leg.cause),
    ...maybe('techCause', leg.techCause),
    ...maybe('route', leg.route),
    ...maybe('number', leg.number),
    hungUp: leg.hangupRequestAtMs !== undefined
  }
}

/** A property that is there only when it is known. */
function maybe<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: V }) // a computed key widens to string
}

function time<K extends string>(key: K, atMs: number | undefined): { [P in K]?: number } {
  return maybe(key, atMs === undefined ? undefined : Math.round(atMs))
}

/**
 * What the agent's leg did when it was asked to accept. A mailbox answers and presses nothing: one that was answered, not
 * hung up by its own side and not accepted in time is suspected to be one.
 */
function acceptance(
  call: Call,
  agent: Leg | undefined
): Pick<CallRecord, 'acceptedBy' | 'acceptMs' | 'voicemailSuspected'> {
  const answeredAtMs = agent?.answeredAtMs
  const acceptedAtMs = call.acceptedAtMs
  const asked = call.confirmAsked || acceptedAtMs !== undefined || call.notAccepted !== undefined
  return {
    ...maybe('acceptedBy', call.acceptedBy),
    ...(acceptedAtMs !== undefined && answeredAtMs !== undefined
      ? { acceptMs: Math.max(0, Math.round(acceptedAtMs - answeredAtMs)) }
      : {}),
    ...(asked ? { voicemailSuspected: call.notAccepted === 'timeout' } : {})
  }
}

/** The highest attempt at the agent's phone that anything was seen of. */
function agentAttempts(call: Call): Pick<CallRecord, 'agentAttempts'> {
  const ofLegs = call.legs.flatMap(({ channel }) => {
    const own = readChannelId(channel.uniqueid)
    return own?.kind === 'agent' && own.id === call.callId ? [own.attempt ?? 1] : []
  })
  const most = Math.max(1, ...ofLegs, ...call.failedOriginates.keys())
  return most > 1 ? { agentAttempts: most } : {}
}

/** Builds the complete record of a call whose legs are all over. */
export function buildRecord(state: InterpreterState, call: Call): CallRecord {
  for (const leg of call.legs) settleRole(call, leg, leg.role ?? roleByEndpoint(state, leg.channel))
  const direction = directionOf(call)
  const inbound = direction === 'inbound'
  const agent = decidingLeg(call.legs, 'agent')
  const customer = decidingLeg(call.legs, 'customer')
  const ends = call.legs.map(leg => leg.endedAtMs ?? leg.createdAtMs)
  const failures = [...call.failedOriginates.values()]
  const endMs = Math.max(
    call.startedAtMs,
    ...(ends.length > 0 ? ends : failures.map(failure => failure.atMs))
  )
  const decision = decide(call, inbound, agent, customer)
  const legs = [...call.legs].sort((a, b) => a.createdAtMs - b.createdAtMs)
  const customerLegs = legs.filter(leg => leg.role === 'customer')
  const endpoint = customer && endpointOf(customer.channel.name)
  return {
    callId: call.callId,
    foreign: call.foreign,
    direction,
    outcome: decision.outcome,
    endedBy: endedBy(call),
    startedAtMs: Math.round(call.startedAtMs),
    ...time('agentRingingAtMs', agent?.ringingAtMs),
    ...time('agentAnsweredAtMs', agent?.channel.incoming ? undefined : agent?.answeredAtMs),
    ...time('agentAcceptedAtMs', call.acceptedAtMs),
    ...time('customerDialledAtMs', inbound ? undefined : customerLegs[0]?.createdAtMs),
    ...time('customerRingingAtMs', inbound ? undefined : customer?.ringingAtMs),
    ...time('customerAnsweredAtMs', customer?.answeredAtMs),
    endedAtMs: Math.round(endMs),
    ...callTimes(call, endMs),
    billableMs: billableMs(customer, agent, inbound, endMs),
    ...maybe('cause', decision.cause),
    ...maybe('techCause', decision.techCause),
    ...maybe('trunk', endpoint && state.isTrunk(endpoint) ? endpoint : undefined),
    ...maybe('route', customer?.route ?? call.dialEnd?.route),
    ...maybe('callerIdPresented', inbound ? customer?.number : customer?.shownCallerId),
    // What was dialled by hand is E.164 there; the leg has it as its trunk wants it.
    ...maybe('customerNumber', call.handDial?.number || customer?.number),
    ...maybe('agentEndpoint', agent ? endpointOf(agent.channel.name) : failures.at(-1)?.endpoint),
    ...acceptance(call, agent),
    ...agentAttempts(call),
    ...(call.recorded ? { recorded: true } : {}),
    ...maybe('linkedid', legs[0]?.channel.linkedid),
    ...maybe('handDial', call.handDial && { site: call.handDial.site, class: call.handDial.class }),
    endQuality: endIsEstimated(call) ? 'estimated' : 'exact',
    interpreterVersion,
    legs: legs.map(leg => legRecord(state, leg, endMs)),
    transfers: transferRecords(call)
  }
}

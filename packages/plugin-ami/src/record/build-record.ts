import { togetherTimes, total } from './bridges.ts'
import { endedBy, endIsEstimated } from './hangup-party.ts'
import { roleByEndpoint, settleRole } from './legs.ts'
import { decide } from './outcome.ts'
import { type Call, interpreterVersion, type Leg } from './state.ts'
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
export function legRecord(leg: Leg, untilMs: number): LegRecord {
  const { name, uniqueid, linkedid, endpoint, trunk } = leg.channel
  const record: LegRecord = {
    leg: leg.label ?? '',
    role: leg.role ?? roleByEndpoint(leg.channel),
    channel: name,
    uniqueid,
    linkedid,
    endpoint,
    trunk,
    createdAtMs: Math.round(leg.createdAtMs),
    bridgedMs: Math.round(total(togetherTimes(leg, untilMs))),
    hungUp: leg.hangupRequestAtMs !== undefined
  }
  setTime(record, 'ringingAtMs', leg.ringingAtMs)
  setTime(record, 'answeredAtMs', leg.answeredAtMs)
  setTime(record, 'bridgedAtMs', leg.bridgedAtMs)
  setTime(record, 'endedAtMs', leg.endedAtMs)
  set(record, 'cause', leg.cause)
  set(record, 'techCause', leg.techCause)
  set(record, 'route', leg.route)
  set(record, 'number', leg.number)
  return record
}

/** Sets what is known. Objects made of spread parts instead cost a quarter of a call's reading. */
function set<T, K extends keyof T>(record: T, key: K, value: T[K] | undefined): void {
  if (value !== undefined) record[key] = value
}

function setTime<K extends PropertyKey>(
  record: { [P in K]?: number },
  key: K,
  atMs: number | undefined
): void {
  if (atMs !== undefined) record[key] = Math.round(atMs)
}

/**
 * What the agent's leg did when it was asked to accept. A mailbox answers and presses nothing: one that was answered, not
 * hung up by its own side and not accepted in time is suspected to be one.
 */
function setAcceptance(record: CallRecord, call: Call, agent: Leg | undefined): void {
  const answeredAtMs = agent?.answeredAtMs
  const { acceptedAtMs } = call
  set(record, 'acceptedBy', call.acceptedBy)
  if (acceptedAtMs !== undefined && answeredAtMs !== undefined)
    record.acceptMs = Math.max(0, Math.round(acceptedAtMs - answeredAtMs))
  if (call.confirmAsked || acceptedAtMs !== undefined || call.notAccepted !== undefined)
    record.voicemailSuspected = call.notAccepted === 'timeout'
}

/** The highest attempt at the agent's phone that anything was seen of. */
function agentAttempts(call: Call): number {
  let most = 1
  for (const { channel } of call.legs) {
    if (channel.own?.kind === 'agent' && channel.own.id === call.callId)
      most = Math.max(most, channel.own.attempt ?? 1)
  }
  for (const attempt of call.failedOriginates.keys()) most = Math.max(most, attempt)
  return most
}

/** When the last leg ended, or the last attempt at one failed. */
function endOf(call: Call): number {
  let endMs = call.startedAtMs
  for (const leg of call.legs) endMs = Math.max(endMs, leg.endedAtMs ?? leg.createdAtMs)
  if (call.legs.length === 0)
    for (const failure of call.failedOriginates.values()) endMs = Math.max(endMs, failure.atMs)
  return endMs
}

/** Builds the complete record of a call whose legs are all over. */
export function buildRecord(call: Call): CallRecord {
  for (const leg of call.legs) settleRole(call, leg, leg.role ?? roleByEndpoint(leg.channel))
  const direction = directionOf(call)
  const inbound = direction === 'inbound'
  const agent = decidingLeg(call.legs, 'agent')
  const customer = decidingLeg(call.legs, 'customer')
  const endMs = endOf(call)
  const { outcome, cause, techCause } = decide(call, inbound, agent, customer)
  const legs = [...call.legs].sort((a, b) => a.createdAtMs - b.createdAtMs)
  const { talkMs, holdMs } = callTimes(call, endMs)
  const record: CallRecord = {
    callId: call.callId,
    foreign: call.foreign,
    direction,
    outcome,
    endedBy: endedBy(call),
    startedAtMs: Math.round(call.startedAtMs),
    endedAtMs: Math.round(endMs),
    talkMs,
    holdMs,
    billableMs: billableMs(customer, agent, inbound, endMs),
    endQuality: endIsEstimated(call) ? 'estimated' : 'exact',
    interpreterVersion,
    legs: legs.map(leg => legRecord(leg, endMs)),
    transfers: transferRecords(call)
  }
  setTime(record, 'agentRingingAtMs', agent?.ringingAtMs)
  if (!agent?.channel.incoming) setTime(record, 'agentAnsweredAtMs', agent?.answeredAtMs)
  setTime(record, 'agentAcceptedAtMs', call.acceptedAtMs)
  if (!inbound) {
    setTime(record, 'customerDialledAtMs', legs.find(leg => leg.role === 'customer')?.createdAtMs)
    setTime(record, 'customerRingingAtMs', customer?.ringingAtMs)
  }
  setTime(record, 'customerAnsweredAtMs', customer?.answeredAtMs)
  set(record, 'cause', cause)
  set(record, 'techCause', techCause)
  if (customer?.channel.trunk) record.trunk = customer.channel.endpoint
  set(record, 'route', customer?.route ?? call.dialEnd?.route)
  set(record, 'callerIdPresented', inbound ? customer?.number : customer?.shownCallerId)
  // What was dialled by hand is E.164 there; the leg has it as its trunk wants it.
  set(record, 'customerNumber', call.handDial?.number || customer?.number)
  const lastFailure = agent ? undefined : [...call.failedOriginates.values()].at(-1)
  set(record, 'agentEndpoint', agent ? agent.channel.endpoint : lastFailure?.endpoint)
  setAcceptance(record, call, agent)
  if (!call.foreign) record.agentAttempts = agentAttempts(call)
  if (call.recorded) record.recorded = true
  set(record, 'linkedid', legs[0]?.channel.linkedid)
  set(record, 'handDial', call.handDial && { site: call.handDial.site, class: call.handDial.class })
  return record
}

import type { Call, Channel, InterpreterState, Leg } from './state.ts'
import type { CallFact, CallRole, LegFact, LegPhase } from './types.ts'

const PHASES: readonly (readonly [
  LegPhase,
  'createdAtMs' | 'ringingAtMs' | 'answeredAtMs' | 'bridgedAtMs' | 'endedAtMs',
  bit: number
])[] = [
  ['created', 'createdAtMs', 1],
  ['ringing', 'ringingAtMs', 2],
  ['answered', 'answeredAtMs', 4],
  ['bridged', 'bridgedAtMs', 8],
  ['ended', 'endedAtMs', 16]
]

/** The phases that a leg has reached, one bit each: with every event they are compared with those that were told. */
export function reachedPhases(leg: Leg): number {
  return (
    1 |
    (leg.ringingAtMs === undefined ? 0 : 2) |
    (leg.answeredAtMs === undefined ? 0 : 4) |
    (leg.bridgedAtMs === undefined ? 0 : 8) |
    (leg.endedAtMs === undefined ? 0 : 16)
  )
}

export function newLeg(channel: Channel, createdAtMs: number): Leg {
  return { channel, createdAtMs, estimated: false, told: 0 }
}

/** Puts a channel, and the leg it has when it is a phone, into a call. */
export function addToCall(state: InterpreterState, call: Call, channel: Channel): void {
  channel.call = call
  call.channels.add(channel)
  if (channel.leg) call.legs.push(channel.leg)
  if (!state.callByLinkedid.has(channel.linkedid)) {
    state.callByLinkedid.set(channel.linkedid, call)
    call.linkedids.add(channel.linkedid)
  }
  call.startedAtMs = Math.min(call.startedAtMs, channel.createdAtMs)
}

/** Sets a time unless an earlier one is known: kinds of events overtake each other by milliseconds. */
export function setEarliest(
  leg: Leg,
  field: 'ringingAtMs' | 'answeredAtMs' | 'bridgedAtMs' | 'hangupRequestAtMs',
  atMs: number
): void {
  const known = leg[field]
  if (known === undefined || atMs < known) leg[field] = atMs
}

/**
 * Whose phone is it? What we said ourselves counts first (ChannelId, EVS_LEG), then who called whom: an originated leg
 * is the agent's even through a trunk (mobile callback), what an agent's leg dials is the customer, what a customer's
 * leg dials is an agent (inbound, transfer). `undefined` while nothing tells.
 */
export function roleOf(
  state: InterpreterState,
  channel: Channel,
  legVariable: string | undefined
): CallRole | undefined {
  const { own } = channel
  if (legVariable === 'agent' || legVariable === 'customer') return legVariable
  if (own?.kind === 'agent' || own?.kind === 'held') return 'agent'
  if (own?.kind === 'customer') return 'customer'
  if (channel.incoming) return roleByEndpoint(channel)
  if (channel.originated) return 'agent'
  const dialler = channel.dialledBy === undefined ? undefined : state.channels.get(channel.dialledBy)
  if (!dialler) return undefined
  if (dialler.local) return roleByEndpoint(channel)
  const caller = dialler.leg?.role
  return caller === undefined ? undefined : caller === 'agent' ? 'customer' : 'agent'
}

/** The last resort: a trunk leads to a customer, a phone to an agent. */
export function roleByEndpoint(channel: Channel): CallRole {
  return channel.trunk ? 'customer' : 'agent'
}

/** Gives the leg its role and its name within the call; both stay. */
export function settleRole(call: Call, leg: Leg, role: CallRole): void {
  leg.role ??= role
  if (leg.label !== undefined) return
  const letter = leg.role === 'agent' ? 'a' : 'c'
  const taken = new Set(call.legs.map(other => other.label))
  const wanted = leg.channel.own?.attempt
  let number = leg.channel.held || wanted === undefined || wanted === 0 ? 1 : wanted
  while (taken.has(`${letter}${number}`)) number += 1
  leg.label = `${letter}${number}`
}

/** Adds to `facts` those of a call's legs that were not told yet. A leg is told from its beginning once its role is known. */
export function tellLegs(call: Call, facts: CallFact[]): void {
  for (const leg of call.legs) {
    const untold = reachedPhases(leg) & ~leg.told
    if (leg.role === undefined || untold === 0) continue
    settleRole(call, leg, leg.role)
    leg.told |= untold
    for (const [phase, field, bit] of PHASES) {
      const atMs = leg[field]
      if (atMs === undefined || (untold & bit) === 0) continue
      call.lastFactAtMs = Math.max(call.lastFactAtMs, atMs)
      facts.push(legFact(call, leg, leg.role, phase, atMs))
    }
  }
}

function legFact(call: Call, leg: Leg, role: CallRole, phase: LegPhase, atMs: number): LegFact {
  const { name, uniqueid, linkedid, endpoint, trunk } = leg.channel
  const fact: LegFact = {
    kind: 'leg',
    callId: call.callId,
    leg: leg.label ?? '',
    role,
    channel: name,
    uniqueid,
    linkedid,
    endpoint,
    trunk,
    phase,
    atMs: Math.round(atMs)
  }
  if (phase !== 'ended') return fact
  if (leg.cause !== undefined) fact.cause = leg.cause
  if (leg.techCause !== undefined) fact.techCause = leg.techCause
  return fact
}

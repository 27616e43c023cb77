import { readChannelId } from './channel-id.ts'
import { endpointOf } from './fields.ts'
import type { Call, Channel, InterpreterState, Leg } from './state.ts'
import type { CallFact, CallRole, LegFact, LegPhase } from './types.ts'

const PHASES: readonly (readonly [
  LegPhase,
  'createdAtMs' | 'ringingAtMs' | 'answeredAtMs' | 'bridgedAtMs' | 'endedAtMs'
])[] = [
  ['created', 'createdAtMs'],
  ['ringing', 'ringingAtMs'],
  ['answered', 'answeredAtMs'],
  ['bridged', 'bridgedAtMs'],
  ['ended', 'endedAtMs']
]

export function newLeg(channel: Channel, createdAtMs: number): Leg {
  return { channel, createdAtMs, estimated: false, told: new Set() }
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
  const own = readChannelId(channel.uniqueid)
  if (legVariable === 'agent' || legVariable === 'customer') return legVariable
  if (own?.kind === 'agent' || own?.kind === 'held') return 'agent'
  if (own?.kind === 'customer') return 'customer'
  if (channel.incoming) return roleByEndpoint(state, channel)
  if (channel.originated) return 'agent'
  const dialler = channel.dialledBy === undefined ? undefined : state.channels.get(channel.dialledBy)
  if (!dialler) return undefined
  if (dialler.local) return roleByEndpoint(state, channel)
  const caller = dialler.leg?.role
  return caller === undefined ? undefined : caller === 'agent' ? 'customer' : 'agent'
}

/** The last resort: a trunk leads to a customer, a phone to an agent. */
export function roleByEndpoint(state: InterpreterState, channel: Channel): CallRole {
  return state.isTrunk(endpointOf(channel.name)) ? 'customer' : 'agent'
}

/** Gives the leg its role and its name within the call; both stay. */
export function settleRole(call: Call, leg: Leg, role: CallRole): void {
  leg.role ??= role
  if (leg.label !== undefined) return
  const letter = leg.role === 'agent' ? 'a' : 'c'
  const taken = new Set(call.legs.map(other => other.label))
  const wanted = readChannelId(leg.channel.uniqueid)?.attempt
  let number = leg.channel.held || wanted === undefined || wanted === 0 ? 1 : wanted
  while (taken.has(`${letter}${number}`)) number += 1
  leg.label = `${letter}${number}`
}

/** The facts of a call's legs that were not told yet. A leg is told from its beginning once its role is known. */
export function tellLegs(state: InterpreterState, call: Call): CallFact[] {
  const facts: CallFact[] = []
  for (const leg of call.legs) {
    if (leg.role === undefined || leg.told.size === PHASES.length) continue
    settleRole(call, leg, leg.role)
    for (const [phase, field] of PHASES) {
      const atMs = leg[field]
      if (atMs === undefined || leg.told.has(phase)) continue
      leg.told.add(phase)
      call.lastFactAtMs = Math.max(call.lastFactAtMs, atMs)
      facts.push(legFact(state, call, leg, leg.role, phase, atMs))
    }
  }
  return facts
}

function legFact(
  state: InterpreterState,
  call: Call,
  leg: Leg,
  role: CallRole,
  phase: LegPhase,
  atMs: number
): LegFact {
  const endpoint = endpointOf(leg.channel.name)
  return {
    kind: 'leg',
    callId: call.callId,
    leg: leg.label ?? '',
    role,
    channel: leg.channel.name,
    uniqueid: leg.channel.uniqueid,
    linkedid: leg.channel.linkedid,
    endpoint,
    trunk: state.isTrunk(endpoint),
    phase,
    atMs: Math.round(atMs),
    ...(phase === 'ended' && leg.cause !== undefined ? { cause: leg.cause } : {}),
    ...(phase === 'ended' && leg.techCause !== undefined ? { techCause: leg.techCause } : {})
  }
}

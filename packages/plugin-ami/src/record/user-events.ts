import { header } from '../link/packet.ts'
import { bind } from './correlation.ts'
import { causeOf, numberOf, type Told, textOf, wholeNumber } from './fields.ts'
import { handCallFact } from './hand-call.ts'
import { endHeldLeg, heldServes, keepLeg } from './held.ts'
import type { Call, Channel, InterpreterState } from './state.ts'
import type { CallFact } from './types.ts'
import { waitingLegFact } from './waiting-leg.ts'

const acceptances = ['answer', 'key', 'screen'] as const

/** A UserEvent of the dialplan kit, with the channel that sent it. */
export interface KitEvent {
  packet: Told
  atMs: number
  channel: Channel | undefined
}

/** Reads what the dialplan kit tells by UserEvent. Returns the calls it touched and the facts of acceptance. */
export function readUserEvent(
  state: InterpreterState,
  event: KitEvent
): { calls: Call[]; facts: CallFact[] } {
  const { packet, atMs, channel } = event
  const callId = textOf(packet, 'CallId')
  const calls: Call[] = []
  const facts: CallFact[] = []
  if (header(packet, 'UserEvent') === 'EvsLeg' && channel) {
    const held = state.channels.get(channel.linkedid)
    if (held?.held) calls.push(...heldServes(state, held, callId, atMs))
    bind(state, channel, callId)
    if (channel.leg) channel.leg.role ??= header(packet, 'Leg') === 'agent' ? 'agent' : 'customer'
    const route = wholeNumber(header(packet, 'Route'))
    if (channel.leg && route !== undefined) channel.leg.route = route
  }
  if (channel) {
    const waiting = readWaiting(event, channel, callId)
    calls.push(...waiting.calls)
    facts.push(...waiting.facts)
  }
  const call = callOfEvent(state, callId, channel)
  if (call) {
    calls.push(call)
    facts.push(...applyToCall(call, event))
  }
  return { calls, facts }
}

/** What the kit tells of a leg that waits for calls, or is asked to. */
function readWaiting(
  { packet, atMs }: KitEvent,
  channel: Channel,
  callId: string | undefined
): { calls: Call[]; facts: CallFact[] } {
  const name = header(packet, 'UserEvent')
  const none = { calls: [], facts: [] }
  const tell = (calls: Call[], fact: CallFact | undefined) => ({ calls, facts: fact ? [fact] : [] })
  if (name === 'EvsHeldReady') {
    if (channel.held) return tell([], waitingLegFact(channel, 'ready', atMs))
    if (channel.own?.kind !== 'agent') return none
    return tell(keepLeg(channel, atMs), waitingLegFact(channel, 'kept', atMs))
  }
  if (!channel.held || callId !== undefined) return none
  if (name === 'EvsCodeRight') return tell([], waitingLegFact(channel, 'ready', atMs))
  if (name === 'EvsNotAccepted') channel.notTaken = textOf(packet, 'Reason') ?? 'timeout'
  if (name !== 'EvsConfirm') return none
  const untilMs = Math.round(atMs) + (wholeNumber(header(packet, 'Seconds')) ?? 0) * 1000
  return tell([], waitingLegFact(channel, 'asked', atMs, { untilMs }))
}

/** The held leg's own acceptance belongs to the session, not to a call; a hand-dialled call is known by its channel. */
function callOfEvent(
  state: InterpreterState,
  callId: string | undefined,
  channel: Channel | undefined
): Call | undefined {
  const named = callId === undefined ? undefined : state.calls.get(callId)
  return named ?? (channel?.held ? undefined : channel?.call)
}

function applyToCall(call: Call, { packet, atMs, channel }: KitEvent): CallFact[] {
  switch (header(packet, 'UserEvent')) {
    case 'EvsDialEnd':
      call.dialEnd = { cause: causeOf(packet), route: wholeNumber(header(packet, 'Route')) }
      if (channel?.held && channel.call === call) endHeldLeg(channel, atMs)
      return []
    case 'EvsConfirm': {
      call.confirmAsked = true
      const at = Math.round(atMs)
      const seconds = wholeNumber(header(packet, 'Seconds')) ?? 0
      return [{ kind: 'asked', callId: call.callId, atMs: at, untilMs: at + seconds * 1000 }]
    }
    case 'EvsAccepted': {
      if (call.acceptedAtMs !== undefined) return []
      call.acceptedAtMs = atMs
      const by = acceptances.find(one => one === textOf(packet, 'By'))
      if (by) call.acceptedBy = by
      return [{ kind: 'accepted', callId: call.callId, atMs: Math.round(atMs), ...(by ? { by } : {}) }]
    }
    case 'EvsNotAccepted': {
      if (call.notAccepted !== undefined) return []
      call.notAccepted = textOf(packet, 'Reason') ?? 'timeout'
      return [{ kind: 'not-accepted', callId: call.callId, atMs: Math.round(atMs), reason: call.notAccepted }]
    }
    case 'EvsHold': {
      const on = header(packet, 'State') === 'hold'
      call.holds.push({ source: 'kit', on, atMs })
      return [{ kind: 'hold', callId: call.callId, atMs: Math.round(atMs), on }]
    }
    case 'EvsRouteFailed': {
      const meant = textOf(packet, 'Given') === undefined ? undefined : causeOf(packet)
      const route = wholeNumber(header(packet, 'Route'))
      const leg = call.legs.findLast(one => one.role === 'customer' && one.route === route)
      if (leg && meant !== undefined) leg.meantCause = meant
      return []
    }
    case 'EvsHandDial':
      call.handDial = {
        site: textOf(packet, 'Site') ?? '',
        class: textOf(packet, 'Class') ?? '',
        number: numberOf(header(packet, 'Number')) ?? ''
      }
      if (!channel || !call.foreign || call.handDial.class === 'refused') return []
      channel.byHand = true
      return handCallFact(channel, 'began', atMs)
    default:
      return []
  }
}

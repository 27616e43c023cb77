import { readChannelId } from './channel-id.ts'
import { newChannel } from './channels.ts'
import { callOf } from './correlation.ts'
import { addToCall, newLeg, reachedPhases } from './legs.ts'
import type { Bridge, Call, Channel, InterpreterState, Leg } from './state.ts'
import type { LegRecord, OpenCall } from './types.ts'

/** Makes a call again from what was kept of it. Its legs were told before and are not told again. */
export function rebuildCall(state: InterpreterState, open: OpenCall): Call {
  const call = callOf(state, open.callId, open.foreign, open.startedAtMs)
  call.direction = open.direction
  call.lastFactAtMs = open.lastFactAtMs
  call.holdBeforeMs = open.holdMs ?? 0
  if (open.agentAcceptedAtMs !== undefined) call.acceptedAtMs = open.agentAcceptedAtMs
  if (open.acceptedBy !== undefined) call.acceptedBy = open.acceptedBy
  if (open.recorded) call.recorded = true
  if (open.notAccepted !== undefined) call.notAccepted = open.notAccepted
  // Times do not tell bridges apart; legs that were bridged were so with one another.
  const bridge: Bridge = { id: restoredBridgeId(open.callId), stays: [] }
  for (const kept of open.legs) rebuildLeg(state, call, open, kept, bridge)
  if (bridge.stays.some(stay => stay.toMs === undefined)) state.bridges.set(bridge.id, bridge)
  return call
}

/** The bridge of a rebuilt call, until a snapshot gives its real id. */
export function restoredBridgeId(callId: string): string {
  return `restored:${callId}`
}

function rebuildLeg(
  state: InterpreterState,
  call: Call,
  open: OpenCall,
  kept: LegRecord,
  bridge: Bridge
): void {
  const own = readChannelId(kept.uniqueid)
  const held = own?.kind === 'held' || (own?.kind === 'agent' && own.id !== open.callId)
  const known = held ? state.channels.get(kept.uniqueid) : undefined
  const channel: Channel = known ?? {
    ...newChannel(state, {
      uniqueid: kept.uniqueid,
      name: kept.channel,
      linkedid: kept.linkedid,
      incoming: open.foreign && kept.uniqueid === kept.linkedid,
      createdAtMs: kept.createdAtMs
    }),
    held,
    spy: false,
    ended: kept.endedAtMs !== undefined && !held,
    unsure: true
  }
  const leg = rebuiltLeg(channel, kept)
  if (open.callerIdPresented !== undefined && kept.role === 'customer')
    leg.shownCallerId = open.callerIdPresented
  state.channels.set(channel.uniqueid, channel)
  if (held) {
    call.legs.push(leg)
    if (kept.endedAtMs === undefined) {
      channel.leg = leg
      channel.call = call
    }
  } else {
    channel.leg = leg
    addToCall(state, call, channel)
  }
  if (kept.bridgedAtMs === undefined) return
  const toMs = kept.endedAtMs
  const stay = { channel, bridge, fromMs: kept.bridgedAtMs, ...(toMs === undefined ? {} : { toMs }) }
  bridge.stays.push(stay)
  channel.stays.push(stay)
}

function rebuiltLeg(channel: Channel, kept: LegRecord): Leg {
  const leg: Leg = { ...newLeg(channel, kept.createdAtMs), role: kept.role, label: kept.leg }
  if (kept.ringingAtMs !== undefined) leg.ringingAtMs = kept.ringingAtMs
  if (kept.answeredAtMs !== undefined) leg.answeredAtMs = kept.answeredAtMs
  if (kept.bridgedAtMs !== undefined) leg.bridgedAtMs = kept.bridgedAtMs
  if (kept.endedAtMs !== undefined) leg.endedAtMs = kept.endedAtMs
  leg.told = reachedPhases(leg)
  if (kept.cause !== undefined) leg.cause = kept.cause
  if (kept.techCause !== undefined) leg.techCause = kept.techCause
  if (kept.route !== undefined) leg.route = kept.route
  if (kept.number !== undefined) leg.number = kept.number
  return leg
}

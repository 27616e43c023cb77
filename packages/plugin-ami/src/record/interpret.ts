import { header } from '../link/packet.ts'
import { enterBridge, forgetBridge, leaveBridge } from './bridges.ts'
import { readChannelId } from './channel-id.ts'
import { endChannel, type Step, seeChannel, touch } from './channels.ts'
import { callOf, isClosed, markSpy } from './correlation.ts'
import { causeOf, dialledNumber, numberOf, type Told, textOf, timeOf } from './fields.ts'
import { handCallFact } from './hand-call.ts'
import { setEarliest } from './legs.ts'
import { listeningFact } from './listening.ts'
import { settle } from './sealing.ts'
import type { InterpreterState, Leg } from './state.ts'
import { readTransfer } from './transfers.ts'
import type { CallFact } from './types.ts'
import { readUserEvent } from './user-events.ts'
import { waitingLegEnded, waitingLegFact } from './waiting-leg.ts'

const RECENT_HANGUPS = 1000

/**
 * Reads one event. Pure but for `state`, which it changes: no clock, no randomness, no I/O; the same events give the
 * same facts. Kinds of events overtake each other in Asterisk, so every fact is set if absent and the earliest time
 * wins. Never throws on what Asterisk sends; packets that are no events tell nothing.
 * @param receivedAtMs when the packet came, milliseconds since 1970; the event's own `Timestamp` is preferred to it
 */
export function interpret(state: InterpreterState, packet: Told, receivedAtMs: number): CallFact[] {
  const name = header(packet, 'Event')
  if (name === undefined) return []
  const step: Step = { state, packet, atMs: timeOf(packet, receivedAtMs), touched: new Set(), facts: [] }
  const handler = HANDLERS.get(name)
  if (handler) handler(step)
  else touch(step, '')
  const facts = step.facts
  for (const call of step.touched) settle(state, call, receivedAtMs, facts)
  return facts
}

const HANDLERS: ReadonlyMap<string, (step: Step) => void> = new Map([
  ['Newchannel', newChannel],
  ['Newstate', newState],
  ['DialBegin', dialBegin],
  ['DialState', step => dialProgress(step, header(step.packet, 'DialStatus') ?? '')],
  ['DialEnd', dialEnd],
  ['OriginateResponse', originateResponse],
  ['BridgeEnter', bridgeEnter],
  ['BridgeLeave', bridgeLeave],
  ['BridgeDestroy', bridgeDestroy],
  ['BlindTransfer', step => transfer(step, 'blind')],
  ['AttendedTransfer', step => transfer(step, 'attended')],
  ['Hold', step => hold(step, true)],
  ['Unhold', step => hold(step, false)],
  ['MixMonitorStart', step => recording(step, true)],
  ['MixMonitorStop', step => recording(step, false)],
  ['HangupRequest', hangupRequest],
  ['Hangup', hangup],
  ['ChanSpyStart', chanSpyStart],
  ['QueueCallerJoin', queueCallerJoin],
  ['UserEvent', userEvent]
])

function queueCallerJoin(step: Step): void {
  const call = touch(step, '')?.call
  if (call) call.queued = true
}

function newChannel(step: Step): void {
  const { packet, atMs } = step
  const uniqueid = textOf(packet, 'Uniqueid')
  const name = textOf(packet, 'Channel')
  if (!uniqueid || !name) return
  const linkedid = textOf(packet, 'Linkedid') ?? uniqueid
  const incoming = header(packet, 'ChannelState') === '4' // Ring: somebody called us; Down: we call somebody
  seeChannel(step, { uniqueid, name, linkedid, incoming, createdAtMs: atMs })
  touch(step, '')
}

function newState(step: Step): void {
  const channel = touch(step, '')
  const state = header(step.packet, 'ChannelState') ?? ''
  phase(channel?.leg, state, step.atMs)
  if (!channel?.held || channel.call || state !== '5') return
  const fact = waitingLegFact(channel, 'ringing', step.atMs)
  if (fact) step.facts.push(fact)
}

/** ChannelState 5 is Ringing, 6 is Up. */
function phase(leg: Leg | undefined, channelState: string, atMs: number): void {
  if (!leg) return
  if (channelState === '5') setEarliest(leg, 'ringingAtMs', atMs)
  if (channelState === '6') setEarliest(leg, 'answeredAtMs', atMs)
}

function dialBegin(step: Step): void {
  const { packet } = step
  const caller = touch(step, '')
  const dest = step.state.channels.get(header(packet, 'DestUniqueid') ?? '')
  if (!dest) return
  // A leg made by Originate has no caller; that tells a callback's two trunk legs apart.
  const callerId = textOf(packet, 'Uniqueid')
  if (callerId === undefined) dest.originated = true
  else dest.dialledBy ??= caller?.uniqueid ?? callerId
  touch(step, 'Dest')
  const leg = dest.leg
  if (!leg || dest.held) return
  const number = dialledNumber(header(packet, 'DialString'))
  // Towards the network the outgoing channel's connected line is the caller id (seen at the gateway).
  const shown = numberOf(header(packet, 'DestConnectedLineNum'))
  if (number !== undefined) leg.number ??= number
  if (shown !== undefined) leg.shownCallerId ??= shown
}

function dialProgress(step: Step, status: string): void {
  touch(step, '')
  const leg = touch(step, 'Dest')?.leg
  if (leg && (status === 'RINGING' || status === 'PROGRESS')) setEarliest(leg, 'ringingAtMs', step.atMs)
}

function dialEnd(step: Step): void {
  touch(step, '')
  const leg = touch(step, 'Dest')?.leg
  const status = textOf(step.packet, 'DialStatus')
  if (!leg || !status) return
  leg.dialStatus ??= status
  if (status === 'ANSWER') setEarliest(leg, 'answeredAtMs', step.atMs)
}

/**
 * A failure may be the only trace of an attempt (phone not registered). Its Uniqueid can be another call's when a
 * ChannelId was used twice, so the ActionID counts first: `orig-<callId>-a<n>`.
 */
function originateResponse(step: Step): void {
  const { state, packet, atMs } = step
  if (header(packet, 'Response') !== 'Failure') return
  const byAction = readChannelId((header(packet, 'ActionID') ?? '').replace(/^orig-/, ''))
  if (byAction?.kind === 'held') {
    heldLegFailed(step, `${byAction.id}-h${byAction.attempt ?? 1}`)
    return
  }
  if (byAction?.kind === 'spy') {
    step.facts.push(...listeningFact(`${byAction.id}-s1`, 'ended', atMs))
    return
  }
  const parts = byAction?.kind === 'agent' ? byAction : readChannelId(header(packet, 'Uniqueid') ?? '')
  if (parts?.kind !== 'agent') return
  const channel = [...(state.calls.get(parts.id)?.channels ?? [])].find(
    one => one.own?.attempt === parts.attempt
  )
  if (channel?.leg?.answeredAtMs !== undefined) return
  // A later attempt may come to nothing long after the first one was told as an end.
  if ((parts.attempt ?? 1) === 1 && isClosed(state, parts.id, atMs)) return
  const call = callOf(state, parts.id, false, atMs)
  call.failedOriginates.set(parts.attempt ?? 1, {
    reason: header(packet, 'Reason') ?? '',
    endpoint: (textOf(packet, 'Channel') ?? '').replace(/^(PJSIP)\/[^/@]+@/, '$1/'),
    atMs
  })
  step.touched.add(call)
}

/** No channel came into being: nothing else will tell of it. */
function heldLegFailed(step: Step, uniqueid: string): void {
  if (step.state.channels.has(uniqueid)) return
  const fact = waitingLegFact({ own: readChannelId(uniqueid), name: '' }, 'ended', step.atMs)
  if (fact) step.facts.push(fact)
}

function bridgeEnter(step: Step): void {
  const channel = touch(step, '')
  const bridgeId = textOf(step.packet, 'BridgeUniqueid')
  if (!channel || channel.ended || !bridgeId) return
  for (const call of enterBridge(step.state, channel, bridgeId, step.atMs)) step.touched.add(call)
}

function bridgeLeave(step: Step): void {
  const channel = touch(step, '')
  const bridgeId = textOf(step.packet, 'BridgeUniqueid')
  if (channel && bridgeId) leaveBridge(step.state, channel, bridgeId, step.atMs)
}

function bridgeDestroy(step: Step): void {
  const bridge = step.state.bridges.get(textOf(step.packet, 'BridgeUniqueid') ?? '')
  if (bridge) forgetBridge(step.state, bridge)
}

function transfer(step: Step, kind: 'blind' | 'attended'): void {
  const call = readTransfer(step.state, step.packet, kind, step.atMs)
  if (call) step.touched.add(call)
}

function hold(step: Step, on: boolean): void {
  const channel = touch(step, '')
  channel?.call?.holds.push({ source: channel.uniqueid, on, atMs: step.atMs })
}

/** Runs on the agent's channel. That it stops with the customer's leg is no news. */
function recording(step: Step, on: boolean): void {
  const call = touch(step, '')?.call
  if (!call) return
  call.recorded ||= on
  const customers = call.legs.filter(leg => leg.role === 'customer')
  if (!on && customers.length > 0 && customers.every(leg => leg.endedAtMs !== undefined)) return
  step.facts.push({ kind: 'recording', callId: call.callId, atMs: Math.round(step.atMs), on })
}

function hangupRequest(step: Step): void {
  const leg = touch(step, '')?.leg
  if (leg) setEarliest(leg, 'hangupRequestAtMs', step.atMs)
}

function hangup(step: Step): void {
  const { state, packet, atMs } = step
  const cause = causeOf(packet)
  const techCause = textOf(packet, 'TechCause')
  const uniqueid = textOf(packet, 'Uniqueid')
  if (uniqueid === undefined) return
  state.recentHangups.set(uniqueid, { atMs, cause, techCause })
  if (state.recentHangups.size > RECENT_HANGUPS) {
    for (const oldest of state.recentHangups.keys()) {
      state.recentHangups.delete(oldest)
      break
    }
  }
  const channel = touch(step, '')
  if (channel && !channel.ended) {
    step.facts.push(...waitingLegEnded(channel, atMs, cause))
    step.facts.push(...handCallFact(channel, 'ended', atMs))
  }
  if (channel) endChannel(state, channel, atMs, cause, techCause)
  const left = state.channels.get(uniqueid)
  if (left?.spy) step.facts.push(...listeningFact(uniqueid, 'ended', atMs))
  if (left && (left.spy || !left.call)) state.channels.delete(left.uniqueid)
}

function chanSpyStart(step: Step): void {
  const spy = step.state.channels.get(header(step.packet, 'SpyerUniqueid') ?? '')
  if (!spy) return
  markSpy(step.state, spy)
  step.facts.push(...listeningFact(spy.uniqueid, 'began', step.atMs))
}

function userEvent(step: Step): void {
  const channel = touch(step, '')
  const { calls, facts } = readUserEvent(step.state, { packet: step.packet, atMs: step.atMs, channel })
  for (const call of calls) step.touched.add(call)
  step.facts.push(...facts)
}

/**
 * The plugin asked Asterisk to end this call (AMI Hangup). Without this a customer's phone that rang until then looks
 * like one nobody answered: Asterisk reports cause 0 for both. Note it before the action is sent.
 */
export function noteHangup(state: InterpreterState, callId: string, atMs: number): void {
  const call = state.calls.get(callId)
  if (!call) return
  call.hangupSentAtMs ??= atMs
  call.lateNews = true
}

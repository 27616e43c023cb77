import type { HostEvent, HostEventDetails, HostEventName } from './host-event.ts'
import type { CallView, Me } from './model.ts'

/** The parts of an agent's screen that events come from; null: not known yet. */
export type Known = Pick<Me, 'agent' | 'call' | 'lastCall' | 'handout' | 'wrapUp'>

/** What a call has come to, in the order in which it is told. */
const milestones = ['offered', 'agent-ringing', 'accepted', 'customer-ringing', 'connected'] as const
type Milestone = (typeof milestones)[number]

const accepted: ReadonlySet<string> = new Set([
  'agent_accepted',
  'dialling_customer',
  'ringing_customer',
  'talking'
])

/** Milestones that a call shows, with when each was reached. */
function reached(call: CallView | null): Map<Milestone, string> {
  const at = new Map<Milestone, string>()
  if (!call) return at
  const { state, requestedAt, agentLeg, customerLeg, talkingSince } = call
  at.set('offered', requestedAt)
  if (agentLeg.state === 'ringing') at.set('agent-ringing', agentLeg.since ?? requestedAt)
  if (accepted.has(state)) at.set('accepted', agentLeg.since ?? requestedAt)
  if (state === 'ringing_customer') at.set('customer-ringing', customerLeg.since ?? requestedAt)
  if (state === 'talking') at.set('connected', talkingSince ?? requestedAt)
  return at
}

/**
 * What happened between two looks at an agent's screen, in the order in which it is told: offered, ringing, connected,
 * ended, wrap-up. A milestone that was passed unseen is left out, but a call that was answered is connected before it
 * ends. `before` null is the first look: the call under way is told as replayed, and nothing of the past.
 */
export function deriveEvents(
  before: Known | null,
  after: Known,
  replay: boolean,
  nowMs: number
): HostEvent[] {
  const events: HostEvent[] = []
  const replayed = replay || before === null
  const now = new Date(nowMs).toISOString()
  const tell = <N extends HostEventName>(
    name: N,
    subject: string,
    occurredAt: string,
    detail: HostEventDetails[N]
  ): void => {
    const event = { name, eventId: `${subject}:${name}`, occurredAt, replayed, detail }
    events.push(event as HostEvent) // name and detail belong together by the signature
  }
  const { agent, handout, call, lastCall, wrapUp } = after

  if (before && handout?.id !== before.handout?.id && handout)
    tell('contact-offered', `handout-${handout.id}`, handout.grantedAt, {
      handoutId: handout.id,
      campaignId: handout.campaignId,
      contactId: handout.contact.id
    })
  if (lastCall && before && lastCall.callId !== before.lastCall?.callId) {
    const { callId, number, endedAt, talkMs, outcome } = lastCall
    const wasConnected = before.call?.callId === callId && before.call.state === 'talking'
    if (outcome === 'answered' && !wasConnected)
      tell('call-connected', callId, new Date(Date.parse(endedAt) - talkMs).toISOString(), {
        callId,
        number: number ?? ''
      })
    tell('call-ended', callId, endedAt, lastCall)
  }
  if (call) callEvents(before?.call ?? null, call, now, tell)
  if (wrapUp && before && wrapUp.handoutId !== before.wrapUp?.handoutId)
    tell('wrap-up-started', `handout-${wrapUp.handoutId}`, now, {
      handoutId: wrapUp.handoutId,
      deadline: wrapUp.deadline
    })
  const left = before?.handout
  if (left && left.id !== handout?.id) {
    if (left.callsMade > 0)
      tell('wrap-up-done', `handout-${left.id}`, now, {
        handoutId: left.id,
        dispositionId: left.dispositionId
      })
    tell('contact-released', `handout-${left.id}`, now, { handoutId: left.id })
  }
  if (before && agent.revision !== before.agent.revision)
    tell('agent-state-change', `agent-${agent.agentId}-${agent.revision}`, agent.since, {
      state: agent.state,
      previous: before.agent.state,
      reason: agent.pauseReason,
      since: agent.since,
      revision: agent.revision
    })
  return events
}

type Tell = <N extends HostEventName>(
  name: N,
  subject: string,
  occurredAt: string,
  detail: HostEventDetails[N]
) => void

function callEvents(before: CallView | null, call: CallView, now: string, tell: Tell): void {
  const { callId, number, held, heldSince, muted, acceptedBy } = call
  const same = before?.callId === callId ? before : null
  const old = reached(same)
  const fresh = reached(call)
  for (const milestone of milestones) {
    const at = fresh.get(milestone)
    if (at === undefined || old.has(milestone)) continue
    if (milestone === 'offered') tell('call-offered', callId, at, { callId, number })
    else if (milestone === 'agent-ringing')
      tell('call-ringing', `${callId}-agent`, at, { callId, leg: 'agent' })
    else if (milestone === 'accepted') tell('call-leg-accepted', callId, at, { callId, by: acceptedBy })
    else if (milestone === 'customer-ringing')
      tell('call-ringing', `${callId}-customer`, at, { callId, leg: 'customer' })
    else tell('call-connected', callId, at, { callId, number })
  }
  const turn = `${callId}-${call.revision}`
  if (held && !same?.held) tell('call-held', turn, heldSince ?? now, { callId })
  if (!held && same?.held) tell('call-resumed', turn, now, { callId })
  if (same && muted !== same.muted) tell('call-muted', turn, now, { callId, muted })
}

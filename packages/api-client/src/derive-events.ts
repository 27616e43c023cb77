import type { HostEvent, HostEventDetails, HostEventName } from './host-event.ts'
import type { CallView, Me } from './model.ts'

/** The parts of an agent's screen that events come from; null: not known yet. */
export type Known = Pick<Me, 'agent' | 'call' | 'lastCall' | 'handout' | 'wrapUp'>

/** An event, what it happened to, when, and what is told of it. */
type Told = {
  [N in HostEventName]: [name: N, subject: string, occurredAt: string, detail: HostEventDetails[N]]
}[HostEventName]
type Tell = (...told: Told) => void

const accepted: readonly string[] = ['agent_accepted', 'dialling_customer', 'ringing_customer', 'talking']

/** What a call comes to, in the order in which it is told, and whether this one shows it. */
function milestones(call: CallView): [reached: boolean, ...Told][] {
  const { callId, number, state, requestedAt, agentLeg, customerLeg, talkingSince, acceptedBy } = call
  const legSince = agentLeg.since ?? requestedAt
  const dialled = customerLeg.since ?? requestedAt
  return [
    [true, 'call-offered', callId, requestedAt, { callId, number }],
    [agentLeg.state === 'ringing', 'call-ringing', `${callId}-agent`, legSince, { callId, leg: 'agent' }],
    [accepted.includes(state), 'call-leg-accepted', callId, legSince, { callId, by: acceptedBy }],
    [
      state === 'ringing_customer',
      'call-ringing',
      `${callId}-customer`,
      dialled,
      { callId, leg: 'customer' }
    ],
    [state === 'talking', 'call-connected', callId, talkingSince ?? requestedAt, { callId, number }]
  ]
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
  const tell: Tell = (name, subject, occurredAt, detail) => {
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

function callEvents(before: CallView | null, call: CallView, now: string, tell: Tell): void {
  const { callId, held, heldSince, muted } = call
  const same = before?.callId === callId ? before : null
  const old = same ? milestones(same) : []
  for (const [i, [reached, ...told]] of milestones(call).entries()) if (reached && !old[i]?.[0]) tell(...told)
  const turn = `${callId}-${call.revision}`
  if (held && !same?.held) tell('call-held', turn, heldSince ?? now, { callId })
  if (!held && same?.held) tell('call-resumed', turn, now, { callId })
  if (same && muted !== same.muted) tell('call-muted', turn, now, { callId, muted })
}

import { Type } from 'typebox'
import { defineEvent } from '../kernel/events.ts'

/** An agent changed state; `revision` orders the facts of one agent. */
export const agentStateChanged = defineEvent('core.agent-state-changed', {
  agentId: Type.Integer(),
  state: Type.String(),
  cause: Type.String(),
  since: Type.String(),
  revision: Type.Integer()
})

export const handoutGranted = defineEvent('core.handout-granted', {
  handoutId: Type.Integer(),
  campaignId: Type.Integer(),
  contactId: Type.Integer(),
  agentId: Type.Integer()
})

export const handoutEnded = defineEvent('core.handout-ended', {
  handoutId: Type.Integer(),
  campaignId: Type.Integer(),
  agentId: Type.Integer(),
  reason: Type.String()
})

export const callRequested = defineEvent('core.call-requested', {
  callId: Type.String(),
  campaignId: Type.Integer(),
  agentId: Type.Union([Type.Integer(), Type.Null()])
})

/** A call in flight changed: how far it has come, hold, mute, recording. `revision` orders the facts of one call. */
export const callProgressed = defineEvent('core.call-progressed', {
  callId: Type.String(),
  state: Type.String(),
  revision: Type.Integer()
})

/** The leg that an agent holds over his session, or keeps for a while, changed: ringing, ready, ended … */
export const agentLegChanged = defineEvent('core.agent-leg-changed', {
  agentId: Type.Integer(),
  legId: Type.String(),
  state: Type.String()
})

/** Calls were stopped or may be started again, or other numbers may be called without a campaign: read core.dialling. */
export const diallingChanged = defineEvent('core.dialling-changed', {
  stopped: Type.Boolean(),
  directClasses: Type.Array(Type.String())
})

/** The call is over and its row stands in call_history. */
export const callEnded = defineEvent('core.call-ended', {
  callId: Type.String(),
  campaignId: Type.Integer(),
  agentId: Type.Union([Type.Integer(), Type.Null()]),
  outcome: Type.String()
})

/** A campaign that had nothing to hand out has something again: waiting agents may ask. */
export const workAppeared = defineEvent('core.work-appeared', { campaignId: Type.Integer() })

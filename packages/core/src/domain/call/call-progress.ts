import type { ProgressFact } from './call-record.ts'

/** How far a call in flight can come, in order. */
export const callStates = [
  'requested',
  'ringing_agent',
  'awaiting_acceptance',
  'agent_accepted',
  'dialling_customer',
  'ringing_customer',
  'talking'
] as const
export type CallState = (typeof callStates)[number]

/** What facts of the PBX change on a call in flight. */
export interface CallProgress {
  readonly state: string
  /** He has answered and must accept by then. */
  readonly acceptUntil: Date | null
  readonly acceptedBy: string | null
  readonly heldSince: Date | null
  readonly recording: 'off' | 'on' | 'paused'
}

/**
 * The progress after a fact; the same object when the fact changes nothing. Facts come late or twice: a state never goes
 * back. `accept` is what the agent must do before the customer is called.
 */
export function progressAfter(from: CallProgress, fact: ProgressFact, accept: string): CallProgress {
  switch (fact.kind) {
    case 'hold':
      if (fact.on === (from.heldSince !== null)) return from
      return { ...from, heldSince: fact.on ? new Date(fact.atMs) : null }
    case 'recording': {
      const recording = fact.on ? 'on' : 'paused'
      return recording === from.recording ? from : { ...from, recording }
    }
    case 'asked':
      return reach({ ...from, acceptUntil: new Date(fact.untilMs) }, from, 'awaiting_acceptance')
    case 'accepted': {
      const accepted = { ...from, acceptUntil: null, acceptedBy: fact.by ?? from.acceptedBy }
      return reach(accepted, from, 'agent_accepted')
    }
    case 'not-accepted':
      return from
    case 'leg': {
      const state = stateOfLeg(fact.role, fact.phase, accept)
      return state ? reach({ ...from, acceptUntil: null }, from, state) : from
    }
  }
}

/** `next` in that state when it lies ahead of where the call is, else what was. */
function reach(next: CallProgress, from: CallProgress, state: CallState): CallProgress {
  return callStates.indexOf(state) > order(from.state) ? { ...next, state } : from
}

const order = (state: string): number => (callStates as readonly string[]).indexOf(state)

function stateOfLeg(role: string, phase: string, accept: string): CallState | null {
  if (role === 'agent') {
    if (phase === 'created' || phase === 'ringing') return 'ringing_agent'
    return phase === 'answered' && accept === 'none' ? 'agent_accepted' : null
  }
  if (phase === 'created') return 'dialling_customer'
  if (phase === 'ringing') return 'ringing_customer'
  return phase === 'bridged' ? 'talking' : null
}

export const agentStateNames = [
  'offline',
  'ready',
  'reserved',
  'ringing_agent',
  'agent_accepted',
  'dialling_customer',
  'talking',
  'wrap_up',
  'paused',
  'disconnected_ui',
  'phone_lost'
] as const
export type AgentStateName = (typeof agentStateNames)[number]

/** Everything the machine knows of an agent. */
export interface AgentSnapshot {
  readonly state: AgentStateName
  readonly handoutId: number | null
  readonly callId: string | null
  readonly pauseReason: string | null
  /** A pause asked for while work is under way; it begins when the work ends. */
  readonly pauseRequested: string | null
  /** What a call that reached nobody restores. */
  readonly returnTo: AgentStateName | null
}

export type AgentEvent =
  | { readonly type: 'logged_in' }
  | { readonly type: 'logged_out' }
  | { readonly type: 'handed_out'; readonly handoutId: number }
  | { readonly type: 'handout_ended' }
  | { readonly type: 'call_requested'; readonly callId: string }
  | { readonly type: 'agent_accepted'; readonly callId: string }
  | { readonly type: 'customer_dialled'; readonly callId: string }
  | { readonly type: 'customer_bridged'; readonly callId: string }
  /**
   * `reachedCustomer`: a leg to the customer was dialled, so the attempt has to be qualified. `phoneLost`: the agent's own
   * phone could not be reached.
   */
  | {
      readonly type: 'call_ended'
      readonly callId: string
      readonly reachedCustomer: boolean
      readonly phoneLost?: boolean
    }
  /** His phone is gone, or is there again. During a call the call's own end decides. */
  | { readonly type: 'phone_lost' }
  | { readonly type: 'phone_back' }
  /** The last of his pages is gone, or one is there again. Work under way goes on without it. */
  | { readonly type: 'ui_lost' }
  | { readonly type: 'ui_back' }
  /** He called a number that he dialled on his phone by hand, or that call is over; meanwhile see `whileByHand`. */
  | { readonly type: 'hand_call_began' }
  | { readonly type: 'hand_call_ended'; readonly callId: string }
  | { readonly type: 'pause_requested'; readonly reason: string }
  | { readonly type: 'resumed' }

/** The next snapshot (the same object when nothing changes), or a code that says why the event is refused. */
export type Transition =
  | { readonly ok: true; readonly next: AgentSnapshot }
  | { readonly ok: false; readonly refusal: AgentRefusal }

export type AgentRefusal = 'not_logged_in' | 'in_call' | 'not_ready' | 'has_handout' | 'nothing_to_resume'

export const offline: AgentSnapshot = {
  state: 'offline',
  handoutId: null,
  callId: null,
  pauseReason: null,
  pauseRequested: null,
  returnTo: null
}

/** Phases of a call in their order: facts of the PBX may come late or twice, and never lead back. */
const callPhases = ['ringing_agent', 'agent_accepted', 'dialling_customer', 'talking'] as const

const isCallPhase = (state: AgentStateName): state is (typeof callPhases)[number] =>
  (callPhases as readonly AgentStateName[]).includes(state)

const go = (next: AgentSnapshot): Transition => ({ ok: true, next })
const refuse = (refusal: AgentRefusal): Transition => ({ ok: false, refusal })

const free = (from: AgentSnapshot): AgentSnapshot =>
  from.pauseRequested
    ? { ...offline, state: 'paused', pauseReason: from.pauseRequested }
    : { ...offline, state: 'ready' }

/** What he was doing goes on; without a contact in his hands he is free. */
const phoneBack = (from: AgentSnapshot): AgentSnapshot =>
  from.handoutId === null ? free(from) : { ...from, state: from.returnTo ?? 'reserved', returnTo: null }

function advance(from: AgentSnapshot, callId: string, phase: (typeof callPhases)[number]): Transition {
  if (from.callId !== callId || !isCallPhase(from.state)) return go(from)
  return callPhases.indexOf(phase) > callPhases.indexOf(from.state) ? go({ ...from, state: phase }) : go(from)
}

/** States from which the phone in his hand takes him, and to which its call gives him back. */
const leftByHand: ReadonlySet<AgentStateName> = new Set([
  'ready',
  'reserved',
  'wrap_up',
  'paused',
  'disconnected_ui'
])

/** What he is while he has a call that he dialled by hand (`handCallId`): whatever he did before waits for its end. */
export const whileByHand = (from: AgentSnapshot, handCallId: string | null): AgentSnapshot =>
  handCallId !== null && leftByHand.has(from.state)
    ? { ...from, state: 'talking', callId: handCallId, returnTo: from.state }
    : from

function afterHandCall(from: AgentSnapshot): AgentSnapshot {
  const state = from.returnTo ?? 'ready'
  if (state === 'paused' && from.pauseRequested === null)
    return { ...offline, state, pauseReason: from.pauseReason }
  if (state === 'disconnected_ui' && from.pauseRequested === null) return { ...offline, state }
  return from.handoutId === null ? free(from) : { ...from, state, callId: null, returnTo: null }
}

/** The agent's state machine: only facts of the PBX enter or leave `talking`. */
export function nextAgentState(from: AgentSnapshot, event: AgentEvent): Transition {
  if (event.type === 'logged_in') {
    if (from.state === 'phone_lost') return go(phoneBack(from))
    return go(from.state === 'offline' ? { ...offline, state: 'ready' } : from)
  }
  if (from.state === 'offline') {
    // The call of an agent who is gone still ends; there is nothing left to change.
    const over = [
      'call_ended',
      'handout_ended',
      'phone_lost',
      'phone_back',
      'ui_lost',
      'ui_back',
      'hand_call_began',
      'hand_call_ended'
    ].includes(event.type)
    return over ? go(from) : refuse('not_logged_in')
  }
  switch (event.type) {
    case 'logged_out':
      return isCallPhase(from.state) ? refuse('in_call') : go(offline)
    case 'handed_out':
      if (from.handoutId === event.handoutId) return go(from)
      if (from.handoutId !== null) return refuse('has_handout')
      return from.state === 'ready'
        ? go({ ...from, state: 'reserved', handoutId: event.handoutId })
        : refuse('not_ready')
    case 'handout_ended':
      if (from.handoutId === null) return go(from)
      if (from.state === 'phone_lost') return go({ ...from, handoutId: null, returnTo: null })
      return isCallPhase(from.state) ? go({ ...from, handoutId: null, returnTo: 'ready' }) : go(free(from))
    case 'call_requested':
      if (isCallPhase(from.state)) return refuse('in_call')
      if (from.state !== 'ready' && from.state !== 'reserved' && from.state !== 'wrap_up')
        return refuse('not_ready')
      return go({ ...from, state: 'ringing_agent', callId: event.callId, returnTo: from.state })
    case 'agent_accepted':
      return advance(from, event.callId, 'agent_accepted')
    case 'customer_dialled':
      return advance(from, event.callId, 'dialling_customer')
    case 'customer_bridged':
      return advance(from, event.callId, 'talking')
    case 'call_ended':
      if (from.callId !== event.callId) return go(from)
      if (event.phoneLost)
        return go({
          ...from,
          state: 'phone_lost',
          callId: null,
          returnTo: from.handoutId === null ? null : 'reserved'
        })
      if (from.handoutId === null) return go(free(from))
      return go({
        ...from,
        state: event.reachedCustomer ? 'wrap_up' : (from.returnTo ?? 'reserved'),
        callId: null,
        returnTo: null
      })
    case 'phone_lost':
      if (!['ready', 'reserved', 'wrap_up', 'disconnected_ui'].includes(from.state)) return go(from)
      return go({ ...from, state: 'phone_lost', returnTo: from.handoutId === null ? null : from.state })
    case 'phone_back':
      return go(from.state === 'phone_lost' ? phoneBack(from) : from)
    case 'hand_call_began':
      return go(from)
    case 'hand_call_ended':
      return go(from.callId === event.callId ? afterHandCall(from) : from)
    case 'ui_lost':
      return go(from.state === 'ready' ? { ...from, state: 'disconnected_ui' } : from)
    case 'ui_back':
      if (from.returnTo === 'disconnected_ui') return go({ ...from, returnTo: 'ready' })
      return go(from.state === 'disconnected_ui' ? free(from) : from)
    case 'pause_requested':
      if (from.state === 'ready') return go({ ...offline, state: 'paused', pauseReason: event.reason })
      if (from.state === 'paused') return go({ ...from, pauseReason: event.reason })
      return go({ ...from, pauseRequested: event.reason })
    case 'resumed':
      if (from.state === 'paused') return go({ ...offline, state: 'ready' })
      if (from.pauseRequested) return go({ ...from, pauseRequested: null })
      if (from.returnTo === 'paused') return go({ ...from, pauseReason: null, returnTo: 'ready' })
      return refuse('nothing_to_resume')
  }
}

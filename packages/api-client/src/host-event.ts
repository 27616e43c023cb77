import type { AgentStateName, LastCall } from './model.ts'

/** What happens, as a host page hears of it: `evs-` and the name is the DOM event (embedding contract). */
export interface HostEventDetails {
  'agent-state-change': {
    readonly state: AgentStateName
    readonly previous: AgentStateName | null
    readonly reason: string | null
    readonly since: string
    readonly revision: number
  }
  'contact-offered': { readonly handoutId: number; readonly campaignId: number; readonly contactId: number }
  'contact-released': { readonly handoutId: number }
  'call-offered': { readonly callId: string; readonly number: string }
  'call-ringing': { readonly callId: string; readonly leg: 'agent' | 'customer' }
  'call-leg-accepted': { readonly callId: string; readonly by: 'key' | 'answer' | 'screen' | null }
  'call-connected': { readonly callId: string; readonly number: string }
  'call-held': { readonly callId: string }
  'call-resumed': { readonly callId: string }
  'call-muted': { readonly callId: string; readonly muted: boolean }
  'call-ended': LastCall
  'wrap-up-started': { readonly handoutId: number; readonly deadline: string | null }
  'wrap-up-done': { readonly handoutId: number; readonly dispositionId: number | null }
}
export type HostEventName = keyof HostEventDetails

/** Lane of state: every tab hears it, in the order offered ≤ ringing ≤ connected ≤ ended ≤ wrap-up. */
export type HostEvent = {
  [N in HostEventName]: {
    readonly name: N
    /** Stable over tabs, reconnections and replays. */
    readonly eventId: string
    readonly occurredAt: string
    /** It happened while this tab was absent: tell it, but do nothing because of it. */
    readonly replayed: boolean
    readonly detail: HostEventDetails[N]
  }
}[HostEventName]

/** What rings, pops up or is written down because of a call: exactly one tab of the agent gets it. */
export interface SideEffect {
  /** Stable: `<id of the call or hand-out>:<milestone>`. */
  readonly eventId: string
  readonly milestone: 'offered' | 'ringing' | 'connected' | 'ended'
  readonly occurredAt: string
  readonly callId: string | null
  readonly handoutId: number | null
  readonly campaignId: number
  readonly contactId: number | null
  readonly externalId: string | null
  readonly number: string | null
}

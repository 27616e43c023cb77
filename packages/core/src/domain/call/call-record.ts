/** How a call ended, one closed list for API, replay and database (docs/reference/call-record.md). */
export const outcomes = [
  'answered',
  'no_answer',
  'busy',
  'rejected',
  'invalid_number',
  'unreachable',
  'congestion',
  'cancelled',
  'failed',
  'blocked',
  'missed',
  'abandoned',
  'agent_no_answer',
  'agent_busy',
  'agent_rejected',
  'agent_unreachable',
  'agent_cancelled',
  'agent_not_accepted'
] as const
export type Outcome = (typeof outcomes)[number]

export const parties = ['agent', 'customer', 'server', 'unknown'] as const
export type EndedBy = (typeof parties)[number]

export const acceptances = ['answer', 'key', 'screen'] as const
export type AcceptedBy = (typeof acceptances)[number]

export type CallRole = 'agent' | 'customer'

/** One leg as the PBX told it. Times are epoch milliseconds; a fact is set once, the earliest wins. */
export interface LegFact {
  readonly kind: 'leg'
  readonly callId: string
  /** Stable within the call: `a1`, `a2`, `c1` … */
  readonly leg: string
  readonly role: CallRole
  readonly channel: string
  readonly uniqueid: string
  readonly linkedid: string
  /** Technology and endpoint without the channel's suffix: `PJSIP/1001`, `PJSIP/trunk-site-a`. */
  readonly endpoint: string
  readonly trunk: boolean
  readonly phase: 'created' | 'ringing' | 'answered' | 'bridged' | 'ended'
  readonly atMs: number
  /** Q.850 cause, with phase `ended`. */
  readonly cause?: number
  /** SIP status, when there was one. */
  readonly techCause?: string
}

/** Whether a person took the agent's leg (a mobile that must press a key). */
export type AcceptanceFact = Acceptance<'accepted'> | Acceptance<'not-accepted'>

interface Acceptance<K> {
  readonly kind: K
  readonly callId: string
  readonly atMs: number
  readonly by?: string
  readonly reason?: string
}

/** The agent's phone was answered and asks him to accept, until `untilMs`. */
export interface AskedFact {
  readonly kind: 'asked'
  readonly callId: string
  readonly atMs: number
  readonly untilMs: number
}

/** The customer was put on hold or taken back; the recording went on or stopped. */
export interface SwitchFact {
  readonly kind: 'hold' | 'recording'
  readonly callId: string
  readonly atMs: number
  readonly on: boolean
}

/** The call is over (`ended`), or its record changed in the two seconds after (`amended`). */
export type EndedFact = Ended<'ended'> | Ended<'amended'>

interface Ended<K> {
  readonly kind: K
  readonly callId: string
  readonly record: CallRecord
}

/** What became of a leg that waits for calls; its id stands where other facts have the call's. */
export interface WaitingLegFact {
  readonly kind: 'waiting-leg'
  /** UUID of the leg; a kept one has the id of the call that it began with. */
  readonly callId: string
  readonly phase: 'ringing' | 'asked' | 'ready' | 'kept' | 'ended'
  readonly attempt: number
  readonly channel: string
  readonly atMs: number
  /** Of phase asked. */
  readonly untilMs?: number
  /** Of phase ended: why nobody took it (`timeout`, `refused`), when it was asked. */
  readonly reason?: string
  readonly cause?: number
}

/** A supervisor hears a call (`began`), or does no more; his leg's id stands where other facts have the call's. */
export interface ListeningFact {
  readonly kind: 'listening'
  readonly callId: string
  readonly phase: 'began' | 'ended'
  readonly atMs: number
}

/** An agent's phone calls a number that was dialled on it by hand (`began`), or that call is over. */
export interface HandCallFact {
  readonly kind: 'hand-call'
  /** The id that its row in call_history will have. */
  readonly callId: string
  readonly phase: 'began' | 'ended'
  /** Of the phone's channel, as the PBX made it up: by it a beginning and an end are of one call. */
  readonly uniqueid: string
  /** Whose phone it is: `PJSIP/1001`. */
  readonly endpoint: string
  /** When the phone began to dial. */
  readonly startedAtMs: number
  readonly atMs: number
}

/** What happens while a call lasts. */
export type ProgressFact = LegFact | AcceptanceFact | AskedFact | SwitchFact

export type CallFact = ProgressFact | EndedFact | WaitingLegFact | ListeningFact | HandCallFact

export interface LegRecord {
  readonly leg: string
  readonly role: CallRole
  readonly channel: string
  readonly uniqueid: string
  readonly endpoint: string
  readonly trunk: boolean
  readonly createdAtMs?: number
  readonly ringingAtMs?: number
  readonly answeredAtMs?: number
  readonly bridgedAtMs?: number
  readonly endedAtMs?: number
  readonly cause?: number
  readonly techCause?: string
}

/** A transfer: an edge from the leg that gave the call away to the leg that took it over. */
export interface TransferRecord {
  /** `blind`: sent away unannounced; `attended`: announced, or handed over while the target rang. */
  readonly kind: 'blind' | 'attended'
  readonly atMs: number
  /** Names of legs, such as `a1`. */
  readonly from: string
  /** The leg that was given away. */
  readonly party: string
  /** Missing when no leg took over. */
  readonly to?: string
}

/** What the PBX knows of one finished call. Times are epoch milliseconds, durations milliseconds. */
export interface CallRecord {
  /** Ours, or for a call we did not start an id derived from the PBX's. */
  readonly callId: string
  readonly foreign: boolean
  readonly direction: 'outbound' | 'inbound'
  readonly outcome: Outcome
  readonly endedBy: EndedBy
  readonly startedAtMs: number
  readonly agentRingingAtMs?: number
  readonly agentAnsweredAtMs?: number
  readonly agentAcceptedAtMs?: number
  readonly customerDialledAtMs?: number
  readonly customerRingingAtMs?: number
  readonly customerAnsweredAtMs?: number
  readonly endedAtMs: number
  /** Both humans bridged, hold taken off. */
  readonly talkMs: number
  readonly holdMs: number
  /** From the customer's answer, never the agent's. */
  readonly billableMs: number
  readonly cause?: number
  readonly techCause?: string
  readonly trunk?: string
  /** Which of the ways out carried it, from 1. */
  readonly route?: number
  readonly callerIdPresented?: string
  readonly customerNumber?: string
  readonly agentEndpoint?: string
  /** How the agent's leg was accepted, when it had to be. */
  readonly acceptedBy?: AcceptedBy
  /** From the answer of the agent's leg to its acceptance. */
  readonly acceptMs?: number
  /** The agent's leg was answered and nobody accepted in time; left out when nobody was asked. */
  readonly voicemailSuspected?: boolean
  /** The last attempt at the agent's phone that this is the end of, from 1; 1 when left out, as in calls that we did not start. */
  readonly agentAttempts?: number
  /** Some of it was recorded. */
  readonly recorded?: boolean
  readonly linkedid?: string
  /** Dialled by hand on a phone: the site's key in the dialplan and the number's class, `refused` and `emergency` included. */
  readonly handDial?: { readonly site: string; readonly class: string }
  readonly endQuality: 'exact' | 'estimated'
  readonly interpreterVersion: number
  readonly legs: readonly LegRecord[]
  /** In the order of time. */
  readonly transfers: readonly TransferRecord[]
}

/** The record of a call that was asked for and never reached the PBX, or whose last attempt at the agent's phone did not. */
export const recordOfNothing = (
  known: Required<Pick<CallRecord, 'callId' | 'agentAttempts' | 'startedAtMs' | 'endedAtMs'>>
): CallRecord => ({
  ...known,
  foreign: false,
  direction: 'outbound',
  outcome: 'failed',
  endedBy: 'server',
  talkMs: 0,
  holdMs: 0,
  billableMs: 0,
  endQuality: 'exact',
  interpreterVersion: 0,
  legs: [],
  transfers: []
})

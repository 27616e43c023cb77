/** Whose phone a leg rings: the agent's station or the customer. A supervisor's spy leg is never a leg of a call. */
export type CallRole = 'agent' | 'customer'

/** Who ended the call: the party whose far end sent the first hang-up, the PBX or our own action, or nobody knows. */
export type EndedBy = 'agent' | 'customer' | 'server' | 'unknown'

/** The closed list of results of a call. The `agent_…` values mean that the customer was never reached for the agent's sake. */
export type Outcome =
  | 'answered'
  | 'no_answer'
  | 'busy'
  | 'rejected'
  | 'invalid_number'
  | 'unreachable'
  | 'congestion'
  | 'cancelled'
  | 'failed'
  | 'blocked'
  | 'missed'
  | 'abandoned'
  | 'agent_no_answer'
  | 'agent_busy'
  | 'agent_rejected'
  | 'agent_unreachable'
  | 'agent_cancelled'
  | 'agent_not_accepted'

/** How far a leg has come. */
export type LegPhase = 'created' | 'ringing' | 'answered' | 'bridged' | 'ended'

/** A leg reached a phase. Each phase is told once for each leg; phases may be skipped and may come out of order. */
export interface LegFact {
  kind: 'leg'
  callId: string
  /** `a1`, `a2`, … for the agent's legs, `c1`, … for the customer's; stable within the call. */
  leg: string
  role: CallRole
  /** The full channel name, such as `PJSIP/1001-0000002a`. */
  channel: string
  uniqueid: string
  linkedid: string
  /** The channel name without its serial number: `PJSIP/1001`, `PJSIP/trunk-site-a`. */
  endpoint: string
  /** True when the endpoint is a way out to the public network. */
  trunk: boolean
  phase: LegPhase
  /** Milliseconds since 1970. */
  atMs: number
  /** Q.850 cause, with phase `ended` only. */
  cause?: number
  /** SIP status of the failure reply, with phase `ended` only, when Asterisk tells it. */
  techCause?: string
}

/** How the agent took a leg that asked for it. */
export type AcceptedBy = 'answer' | 'key' | 'screen'

/** The agent's mobile leg accepted the call, or did not (`EvsAccepted`, `EvsNotAccepted` of the dialplan kit). */
export interface AcceptedFact {
  kind: 'accepted' | 'not-accepted'
  callId: string
  atMs: number
  by?: AcceptedBy
  /** `timeout` or `refused`. */
  reason?: string
}

/** The agent's leg was answered and asks him to accept (`EvsConfirm`). */
export interface AskedFact {
  kind: 'asked'
  callId: string
  atMs: number
  untilMs: number
}

/** The customer is on hold, or taken back (`EvsHold`); the recording runs, or has stopped (MixMonitor). */
export interface SwitchFact {
  kind: 'hold' | 'recording'
  callId: string
  atMs: number
  on: boolean
}

/** The last leg hung up (`ended`), or late events changed the record within the seal time (`amended`). */
export interface EndedFact {
  kind: 'ended' | 'amended'
  callId: string
  record: CallRecord
}

/** What became of a leg that waits for calls; its id stands where other facts have the call's. */
export interface WaitingLegFact {
  kind: 'waiting-leg'
  callId: string
  phase: 'ringing' | 'asked' | 'ready' | 'kept' | 'ended'
  attempt: number
  channel: string
  atMs: number
  untilMs?: number
  reason?: string
  cause?: number
}

/** A supervisor hears a call, or does no more; his leg's id stands where other facts have the call's. */
export interface ListeningFact {
  kind: 'listening'
  callId: string
  phase: 'began' | 'ended'
  atMs: number
}

/** A phone calls a number that was dialled on it by hand, or does no more. */
export interface HandCallFact {
  kind: 'hand-call'
  /** As in the record of a call that the framework did not start. */
  callId: string
  phase: 'began' | 'ended'
  /** Of the phone's channel. */
  uniqueid: string
  endpoint: string
  startedAtMs: number
  atMs: number
}

/** What the interpreter says of one event. */
export type CallFact =
  | WaitingLegFact
  | ListeningFact
  | HandCallFact
  | LegFact
  | AcceptedFact
  | AskedFact
  | SwitchFact
  | EndedFact

/** One leg as it stands in a record. Times are milliseconds since 1970. */
export interface LegRecord {
  leg: string
  role: CallRole
  channel: string
  uniqueid: string
  linkedid: string
  endpoint: string
  trunk: boolean
  createdAtMs: number
  ringingAtMs?: number
  answeredAtMs?: number
  /** First moment in a bridge with another party. */
  bridgedAtMs?: number
  endedAtMs?: number
  /** Total time in a bridge with another party. */
  bridgedMs: number
  cause?: number
  techCause?: string
  /** Which of the call's routes, 1 being the first, when the dialplan kit told it. */
  route?: number
  /** The dialled number (an outgoing leg) or the caller's number (an incoming one), as Asterisk writes it. */
  number?: string
  /** True when this leg's far end sent the hang-up. */
  hungUp: boolean
}

/**
 * One transfer: an edge from the leg that gave the call away to the leg that took it over. A Redirect of ours is none:
 * there nobody gives away, and the legs' own times tell it.
 */
export interface TransferRecord {
  /** `blind`: sent away unannounced; `attended`: handed over after the two had spoken, or while the target rang. */
  kind: 'blind' | 'attended'
  atMs: number
  /** Name of the leg that transferred, such as `a1`. */
  from: string
  /** Name of the leg that was given away, such as `c1`. */
  party: string
  /** Name of the leg that took over; missing when there never was one (no way there, refused before it rang). */
  to?: string
}

/** The complete record of one finished call. Times are milliseconds since 1970, durations are milliseconds. */
export interface CallRecord {
  /** The framework's id; for a call it did not start `foreign:<linkedid>`. */
  callId: string
  foreign: boolean
  direction: 'outbound' | 'inbound'
  outcome: Outcome
  endedBy: EndedBy
  startedAtMs: number
  agentRingingAtMs?: number
  agentAnsweredAtMs?: number
  agentAcceptedAtMs?: number
  customerDialledAtMs?: number
  customerRingingAtMs?: number
  customerAnsweredAtMs?: number
  endedAtMs: number
  /** Both parties bridged, less the time on hold. */
  talkMs: number
  holdMs: number
  /** From the customer's answer to the end of his leg (inbound: from the agent's answer). */
  billableMs: number
  /** Q.850 cause of the leg that decides the outcome. */
  cause?: number
  techCause?: string
  /** Endpoint of the customer's leg when it is a trunk, such as `PJSIP/trunk-site-a`. */
  trunk?: string
  /** The route of the customer's leg that decides, 1 being the first. */
  route?: number
  /** The caller id shown to the called party. */
  callerIdPresented?: string
  customerNumber?: string
  agentEndpoint?: string
  acceptedBy?: AcceptedBy
  /** From the answer of the agent's leg to its acceptance. */
  acceptMs?: number
  /** The agent's leg was answered and nobody accepted in time; left out when nobody was asked. */
  voicemailSuspected?: boolean
  /** The last attempt at the agent's phone, from 1; of our own calls. */
  agentAttempts?: number
  /** A recording ran at some time. */
  recorded?: boolean
  linkedid?: string
  /** A number dialled by hand on a phone (`EvsHandDial`): the site and the number's class, `refused` and `emergency` included. */
  handDial?: { site: string; class: string }
  /** `estimated` when the end fell into a gap of the AMI connection. */
  endQuality: 'exact' | 'estimated'
  interpreterVersion: number
  legs: LegRecord[]
  /** In the order of time; empty for most calls. */
  transfers: TransferRecord[]
}

/** A call known to be open before a gap, with what is known of it: from `openCalls(state)` or from the database. */
export interface OpenCall {
  callId: string
  foreign: boolean
  direction: 'outbound' | 'inbound'
  startedAtMs: number
  /** Time of the last fact known: the best estimate of the end when the call is gone. */
  lastFactAtMs: number
  agentAcceptedAtMs?: number
  acceptedBy?: AcceptedBy
  /** Why the agent's mobile leg did not accept. */
  notAccepted?: string
  recorded?: boolean
  /** Time on hold so far. */
  holdMs?: number
  callerIdPresented?: string
  legs: LegRecord[]
}

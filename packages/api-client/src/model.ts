/** What the screens show, as the server computes it. Times are ISO 8601 in UTC, numbers of telephones E.164. */

export const agentStates = [
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
export type AgentStateName = (typeof agentStates)[number]

/** A text in every language that the screens speak. */
export type BothLanguages = Readonly<Record<'fr' | 'en', string>>

/** Who is signed in, and what he may do. */
export interface Profile {
  readonly userId: number
  readonly displayName: string
  readonly role: 'agent' | 'supervisor' | 'admin'
  readonly language: 'fr' | 'en'
  readonly siteId: number | null
  readonly permissions: readonly string[]
}

/** The agent's own state; the newest `revision` wins. */
export interface AgentView {
  readonly agentId: number
  readonly state: AgentStateName
  /** The event that led here. */
  readonly cause: string
  readonly since: string
  readonly revision: number
  readonly pauseReason: string | null
  /** A pause asked for during work: it begins when the work ends. */
  readonly pauseRequested: string | null
  /** Name of the station he works at: `extension`, `mobile` …; null when he is not at work. */
  readonly station: string | null
  /** Campaigns he works in now; null: in all that he is assigned to. */
  readonly campaignIds: readonly number[] | null
}

/** How far one side of a call has come; `none`: it is not called yet. */
export type LegState = 'none' | 'dialling' | 'ringing' | 'answered' | 'accepted' | 'talking' | 'ended'

/** One side of a call. */
export interface LegView {
  readonly state: LegState
  readonly since: string | null
}

export type CallState =
  | 'requested'
  | 'ringing_agent'
  /** The agent's phone was answered; he has still to accept, in the way that `accept` says. */
  | 'awaiting_acceptance'
  | 'agent_accepted'
  | 'dialling_customer'
  | 'ringing_customer'
  | 'talking'

/** What the server can do with this call now; a control that is not named here is not shown. */
export type CallCapability =
  | 'hangup'
  | 'hold'
  | 'resume'
  | 'mute'
  | 'unmute'
  | 'digits'
  | 'pause_recording'
  | 'resume_recording'
  | 'accept'
  | 'listen'
  | 'whisper'

/** The agent's call in flight, with both legs. */
export interface CallView {
  readonly callId: string
  readonly direction: 'outbound' | 'inbound'
  readonly state: CallState
  readonly number: string
  readonly campaignId: number
  readonly contactId: number | null
  readonly handoutId: number | null
  readonly station: string
  /** What the agent must do on his phone before the customer is called. */
  readonly accept: 'none' | 'answer' | 'key' | 'screen'
  /** In state `awaiting_acceptance`: until when. */
  readonly acceptUntil: string | null
  readonly acceptedBy: 'key' | 'answer' | 'screen' | null
  /** 2 when the agent's phone is called a second time. */
  readonly attempt: number
  readonly requestedAt: string
  /** Both humans have been bridged since; null before. */
  readonly talkingSince: string | null
  readonly agentLeg: LegView
  readonly customerLeg: LegView
  readonly held: boolean
  readonly heldSince: string | null
  readonly muted: boolean
  readonly recording: 'off' | 'on' | 'paused'
  readonly hangupRequested: boolean
  readonly capabilities: readonly CallCapability[]
  readonly revision: number
}

/** The agent's call before this one, at most some minutes old. */
export interface LastCall {
  readonly callId: string
  readonly handoutId: number | null
  readonly number: string | null
  readonly outcome: string
  readonly endedBy: 'agent' | 'customer' | 'server' | 'unknown'
  readonly startedAt: string
  readonly endedAt: string
  readonly talkMs: number
  readonly holdMs: number
}

export interface ContactCard {
  readonly id: number
  readonly campaignId: number
  readonly externalId: string | null
  readonly firstName: string | null
  readonly lastName: string | null
  readonly company: string | null
  readonly phones: readonly string[]
  readonly email: string | null
  readonly address: string | null
  readonly postalCode: string | null
  readonly city: string | null
  readonly country: string | null
  readonly language: string | null
  readonly timeZone: string | null
  readonly customFields: Readonly<Record<string, unknown>>
  readonly attempts: number
}

/** A choice at qualification. */
export interface Disposition {
  readonly id: number
  readonly code: string
  readonly labelFr: string
  readonly labelEn: string
  readonly positive: boolean
  /** Needs a callback date. */
  readonly callback: boolean
  /** The person asked not to be called again. */
  readonly stop: boolean
}

/** Why this contact was handed out: what a sentence in any language needs. */
export interface HandoutReason {
  readonly cause: 'list' | 'due' | 'callback' | 'chosen'
  readonly priority: number
  readonly attempts: number
  readonly lastAttemptAt: string | null
  /** cause `callback`: for when it was promised, and by whom (null: by the team). */
  readonly promisedFor: string | null
  readonly promisedBy: string | null
}

/** The contact in the agent's hands. */
export interface Handout {
  readonly id: number
  readonly campaignId: number
  readonly campaignName: string
  readonly why: HandoutReason
  readonly grantedAt: string
  readonly expiresAt: string
  readonly callId: string | null
  readonly callsMade: number
  readonly dispositionId: number | null
  readonly note: string | null
  readonly callbackAt: string | null
  readonly callbackPersonal: boolean
  /** Dial mode progressive: when the server dials unless it is stopped. */
  readonly dialAt: string | null
  /** The number to call first. */
  readonly nextNumber: string
  /** A limit is reached: a positive qualification will not count. */
  readonly quotaFull: boolean
  readonly finalised: boolean
  readonly contact: ContactCard
  readonly dispositions: readonly Disposition[]
}

/** Time to qualify after a call; at the deadline the server qualifies `not_qualified`. */
export interface WrapUp {
  readonly handoutId: number
  /** null: no limit. */
  readonly deadline: string | null
  readonly extensionsLeft: number
  /** By how much one extension moves the deadline, s. */
  readonly extensionSeconds: number
}

/** A way of reaching the agent's ear. */
export interface Station {
  readonly name: string
  readonly available: boolean
  /** Why it is not available, and what mends it. */
  readonly reason: BothLanguages | null
}

/** A campaign the agent works in, in his order. */
export interface AgentCampaign {
  readonly id: number
  readonly name: string
  readonly dialMode: 'manual' | 'preview' | 'direct' | 'progressive'
}

export interface PauseReason {
  readonly code: string
  readonly labelFr: string
  readonly labelEn: string
  readonly paid: boolean
  /** How long it should last at most, minutes; null: no such time. */
  readonly maxMinutes: number | null
}

/** Everything an agent's screen shows of himself. */
export interface Me {
  readonly agent: AgentView
  readonly call: CallView | null
  readonly lastCall: LastCall | null
  readonly handout: Handout | null
  readonly wrapUp: WrapUp | null
  readonly stations: readonly Station[]
  readonly campaigns: readonly AgentCampaign[]
  readonly pauseReasons: readonly PauseReason[]
}

/** One agent on the supervisor's board. */
export interface BoardRow {
  readonly agentId: number
  readonly displayName: string
  readonly siteId: number | null
  readonly siteName: string | null
  readonly state: AgentStateName
  readonly since: string
  readonly pauseReason: string | null
  readonly pauseRequested: string | null
  /** Of either, to be shown; null when the list of reasons does not name it. */
  readonly pauseLabels: BothLanguages | null
  readonly station: string | null
  readonly campaignId: number | null
  readonly campaignName: string | null
  readonly callId: string | null
  readonly revision: number
}

/** One call in flight as supervisors see it. */
export interface LiveCall {
  readonly callId: string
  readonly state: CallState
  readonly direction: 'outbound' | 'inbound'
  readonly number: string
  readonly campaignId: number
  readonly campaignName: string
  readonly agentId: number | null
  readonly agentName: string | null
  readonly siteId: number | null
  readonly siteName: string | null
  readonly station: string
  /** Endpoint of the way out in use; null before the customer is dialled. */
  readonly trunk: string | null
  readonly requestedAt: string
  readonly talkingSince: string | null
  readonly held: boolean
  readonly muted: boolean
  readonly recording: 'off' | 'on' | 'paused'
  /** What the supervisor may do with it now. */
  readonly capabilities: readonly CallCapability[]
  /** His own ear on this call, from any of his pages; null: he does not listen. */
  readonly listening: { readonly listenId: string; readonly mode: 'listen' | 'whisper' } | null
  readonly revision: number
}

/** A campaign as supervisors see it, counted by the server. */
export interface CampaignRow {
  readonly id: number
  readonly name: string
  readonly active: boolean
  readonly dialMode: string
  /** Contacts that wait and nothing holds back, now or at their hour. */
  readonly contactsLeft: number
  /** Contacts in agents' hands. */
  readonly inHand: number
  readonly agentsAtWork: number
  readonly revision: number
}

/** A quota rule and where it stands. */
export interface QuotaRow {
  readonly id: number
  readonly campaignId: number
  readonly label: string | null
  readonly field: string
  readonly operator: string
  readonly values: readonly (string | number)[]
  readonly mode: 'strict' | 'soft'
  readonly limit: number
  readonly state: 'building' | 'active'
  readonly completed: number
  readonly reserved: number
  readonly remaining: number
  readonly contactsLeft: number
  readonly forecast: {
    readonly state: 'full' | 'fills' | 'short' | 'unknown'
    readonly at: string | null
    readonly contacts: number | null
    readonly reason: string | null
  }
  readonly revision: number
}

/** Why nothing is handed out. */
export interface DispatchReason {
  readonly code: string
  readonly detail: string
  readonly until: string | null
  readonly ref: number | null
  /** What people call the rule that it speaks of. */
  readonly name: string | null
}

export interface Qualification {
  readonly dispositionId: number
  readonly note?: string | null
  readonly callbackAt?: string | null
  /** The agent calls back himself; default: anybody of the campaign. */
  readonly callbackPersonal?: boolean
}

import type { ChannelIdParts } from './channel-id.ts'
import type { AcceptedBy, CallRecord, CallRole } from './types.ts'

/** Changes whenever the same events would give another record. Written into every record. */
export const interpreterVersion = 2

/** How long after the last hang-up late events still change a record; 2 s is ample (measured on Asterisk 22). */
export const SEAL_MS = 2000
/** How long the id of a finished call is remembered, so that a stray event does not begin it again. */
export const CLOSED_MS = 60_000

/** A channel's presence in a bridge. */
export interface Stay {
  channel: Channel
  bridge: Bridge
  fromMs: number
  toMs?: number
  /** Its end fell into a gap; the event, if it still comes, knows better. */
  guessed?: boolean
}

export interface Bridge {
  id: string
  stays: Stay[]
}

/** One channel of Asterisk that matters to calls: a phone, or a half of a Local channel in the dial tree. */
export interface Channel {
  uniqueid: string
  name: string
  linkedid: string
  /** What its Uniqueid says when we chose it. */
  own: ChannelIdParts | undefined
  /** `PJSIP/1001`, and whether that is a way out to the public network. */
  endpoint: string
  trunk: boolean
  local: boolean
  /** One leg that serves an agent's calls for a whole shift (`ChannelId: …-h1`); its legs are its times in calls. */
  held: boolean
  /** Why nobody took it: `timeout`, `refused`. Of a held leg that asked. */
  notTaken?: string
  spy: boolean
  /** Called us, rather than being called. */
  incoming: boolean
  /** Calls a number that was dialled on it by hand (`EvsHandDial`), and was not refused it. */
  byHand?: boolean
  originated: boolean
  dialledBy?: string
  call?: Call
  /** A phone's leg; for a held channel that of its present call. */
  leg?: Leg
  stays: Stay[]
  createdAtMs: number
  /** Place in the journal of the frame that began it. */
  mark: number
  ended: boolean
  /** Events may have been missed: the next snapshot must show this channel, or it is gone. */
  unsure: boolean
}

/** What is known of one leg. Times are the earliest seen, in milliseconds with microseconds as the fraction. */
export interface Leg {
  channel: Channel
  role?: CallRole
  label?: string
  createdAtMs: number
  ringingAtMs?: number
  answeredAtMs?: number
  bridgedAtMs?: number
  endedAtMs?: number
  hangupRequestAtMs?: number
  cause?: number
  /** What the gateway's cause is taken for, when its trunk has a map of causes. */
  meantCause?: number
  techCause?: string
  dialStatus?: string
  number?: string
  shownCallerId?: string
  route?: number
  /** Its end fell into a gap. */
  estimated: boolean
  /** The phases that were told, as `reachedPhases` has them. */
  told: number
}

export interface HoldMark {
  source: string
  on: boolean
  atMs: number
}

/** A transfer as Asterisk told it; who took over may become known later. */
export interface Transfer {
  kind: 'blind' | 'attended'
  atMs: number
  from: Leg
  party: Leg
  /** The channel of an announced transfer's target. */
  target?: Channel
}

export interface Call {
  callId: string
  foreign: boolean
  direction?: 'outbound' | 'inbound'
  startedAtMs: number
  lastFactAtMs: number
  /** Place in the journal of the frame that began it. */
  mark: number
  /** Those by which further channels find it. */
  linkedids: Set<string>
  channels: Set<Channel>
  legs: Leg[]
  holds: HoldMark[]
  transfers: Transfer[]
  /** Time on hold before a restart of this process. */
  holdBeforeMs: number
  queued: boolean
  confirmAsked: boolean
  acceptedAtMs?: number
  acceptedBy?: AcceptedBy
  notAccepted?: string
  recorded: boolean
  handDial?: { site: string; class: string; number: string }
  dialEnd?: { cause: number | undefined; route: number | undefined }
  /** OriginateResponse Failure: `Reason` by number of the attempt. */
  failedOriginates: Map<number, { reason: string; endpoint: string; atMs: number }>
  /** When this side asked for the end, told by `noteHangup`. */
  hangupSentAtMs?: number
  over: boolean
  sealAtMs?: number
  /** The record as told last; events of the call, or a request of ours, that came behind it may change it. */
  toldRecord?: CallRecord
  lateNews: boolean
}

/** How endpoints of one installation are read. */
export interface InterpreterOptions {
  /** Is `PJSIP/trunk-site-a` a way out to the public network? Default: names that begin with `trunk-`. */
  isTrunk?: (endpoint: string) => boolean
}

/** Everything the interpreter knows. Owned by the caller, changed by `interpret`, `expire` and `restore` only. */
export interface InterpreterState {
  readonly isTrunk: (endpoint: string) => boolean
  /** Place in the journal of the frame that is being read; 0 without a journal. */
  mark: number
  readonly channels: Map<string, Channel>
  readonly calls: Map<string, Call>
  readonly callByLinkedid: Map<string, Call>
  readonly bridges: Map<string, Bridge>
  /** Newest hang-ups by Uniqueid: a snapshot that was taken before one must not bring the channel back. */
  readonly recentHangups: Map<
    string,
    { atMs: number; cause: number | undefined; techCause: string | undefined }
  >
  readonly closedCalls: Map<string, number>
  /** Calls that are over, in the order in which they are to be sealed; one that began again may be in it twice. */
  readonly toSeal: Set<{ call: Call; atMs: number }>
  /** Until then there is nothing to seal and no closed call to forget. */
  quietUntilMs: number
}

const trunkByName = (endpoint: string): boolean => /^[^/]+\/trunk-/.test(endpoint)

/** An interpreter that has seen nothing yet. */
export function createInterpreterState(options: InterpreterOptions = {}): InterpreterState {
  return {
    isTrunk: options.isTrunk ?? trunkByName,
    mark: 0,
    channels: new Map(),
    calls: new Map(),
    callByLinkedid: new Map(),
    bridges: new Map(),
    recentHangups: new Map(),
    closedCalls: new Map(),
    toSeal: new Set(),
    quietUntilMs: Number.POSITIVE_INFINITY
  }
}

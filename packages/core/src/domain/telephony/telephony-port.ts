import { definePort } from '../../kernel/extension-point.ts'
import type { LegFact } from '../call/call-record.ts'
import { guardTelephony } from './permit.ts'
import type { CodeQuestion } from './phone-questions.ts'

/** One way out for the customer's leg. */
export interface Route {
  /** Name of the trunk's endpoint on the PBX. */
  readonly trunk: string
  /** The number as this trunk wants it. */
  readonly number: string
  /** What the customer sees, digits with an optional `+`; null leaves it to the trunk. */
  readonly callerId: string | null
}

/** How the agent's ear is reached. */
export interface AgentLeg {
  /** Name of the strategy, stored with the call: `extension`, `mobile` … */
  readonly station: string
  /** Dial string of the PBX, such as `PJSIP/1001`. */
  readonly dial: string
  /** What a person must do before the customer is called; `none` for a phone on the desk. */
  readonly accept: 'none' | 'key' | 'answer' | 'screen'
  readonly ringSeconds: number
  /** The trunk that this leg takes a channel of, for a phone on the public network. */
  readonly trunk?: string
  /** What he hears and how long he has to accept; needed unless `accept` is none. */
  readonly confirm?: Confirmation
  /** What his phone shows, digits with an optional `+`; left out: the number of who is called. */
  readonly callerId?: string
  /** How often his phone is called for one call; 1 when left out. Then he counts as lost. */
  readonly attempts?: number
  /** How long his leg waits for the next call after one that reached nobody, seconds; 0 when left out. */
  readonly keepSeconds?: number
}

/** How the PBX asks a person to take the agent's leg. */
export interface Confirmation {
  /** Sound file of the PBX, without extension: letters, digits, `_`, `-` and `/`. */
  readonly prompt: string
  readonly seconds: number
  /** On a gateway that answers before anybody does: so much longer, and the prompt is repeated. */
  readonly earlySeconds: number
}

/** A leg that is up and waits for a call. */
export interface WaitingLeg {
  /** UUID of the leg. */
  readonly legId: string
  /** Name of its channel on the PBX. */
  readonly channel: string
}

export interface OriginateRequest {
  /** UUID of the call; a retry of the agent's leg has a higher `attempt`. */
  readonly callId: string
  readonly attempt: number
  readonly agentLeg: AgentLeg
  /** E.164, shown on the agent's phone. */
  readonly number: string
  /** In the order to be tried; the PBX walks them by itself. */
  readonly routes: readonly Route[]
  readonly ringSeconds: number
  readonly maxCallSeconds: number
  /** File to record to, without extension, below the PBX's folder of recordings; null: no recording. */
  readonly recordingFile: string | null
  /** The agent is on the line already: no phone of his is rung. */
  readonly waitingLeg: WaitingLeg | null
  readonly context: CallContext
  /** An emergency number: the PBX takes the site's own emergency ways, without a limit, and `routes` is empty. */
  readonly emergency?: true
}

/** A leg that the agent holds over his session, and by which he takes one call after another. */
export interface HoldLegRequest {
  /** UUID of the leg. */
  readonly legId: string
  readonly attempt: number
  readonly agentId: number
  readonly agentLeg: AgentLeg
  /** The longest it may last, seconds. */
  readonly shiftSeconds: number
  /** It does not wait for calls: a code is asked for, and the leg ends. */
  readonly question?: CodeQuestion
}

/** The business context that goes with the call as channel variables. */
export interface CallContext {
  readonly campaignId: number
  readonly agentId: number
  readonly contactId: number | null
  readonly handoutId: number | null
  readonly siteId: number | null
}

/** A call that core believes to be in flight, for a PBX that has to pick it up again. */
export interface OpenCall {
  readonly callId: string
  readonly requestedAtMs: number
  /** The attempt at the agent's leg that it stands at, from 1, and when the PBX was asked for it, epoch ms. */
  readonly attempt: number
  readonly attemptedAtMs: number
  readonly hangupRequested: boolean
  /** What was known of its legs, phase by phase. */
  readonly legs: readonly LegFact[]
}

/** What a PBX can do with a call in flight; one that cannot leaves it out, and nobody is offered it. */
export type CallControl = 'hold' | 'mute' | 'digits' | 'recording' | 'accept' | 'listen' | 'whisper'

/** A call in flight and its channels, as far as they are known. */
export interface CallOnLine {
  readonly callId: string
  /** Which attempt at the agent's leg this is. */
  readonly attempt: number
  /** Name of the channel on the PBX; null while there is none. */
  readonly agentChannel: string | null
  readonly customerChannel: string | null
  /** The agent's leg outlives the call: ending the call ends the customer's alone. */
  readonly agentStays: boolean
}

/** What is to be done with a call in flight. Hold gives the customer music and the agent silence. */
export type CallOrder =
  | {
      readonly kind: 'hold' | 'resume' | 'mute' | 'unmute' | 'accept' | 'pause_recording' | 'resume_recording'
    }
  /** Keys that the customer's side hears, one after the other. */
  | { readonly kind: 'digits'; readonly digits: string }

/** A supervisor's ear on a call. */
export interface ListenRequest {
  /** UUID; the supervisor's leg is known by it. */
  readonly listenId: string
  readonly mode: 'listen' | 'whisper'
  /** How the supervisor is reached. */
  readonly leg: AgentLeg
}

/** The way to a PBX. Facts about calls come back through the call ledger. */
export interface TelephonyPort {
  /** Name of the PBX, stored with each call. */
  readonly pbx: string
  readonly controls: ReadonlySet<CallControl>
  /**
   * Asks for the agent's leg and, once it is taken, the customer's. `uncertain`: the request left, but no answer came,
   * so the call may exist; its end is then found by the facts or by reconciling.
   * Only core's own way of dialling gets a request through: the policy has to allow it first.
   * @throws CORE_ORIGINATE_NOT_PERMITTED for a request that core did not permit; a coded error when the request certainly
   * did not reach the PBX, or was refused.
   */
  originate(request: OriginateRequest): Promise<'accepted' | 'uncertain'>
  /** Rings the agent for a leg that waits for calls. Permitted requests only; what becomes of it is told by facts. */
  holdLeg(request: HoldLegRequest): Promise<'accepted' | 'uncertain'>
  /** Accepts a leg by a click, or ends it; false when it is gone. */
  controlLeg(
    leg: WaitingLeg & { readonly attempt: number },
    order: 'accept' | 'end' | 'beep'
  ): Promise<boolean>
  /** Ends every leg of a call, or the customer's alone when the agent stays; false when the PBX has none. */
  hangup(call: CallOnLine): Promise<boolean>
  /** Carries out an order; false when the PBX has no such channel any more. What changes is told by facts, mute excepted. */
  control(call: CallOnLine, order: CallOrder): Promise<boolean>
  /** Rings the supervisor and lets him hear both parties, or also speak to the agent alone; false when the call is gone. */
  listen(call: CallOnLine, request: ListenRequest): Promise<boolean>
  /** Ends a supervisor's leg; false when it is gone already. */
  endListening(listenId: string): Promise<boolean>
}

export const telephony = definePort<TelephonyPort>('core.telephony', guardTelephony)

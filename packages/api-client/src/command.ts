import type { DispatchReason, Handout, Qualification } from './model.ts'

/** Why a command was refused: this list is closed, texts in any language hang on it. */
export const commandErrorCodes = [
  'not_ready',
  'not_authenticated',
  'forbidden',
  'invalid_number',
  'do_not_contact',
  'consent_missing',
  'outside_hours',
  'attempts_exhausted',
  'quota_full',
  'in_call',
  'wrap_up_pending',
  'no_line',
  'agent_leg_failed',
  'agent_not_accepted',
  'timeout',
  'offline',
  'conflict',
  'unsupported',
  'invalid_input',
  'internal'
] as const
export type CommandErrorCode = (typeof commandErrorCodes)[number]

export interface CommandRefusal {
  readonly ok: false
  readonly code: CommandErrorCode
  /** The server's sentence, for a log or a tooltip; what a person reads is the text of the code. */
  readonly message: string
  /** Whether the same command may succeed when it is repeated later. */
  readonly retryable: boolean
}

export type CommandResult<T = null> = { readonly ok: true; readonly value: T } | CommandRefusal

export interface NextContact {
  readonly handout: Pick<Handout, 'id' | 'campaignId'> | null
  /** Why there is none. */
  readonly reasons: readonly DispatchReason[]
  /** When asking again makes sense at the latest; null: when the session announces work. */
  readonly askAgainAt: string | null
}

/**
 * What a person asks the server to do. Each is acknowledged or refused within 3 s, carries an idempotency key, and two
 * equal ones at once (a double click) are one. Offline they are refused at once and never sent later.
 */
export interface Commands {
  /**
   * Go to work, or change the station between calls. `campaignIds`: work in these of the assigned campaigns, null: in all;
   * left out: in those chosen before, at first in all.
   */
  login(input: {
    readonly station: string
    readonly campaignIds?: readonly number[] | null
  }): Promise<CommandResult>
  /** Leave work. */
  logout(): Promise<CommandResult>
  /** Pause now, or after the work under way. */
  pause(input: { readonly reason: string }): Promise<CommandResult>
  /** Be ready again, or take back the wish for a pause. */
  ready(): Promise<CommandResult>
  requestNext(input?: {
    readonly campaignId?: number
    readonly contactId?: number
    /** This open callback, alone: his own or the team's. */
    readonly callbackId?: number
  }): Promise<CommandResult<NextContact>>
  /** Give the contact back without having called. */
  skipContact(input: { readonly handoutId: number }): Promise<CommandResult>
  /** Dial mode progressive: do not dial by itself. */
  stopCountdown(input: { readonly handoutId: number }): Promise<CommandResult>
  /** Call the contact in hand, by `number` or his first. */
  dialContact(input: {
    readonly handoutId: number
    readonly number?: string
  }): Promise<CommandResult<{ readonly callId: string }>>
  /** Call a number that belongs to no contact in hand (click-to-dial). */
  dial(input: { readonly number: string }): Promise<CommandResult<{ readonly callId: string }>>
  hangup(input: { readonly callId: string }): Promise<CommandResult>
  hold(input: { readonly callId: string }): Promise<CommandResult>
  resume(input: { readonly callId: string }): Promise<CommandResult>
  mute(input: { readonly callId: string }): Promise<CommandResult>
  unmute(input: { readonly callId: string }): Promise<CommandResult>
  /** 0-9, * and #. */
  sendDigits(input: { readonly callId: string; readonly digits: string }): Promise<CommandResult>
  /** Stop recording, such as for the number of a card. */
  pauseRecording(input: { readonly callId: string }): Promise<CommandResult>
  resumeRecording(input: { readonly callId: string }): Promise<CommandResult>
  /** Accept the call on the screen, where the site asks for that. */
  accept(input: { readonly callId: string }): Promise<CommandResult>
  /** Keeps the qualification; possible during the call, may be changed until finalised. */
  setDisposition(input: {
    readonly handoutId: number
    readonly qualification: Qualification
  }): Promise<CommandResult>
  /** Saves, hangs up both parties and ends the work on this contact. */
  finalise(input: {
    readonly handoutId: number
    readonly qualification?: Qualification
  }): Promise<CommandResult<{ readonly result: 'settled' | 'hanging_up'; readonly overQuota: boolean }>>
  /** More time to qualify. */
  extendWrapUp(input: { readonly handoutId: number }): Promise<CommandResult>
  /** Supervisor: his own phone rings, and he hears the call; `whisper`: the agent hears him too. */
  listen(input: {
    readonly callId: string
    readonly mode: 'listen' | 'whisper'
  }): Promise<CommandResult<{ readonly callId: string; readonly listenId: string }>>
  stopListening(input: { readonly callId: string; readonly listenId: string }): Promise<CommandResult>
  /** Supervisor: pause an agent, end his wrap-up (not qualified), or log him out. */
  forceAgent(input: {
    readonly agentId: number
    readonly action: 'pause' | 'end_wrap_up' | 'log_out'
  }): Promise<CommandResult>
}

export type CommandName = keyof Commands

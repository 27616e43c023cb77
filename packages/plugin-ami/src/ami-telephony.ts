import type {
  CallControl,
  CallOnLine,
  CallOrder,
  HoldLegRequest,
  ListenRequest,
  OriginateRequest,
  TelephonyPort,
  WaitingLeg
} from '@evscallpro/core'
import { callOrderActions, noSuchChannel, type PacedAction, redirect } from './call-orders.ts'
import { AmiActionFailed, AmiAgentLegGone, AmiLinkDown, AmiTrialEmergency } from './errors.ts'
import type { AmiLink } from './link/ami-link.ts'
import type { AmiAction } from './link/encoder.ts'
import { listenAction, listenLegId } from './listen.ts'
import {
  agentLegId,
  holdLegAction,
  nextCallActions,
  type OriginateMode,
  originateAction
} from './originate.ts'

/** Errors after which nobody knows whether Asterisk took the request. */
const lostOnTheWay = new Set(['AMI_LINK_DOWN', 'AMI_ACTION_TIMEOUT'])

const everything: readonly CallControl[] = [
  'hold',
  'mute',
  'digits',
  'recording',
  'accept',
  'listen',
  'whisper'
]
/** Without our dialplan there is no hold, no recording and nobody who asks for acceptance. */
const withoutDialplan: readonly CallControl[] = ['mute', 'digits', 'listen', 'whisper']

/** What the telephony port needs of its surroundings. */
export interface AmiTelephonyOptions {
  readonly pbx: string
  readonly actions: AmiLink
  readonly mode: OriginateMode
  /** Told of every hang-up before it is sent. */
  announceHangup(callId: string): Promise<void>
  pause(ms: number): Promise<void>
}

/** The telephony port over an AMI session that is for actions only. */
export class AmiTelephony implements TelephonyPort {
  readonly pbx: string
  readonly controls: ReadonlySet<CallControl>
  readonly #options: AmiTelephonyOptions

  constructor(options: AmiTelephonyOptions) {
    this.pbx = options.pbx
    this.controls = new Set(options.mode === 'dialplan' ? everything : withoutDialplan)
    this.#options = options
  }

  async originate(request: OriginateRequest): Promise<'accepted' | 'uncertain'> {
    const { mode } = this.#options
    const { waitingLeg, emergency } = request
    if (emergency && mode === 'trial') throw new AmiTrialEmergency()
    if (waitingLeg) return this.#originate(...nextCallActions(request, waitingLeg.channel))
    return this.#originate(originateAction(request, mode))
  }

  async holdLeg(request: HoldLegRequest): Promise<'accepted' | 'uncertain'> {
    return this.#originate(holdLegAction(request))
  }

  async controlLeg(
    { channel }: WaitingLeg & { readonly attempt: number },
    order: 'accept' | 'end' | 'beep'
  ): Promise<boolean> {
    if (order === 'end') return this.#onChannel({ Action: 'Hangup', Channel: channel })
    return this.#onChannel(
      order === 'accept'
        ? redirect(channel, 'evs-confirm', 'accepted')
        : redirect(channel, 'evs-held', 'beep')
    )
  }

  /** Asterisk takes a Uniqueid where it wants a channel's name, and the agent's leg has the one we gave it. */
  async hangup({ callId, attempt, agentChannel, agentStays }: CallOnLine): Promise<boolean> {
    // Without the announcement an outcome may read no_answer for cancelled; that must not keep anybody from hanging up.
    await this.#options.announceHangup(callId).catch(() => {})
    const channel = agentChannel ?? agentLegId(callId, attempt)
    // Ending the customer's channel alone would let the dialplan try its next route.
    if (agentStays) return this.#onChannel(redirect(channel, 'evs-held', 'cancel'))
    return this.#onChannel({ Action: 'Hangup', Channel: channel })
  }

  async control(call: CallOnLine, order: CallOrder): Promise<boolean> {
    return this.#inPace(callOrderActions(call, order))
  }

  async listen(call: CallOnLine, request: ListenRequest): Promise<boolean> {
    if (call.agentChannel === null) return false
    await this.#originate(listenAction(call.agentChannel, request))
    return true
  }

  async endListening(listenId: string): Promise<boolean> {
    return this.#onChannel({ Action: 'Hangup', Channel: listenLegId(listenId) })
  }

  async #inPace(actions: readonly PacedAction[]): Promise<boolean> {
    for (const { action, thenMs } of actions) {
      if (!(await this.#onChannel(action))) return false
      if (thenMs > 0) await this.#options.pause(thenMs)
    }
    return actions.length > 0
  }

  async #originate(...sent: AmiAction[]): Promise<'accepted' | 'uncertain'> {
    const { actions } = this.#options
    // While the link is down nothing leaves: that error is certain.
    if (!actions.isUp) throw new AmiLinkDown(actions.where, 'no call can be started')
    try {
      await Promise.all(sent.map(action => actions.action(action)))
      return 'accepted'
    } catch (error) {
      if (error instanceof AmiActionFailed && noSuchChannel.test(error.message)) throw new AmiAgentLegGone()
      if (isCoded(error) && lostOnTheWay.has(error.code)) return 'uncertain'
      throw error
    }
  }

  /** False when the channel the action names is gone. */
  async #onChannel(action: AmiAction): Promise<boolean> {
    try {
      await this.#options.actions.action(action)
      return true
    } catch (error) {
      if (error instanceof AmiActionFailed && noSuchChannel.test(error.message)) return false
      throw error
    }
  }
}

const isCoded = (error: unknown): error is Error & { code: string } =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'

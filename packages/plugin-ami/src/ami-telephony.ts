import type { OriginateRequest, TelephonyPort } from '@evscallpro/core'
import { AmiActionFailed, AmiLinkDown } from './errors.ts'
import type { AmiLink } from './link/ami-link.ts'
import { agentLegId, type OriginateMode, originateAction } from './originate.ts'

/** Errors after which nobody knows whether Asterisk took the request. */
const lostOnTheWay = new Set(['AMI_LINK_DOWN', 'AMI_ACTION_TIMEOUT'])

/** The telephony port over an AMI session that is for actions only. */
export class AmiTelephony implements TelephonyPort {
  readonly pbx: string
  readonly #actions: AmiLink
  readonly #mode: OriginateMode
  readonly #announceHangup: (callId: string) => Promise<void>

  /** `announceHangup` is told of every hang-up before it is sent. */
  constructor(
    pbx: string,
    actions: AmiLink,
    mode: OriginateMode,
    announceHangup: (callId: string) => Promise<void>
  ) {
    this.pbx = pbx
    this.#announceHangup = announceHangup
    this.#actions = actions
    this.#mode = mode
  }

  async originate(request: OriginateRequest): Promise<'accepted' | 'uncertain'> {
    // While the link is down nothing leaves: that error is certain.
    if (!this.#actions.isUp) throw new AmiLinkDown(this.#actions.where, 'no call can be started')
    try {
      await this.#actions.action(originateAction(request, this.#mode))
      return 'accepted'
    } catch (error) {
      if (isCoded(error) && lostOnTheWay.has(error.code)) return 'uncertain'
      throw error
    }
  }

  /** Asterisk takes a Uniqueid where it wants a channel's name, and the agent's leg has the one we gave it. */
  async hangup(callId: string): Promise<boolean> {
    // Without the announcement an outcome may read no_answer for cancelled; that must not keep anybody from hanging up.
    await this.#announceHangup(callId).catch(() => {})
    try {
      await this.#actions.action({ Action: 'Hangup', Channel: agentLegId(callId, 1) })
      return true
    } catch (error) {
      if (error instanceof AmiActionFailed && /no such channel/i.test(error.message)) return false
      throw error
    }
  }
}

const isCoded = (error: unknown): error is Error & { code: string } =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'

import { randomInt } from 'node:crypto'
import { type AgentProfile, type Kernel, NotFoundError, phoneQuestions } from '@evscallpro/core'
import { MobileNumberMissingError, MobileUnreachableError, VerificationLimitError } from './errors.ts'
import { promptOf } from './mobile-leg.ts'
import type { MobileStation } from './mobile-station.ts'
import type { SiteBook } from './site-settings.ts'

const callsAnHour = 5
const hourMs = 3_600_000

/** What is known of the number in an agent's profile. */
export interface NumberStatus {
  /** Masked. */
  readonly number: string | null
  readonly verified: boolean
  readonly how: 'code' | 'vouched' | null
  readonly verifiedAt: string | null
  /** The last call during which a code was to be keyed. */
  readonly lastCall: 'calling' | 'right' | 'failed' | null
}

interface Profile {
  readonly mobileNumber: string | null
  readonly siteId: number | null
  readonly language: string
}

/** Which mobile numbers are known to be their agents' own. A changed number is not verified any more. */
export class Verifications {
  readonly #kernel: Kernel
  readonly #sites: SiteBook

  constructor(kernel: Kernel, sites: SiteBook) {
    this.#kernel = kernel
    this.#sites = sites
  }

  async isVerified(userId: number, number: string | null): Promise<boolean> {
    if (number === null) return false
    const row = await this.#kernel
      .db('mobile_callback.verifications')
      .where({ user_id: userId, number, withdrawn_at: null })
      .first('id')
    return row !== undefined
  }

  async status(userId: number): Promise<NumberStatus> {
    const { db } = this.#kernel
    const { mobileNumber: number } = await this.#profile(userId)
    const proof = await db('mobile_callback.verifications')
      .where({ user_id: userId, number, withdrawn_at: null })
      .orderBy('verified_at', 'desc')
      .first()
    const call = await db('mobile_callback.verification_calls')
      .where({ user_id: userId, number })
      .orderBy('started_at', 'desc')
      .first('state')
    return {
      number: number === null ? null : `${number.slice(0, 4)}…${number.slice(-2)}`,
      verified: proof !== undefined,
      how: proof?.how ?? null,
      verifiedAt: proof?.verified_at.toISOString() ?? null,
      lastCall: call?.state ?? null
    }
  }

  /**
   * Calls the agent's mobile and asks for the code, which only his screen shows. Throws MOBILE_NUMBER_MISSING,
   * MOBILE_UNREACHABLE, MOBILE_VERIFICATION_LIMIT, and what the destination policy refuses.
   */
  async call(userId: number, station: MobileStation): Promise<{ code: string }> {
    const { db, clock, extensions } = this.#kernel
    const profile = await this.#profile(userId)
    const { mobileNumber, siteId, language } = profile
    if (mobileNumber === null || siteId === null) throw new MobileNumberMissingError()
    const since = new Date(clock.now().getTime() - hourMs)
    const recent = await db('mobile_callback.verification_calls')
      .where({ user_id: userId })
      .where('started_at', '>', since)
      .select('id')
    if (recent.length >= callsAnHour) throw new VerificationLimitError(callsAnHour)
    const agent: AgentProfile = { id: userId, siteId, extension: null, mobileNumber, mobileAllowed: true }
    const leg = await station.reach(agent)
    if ('refused' in leg) throw new MobileUnreachableError(leg.refused.en)
    const settings = await this.#sites.of(siteId)
    const code = String(randomInt(1_000_000)).padStart(6, '0')
    const prompt = (name: string): string => promptOf(settings, language, name)
    const id = await extensions.one(phoneQuestions).askForCode(userId, leg, {
      code,
      prompts: { ask: prompt('enter-code'), right: prompt('code-right'), wrong: prompt('code-wrong') },
      earlySeconds: leg.confirm?.earlySeconds ?? 0
    })
    await db('mobile_callback.verification_calls').insert({
      id,
      user_id: userId,
      number: mobileNumber,
      started_at: clock.now(),
      state: 'calling'
    })
    return { code }
  }

  /** What became of a call for a code. Told twice, it is written once. */
  async called(legId: string, right: boolean): Promise<void> {
    const { db, clock } = this.#kernel
    await db.transaction(async trx => {
      const [call] = await trx('mobile_callback.verification_calls')
        .where({ id: legId, state: 'calling' })
        .update({ state: right ? 'right' : 'failed' })
        .returning<{ user_id: number; number: string }[]>(['user_id', 'number'])
      if (!call || !right) return
      await trx('mobile_callback.verifications').insert({
        id: this.#kernel.newId(),
        ...call,
        how: 'code',
        verified_at: clock.now()
      })
    })
  }

  /** An administrator answers for the number in the profile; it stays on record who did and why. */
  async vouch(userId: number, by: number, reason: string): Promise<void> {
    const { db, clock, log } = this.#kernel
    const { mobileNumber } = await this.#profile(userId)
    if (mobileNumber === null) throw new MobileNumberMissingError()
    await db('mobile_callback.verifications').insert({
      id: this.#kernel.newId(),
      user_id: userId,
      number: mobileNumber,
      how: 'vouched',
      vouched_by: by,
      reason,
      verified_at: clock.now()
    })
    log.info({ userId, by }, 'a mobile number was vouched for')
  }

  /** From now on the number counts as unverified. @returns false when it did already */
  async withdraw(userId: number, by: number): Promise<boolean> {
    const { db, clock } = this.#kernel
    const { mobileNumber } = await this.#profile(userId)
    const withdrawn = await db('mobile_callback.verifications')
      .where({ user_id: userId, number: mobileNumber, withdrawn_at: null })
      .update({ withdrawn_at: clock.now(), withdrawn_by: by })
    return withdrawn > 0
  }

  async #profile(userId: number): Promise<Profile> {
    const row = await this.#kernel
      .db('core.users')
      .where({ id: userId })
      .first<Profile | undefined>('language', { mobileNumber: 'mobile_number', siteId: 'site_id' })
    if (!row) throw new NotFoundError(`There is no user ${userId}.`)
    return row
  }
}

import type { Knex } from 'knex'
import type { Kernel } from '../../kernel/kernel.ts'
import type { Dispatcher, Settled } from './dispatcher.ts'
import {
  type AttemptLimits,
  type Attempts,
  type CallbackPromise,
  type DispositionRule,
  settleQualified,
  settleUnqualified,
  type UnqualifiedReason,
  type VersionedSettlement
} from './settlement.ts'

/** What a settlement depends on. */
export interface WorkedHandout {
  readonly id: number
  /** Of the row that was read: another one, when anything about the hand-out has changed. */
  readonly version: string
  readonly campaignId: number
  readonly agentId: number
  readonly contactId: number
  readonly endedAt: Date | null
  readonly finalisedAt: Date | null
  readonly expiresAt: Date
  readonly wrapUpUntil: Date | null
  readonly liveCall: string | null
  readonly callsMade: number
  readonly dispositionId: number | null
  readonly callbackAt: Date | null
  readonly callbackPersonal: boolean
  readonly callbackTeamMinutes: number | null
  readonly attempts: Attempts
  readonly limits: AttemptLimits
}

const notQualified = 0
const minute = 60_000

/** Ends hand-outs: those that agents finish, and those that nobody will end any more. */
export class HandoutEnding {
  readonly #kernel: Kernel
  readonly #dispatcher: Dispatcher

  constructor(kernel: Kernel, dispatcher: Dispatcher) {
    this.#kernel = kernel
    this.#dispatcher = dispatcher
  }

  /**
   * Ends the hand-out as its agent chose, for this reason when he chose nothing or gives back a contact that he did not
   * call; null when it had ended before or a call is under way.
   */
  settle(handoutId: number, unchosen: UnqualifiedReason): Promise<Settled | null> {
    return this.#settleWhile(handoutId, unchosen, () => true)
  }

  /** Settles a hand-out that its agent has finalised and whose calls are over. */
  settleFinalised(handoutId: number): Promise<Settled | null> {
    return this.#settleWhile(handoutId, 'expired', ({ finalisedAt }) => finalisedAt !== null)
  }

  /**
   * Ends hand-outs that nobody will end any more: finalised ones whose settlement a crash swallowed, leases that ran out,
   * and those whose wrap-up time is over. What their agents chose counts; else they are not qualified. @returns how many.
   */
  async reap(): Promise<number> {
    const { db, clock } = this.#kernel
    const { rows } = await db.raw<{ rows: { id: number }[] }>(
      `select h.id from core.handouts h
        where h.ended_at is null and h.live_call is null
          and (h.finalised_at is not null or h.expires_at < :now or h.wrap_up_until < :now)
        order by h.id limit 500`,
      { now: clock.now() }
    )
    const ended = await Promise.all(
      rows.map(({ id }) => this.#settleWhile(id, 'expired', handout => isOver(handout, clock.now())))
    )
    return ended.filter(one => one !== null).length
  }

  /** What its agent does to it before the turn takes the settlement makes that void: then it is looked at again. */
  async #settleWhile(
    handoutId: number,
    unchosen: UnqualifiedReason,
    due: (handout: WorkedHandout) => boolean
  ): Promise<Settled | null> {
    const { db, clock } = this.#kernel
    for (;;) {
      const handout = await readWorked(db, handoutId)
      if (!handout || handout.endedAt || handout.liveCall || !due(handout)) return null
      const settlement = await this.#settlement(handout, unchosen, clock.now())
      const settled = await this.#dispatcher.settle(handout.campaignId, handoutId, settlement)
      if (settled) return settled
    }
  }

  async #settlement(
    handout: WorkedHandout,
    unchosen: UnqualifiedReason,
    now: Date
  ): Promise<VersionedSettlement> {
    const { version, attempts, limits, dispositionId, callsMade } = handout
    const called = callsMade > 0
    if (dispositionId !== null && (called || unchosen !== 'released')) {
      const rule = await readRule(this.#kernel.db, dispositionId)
      return { ...settleQualified(rule, promiseOf(handout), attempts, limits, now), version, dispositionId }
    }
    const rule = await readRule(this.#kernel.db, notQualified)
    const settlement = settleUnqualified(unchosen, called, rule, attempts, limits, now)
    return { ...settlement, version, dispositionId: called ? notQualified : null }
  }
}

/** Whether nobody will end it any more. */
const isOver = ({ finalisedAt, expiresAt, wrapUpUntil }: WorkedHandout, now: Date): boolean =>
  finalisedAt !== null || expiresAt < now || (wrapUpUntil !== null && wrapUpUntil < now)

function promiseOf({
  callbackAt,
  callbackPersonal,
  callbackTeamMinutes,
  agentId
}: WorkedHandout): CallbackPromise | null {
  if (!callbackAt) return null
  if (!callbackPersonal) return { dueAt: callbackAt, agentId: null, teamAt: null }
  const teamAt =
    callbackTeamMinutes === null ? null : new Date(callbackAt.getTime() + callbackTeamMinutes * minute)
  return { dueAt: callbackAt, agentId, teamAt }
}

/** A hand-out with all that its settlement depends on. */
export async function readWorked(db: Knex, handoutId: number): Promise<WorkedHandout | null> {
  const { rows } = await db.raw<{ rows: WorkedHandout[] }>(
    `select h.id, h.xmin::text as version, h.expires_at as "expiresAt", h.wrap_up_until as "wrapUpUntil", h.campaign_id as "campaignId", h.agent_id as "agentId", h.contact_id as "contactId",
            h.ended_at as "endedAt", h.finalised_at as "finalisedAt", h.live_call as "liveCall",
            h.calls_made as "callsMade", h.disposition_id as "dispositionId", h.callback_at as "callbackAt",
            h.callback_personal as "callbackPersonal", c.callback_team_minutes as "callbackTeamMinutes",
            jsonb_build_object('total', k.attempts, 'phones', k.phones, 'byNumber', k.number_attempts, 'current', k.next_phone) as attempts,
            jsonb_build_object('perContact', c.max_attempts, 'perNumber', c.max_attempts_per_number) as limits
       from core.handouts h join core.campaigns c on c.id = h.campaign_id
       join core.contacts k on k.campaign_id = h.campaign_id and k.id = h.contact_id
      where h.id = ?`,
    [handoutId]
  )
  return rows[0] ?? null
}

/** The behaviour of a disposition. */
export async function readRule(db: Knex, id: number): Promise<DispositionRule> {
  const { rows } = await db.raw<{ rows: DispositionRule[] }>(
    `select positive, retry_after_minutes as "retryAfterMinutes", max_attempts as "maxAttempts", next_number as "nextNumber",
            callback, stop, set_id is null and code = 'over_quota' as "overQuota"
       from core.dispositions where id = ?`,
    [id]
  )
  return rows[0]! // referenced by a foreign key
}

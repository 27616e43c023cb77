import type { Knex } from 'knex'
import type { Kernel } from '../../kernel/kernel.ts'
import { joinDisposition } from '../call/call-history.ts'
import type { Calls } from '../call/calls.ts'
import {
  AgentInCallError,
  AgentNotInWrapUpError,
  CallbackDateError,
  DispositionUnknownError,
  HandoutEndedError,
  HandoutNotFoundError,
  QualificationMissingError,
  WrapUpNotExtendableError
} from '../errors.ts'
import type { HandoutEnding } from './handout-ending.ts'

export interface Qualification {
  readonly dispositionId: number
  readonly note?: string | null
  readonly callbackAt?: string | null
  /** The agent wants to call himself. */
  readonly callbackPersonal?: boolean
}

/** `settled`, or `hanging_up` when the settlement follows the end of the call. */
export interface Finalised {
  readonly result: 'settled' | 'hanging_up'
  /** Positive, but a limit kept it from counting; false while hanging up. */
  readonly overQuota: boolean
}

interface OpenHandout {
  id: number
  campaign_id: number
  agent_id: number
  ended_at: Date | null
  finalised_at: Date | null
  disposition_id: number | null
  campaign_name: string
  disposition_set_id: number | null
  live_call: string | null
  calls_made: number
  contact_status: number
}

/** The agent's work on the contact in his hands. */
export class Handouts {
  readonly #kernel: Kernel
  readonly #ending: HandoutEnding
  readonly #calls: Calls

  constructor(kernel: Kernel, ending: HandoutEnding, calls: Calls) {
    this.#kernel = kernel
    this.#ending = ending
    this.#calls = calls
  }

  /** Keeps the qualification; it may be given during the call and changed until the hand-out is finalised. */
  async qualify(agentId: number, handoutId: number, qualification: Qualification): Promise<void> {
    const { db, clock } = this.#kernel
    await db.transaction(async trx => {
      const handout = await this.#open(trx, agentId, handoutId)
      if (handout.finalised_at) throw new HandoutEndedError(handoutId)
      const callbackAt = await this.#checkQualification(trx, handout, qualification)
      const personal = qualification.callbackPersonal ?? false
      await trx('core.handouts')
        .where({ id: handoutId })
        .update({
          disposition_id: qualification.dispositionId,
          note: qualification.note ?? null,
          callback_at: callbackAt,
          callback_personal: callbackAt !== null && personal,
          qualified_at: clock.now()
        })
      await joinDisposition(trx, [handoutId])
    })
  }

  /** Ends the work on the contact: hangs up both parties when they still talk, then settles. */
  async finalise(
    agentId: number,
    handoutId: number,
    qualification: Qualification | null
  ): Promise<Finalised> {
    if (qualification) await this.qualify(agentId, handoutId, qualification)
    const { db, clock } = this.#kernel
    const liveCall = await db.transaction(async trx => {
      const handout = await this.#open(trx, agentId, handoutId)
      if (handout.disposition_id === null) throw new QualificationMissingError()
      if (!handout.finalised_at)
        await trx('core.handouts').where({ id: handoutId }).update({ finalised_at: clock.now() })
      return handout.live_call
    })
    if (liveCall) {
      await this.#calls.hangup(liveCall)
      return { result: 'hanging_up', overQuota: false }
    }
    const settled = await this.#ending.settleFinalised(handoutId)
    return { result: 'settled', overQuota: settled?.overQuota ?? false }
  }

  /**
   * Gives more time to qualify, as much and as often as the campaign allows.
   * @returns the new deadline. Throws CORE_WRAP_UP_NOT_EXTENDABLE.
   */
  async extendWrapUp(agentId: number, handoutId: number): Promise<Date> {
    const { db, clock } = this.#kernel
    await this.#open(db, agentId, handoutId)
    const { rows } = await db.raw<{ rows: { wrap_up_until: Date }[] }>(
      `update core.handouts h
          set wrap_up_until = greatest(h.wrap_up_until, ?::timestamptz) + make_interval(secs => c.wrap_up_seconds),
              expires_at = greatest(h.expires_at, h.wrap_up_until + make_interval(secs => c.wrap_up_seconds + 60)),
              wrap_up_extended = h.wrap_up_extended + 1
         from core.campaigns c
        where h.id = ? and c.id = h.campaign_id and h.ended_at is null and h.finalised_at is null
          and h.wrap_up_until is not null and h.wrap_up_extended < c.wrap_up_extensions
        returning h.wrap_up_until`,
      [clock.now(), handoutId]
    )
    const [row] = rows
    if (!row) throw new WrapUpNotExtendableError()
    return row.wrap_up_until
  }

  /** Ends another's wrap-up: what he chose counts, else it is not qualified. Throws CORE_AGENT_NOT_IN_WRAP_UP. */
  async endWrapUpOf(agentId: number): Promise<void> {
    const { db } = this.#kernel
    const { rows } = await db.raw<{ rows: { id: number }[] }>(
      `select id from core.handouts
        where agent_id = ? and ended_at is null and live_call is null and calls_made > 0`,
      [agentId]
    )
    const [open] = rows
    if (!open) throw new AgentNotInWrapUpError()
    await this.#ending.settle(open.id, 'expired')
  }

  /** Gives the contact back unworked; after a call it needs a qualification instead. */
  async release(
    agentId: number,
    handoutId: number,
    reason: 'released' | 'logged_out' = 'released'
  ): Promise<void> {
    const handout = await this.#open(this.#kernel.db, agentId, handoutId)
    if (handout.live_call) throw new AgentInCallError()
    if (reason === 'released' && handout.calls_made > 0) throw new QualificationMissingError()
    await this.#ending.settle(handout.id, reason)
  }

  async #find(db: Knex | Knex.Transaction, handoutId: number): Promise<OpenHandout | undefined> {
    const { rows } = await db.raw<{ rows: OpenHandout[] }>(
      `select h.id, h.campaign_id, h.agent_id, h.ended_at, h.finalised_at, h.disposition_id,
              h.live_call, h.calls_made, c.name as campaign_name, c.disposition_set_id, k.status as contact_status
         from core.handouts h join core.campaigns c on c.id = h.campaign_id
         join core.contacts k on k.campaign_id = h.campaign_id and k.id = h.contact_id where h.id = ? ${db.isTransaction ? 'for update of h' : ''}`,
      [handoutId]
    )
    return rows[0]
  }

  async #open(db: Knex | Knex.Transaction, agentId: number, handoutId: number): Promise<OpenHandout> {
    const handout = await this.#find(db, handoutId)
    if (!handout || handout.agent_id !== agentId) throw new HandoutNotFoundError(handoutId)
    if (handout.ended_at) throw new HandoutEndedError(handoutId)
    return handout
  }

  async #checkQualification(
    trx: Knex.Transaction,
    handout: OpenHandout,
    { dispositionId, callbackAt }: Qualification
  ): Promise<Date | null> {
    // The system's 'over_quota': only for a contact that a limit keeps from counting.
    const { rows } = await trx.raw<{ rows: { callback: boolean }[] }>(
      `select callback from core.dispositions
        where id = ? and active and (set_id = ? or (set_id is null and code = 'over_quota' and ?::boolean))`,
      [dispositionId, handout.disposition_set_id, handout.contact_status === 5]
    )
    const [disposition] = rows
    if (!disposition) throw new DispositionUnknownError(dispositionId, handout.campaign_name)
    if (!disposition.callback) {
      if (callbackAt)
        throw new CallbackDateError('This disposition takes no callback date: leave out callbackAt')
      return null
    }
    if (!callbackAt) throw new CallbackDateError('This disposition needs a callback date: give callbackAt')
    const at = new Date(callbackAt)
    if (at <= this.#kernel.clock.now())
      throw new CallbackDateError('callbackAt lies in the past: choose a later time')
    return at
  }
}

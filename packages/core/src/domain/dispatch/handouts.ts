import type { Knex } from 'knex'
import type { Kernel } from '../../kernel/kernel.ts'
import { refusalError } from '../agent/agent-states.ts'
import { joinDisposition } from '../call/call-history.ts'
import type { Calls } from '../call/calls.ts'
import {
  AgentInCallError,
  AgentNotLoggedInError,
  CallbackDateError,
  CampaignClosedError,
  CampaignNotFoundError,
  ContactChosenError,
  ContactTakenError,
  DispositionUnknownError,
  HandoutEndedError,
  HandoutNotFoundError,
  NotInCampaignError,
  QualificationMissingError
} from '../errors.ts'
import type { Dispatcher } from './dispatcher.ts'
import { type EndReason, settleQualified, settleUnqualified } from './settlement.ts'

export interface Qualification {
  readonly dispositionId: number
  readonly note?: string | null
  readonly callbackAt?: string | null
}

export interface NextContact {
  readonly handoutId: number | null
  /** ISO 8601; when something falls due, null when nothing is scheduled. */
  readonly nextDueAt: string | null
  readonly fresh: boolean
  readonly dialMode: string
}

interface OpenHandout {
  id: number
  campaign_id: number
  agent_id: number
  ended_at: Date | null
  finalised_at: Date | null
  disposition_id: number | null
  callback_at: Date | null
  campaign_name: string
  disposition_set_id: number | null
  live_call: string | null
  calls_made: number
}

/** The agent's work on one contact, from the request to the settled qualification. */
export class Handouts {
  readonly #kernel: Kernel
  readonly #dispatcher: Dispatcher
  readonly #calls: Calls

  constructor(kernel: Kernel, dispatcher: Dispatcher, calls: Calls) {
    this.#kernel = kernel
    this.#dispatcher = dispatcher
    this.#calls = calls
  }

  /** Hands out the next contact of a campaign, or in `manual` mode the chosen one; what he holds already comes back. */
  async next(agentId: number, campaignId: number, contactId: number | null): Promise<NextContact> {
    const { db } = this.#kernel
    const campaign = await db('core.campaigns as c')
      .leftJoin('core.campaign_agents as a', join => {
        join.on('a.campaign_id', 'c.id').andOn('a.agent_id', db.raw('?', [agentId]))
      })
      .where('c.id', campaignId)
      .first('c.name', 'c.active', 'c.dial_mode', 'a.agent_id')
    if (!campaign || campaignId === 0) throw new CampaignNotFoundError(campaignId)
    if (campaign.agent_id === null) throw new NotInCampaignError(campaign.name)
    if (!campaign.active) throw new CampaignClosedError(campaign.name)
    if (contactId !== null && campaign.dial_mode !== 'manual') {
      throw new ContactChosenError(campaign.name, campaign.dial_mode)
    }
    await this.#stateOf(agentId) // nobody asks who is not at work
    const answer = await this.#dispatcher.next(campaignId, agentId, contactId)
    const dialMode: string = campaign.dial_mode
    if (answer.kind === 'refused') throw refusalError(answer.refusal, await this.#stateOf(agentId))
    if (answer.kind === 'none') {
      if (contactId !== null) throw new ContactTakenError(contactId)
      return { handoutId: null, nextDueAt: answer.nextDueAt, fresh: false, dialMode }
    }
    return { handoutId: answer.handoutId, nextDueAt: null, fresh: answer.fresh, dialMode }
  }

  /** Keeps the qualification; it may be given during the call and changed until the hand-out is finalised. */
  async qualify(agentId: number, handoutId: number, qualification: Qualification): Promise<void> {
    const { db, clock } = this.#kernel
    await db.transaction(async trx => {
      const handout = await this.#open(trx, agentId, handoutId)
      if (handout.finalised_at) throw new HandoutEndedError(handoutId)
      const callbackAt = await this.#checkQualification(trx, handout, qualification)
      await trx('core.handouts')
        .where({ id: handoutId })
        .update({
          disposition_id: qualification.dispositionId,
          note: qualification.note ?? null,
          callback_at: callbackAt,
          qualified_at: clock.now()
        })
      await joinDisposition(trx, [handoutId])
    })
  }

  /**
   * Ends the work on the contact: hangs up both parties when they still talk, then settles.
   * @returns `settled`, or `hanging_up` when the settlement follows the end of the call.
   */
  async finalise(
    agentId: number,
    handoutId: number,
    qualification: Qualification | null
  ): Promise<'settled' | 'hanging_up'> {
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
      return 'hanging_up'
    }
    await this.settleFinalised(handoutId)
    return 'settled'
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
    await this.#settle(handout, reason)
  }

  /** Settles a hand-out that its agent has finalised and whose calls are over. */
  async settleFinalised(handoutId: number): Promise<void> {
    const handout = await this.#find(this.#kernel.db, handoutId)
    if (handout && !handout.ended_at && handout.finalised_at && !handout.live_call)
      await this.#settle(handout, 'qualified')
  }

  /**
   * Ends hand-outs that nobody will end any more: finalised ones whose settlement a crash swallowed, and leases that
   * ran out. @returns how many ended.
   */
  async reap(): Promise<number> {
    const { db, clock } = this.#kernel
    const { rows } = await db.raw<{ rows: { id: number }[] }>(
      `select h.id from core.handouts h
        where h.ended_at is null and h.live_call is null and (h.finalised_at is not null or h.expires_at < ?)
        order by h.id limit 500`,
      [clock.now()]
    )
    let ended = 0
    for (const { id } of rows) {
      const handout = await this.#find(db, id)
      if (!handout || handout.ended_at) continue
      if (await this.#settle(handout, handout.disposition_id === null ? 'expired' : 'qualified')) ended++
    }
    return ended
  }

  async #settle(handout: OpenHandout, reason: EndReason): Promise<boolean> {
    const { db, clock } = this.#kernel
    const now = clock.now()
    if (handout.disposition_id !== null && reason === 'qualified') {
      const rule = await dispositionRule(db, handout.disposition_id)
      return this.#dispatcher.settle(
        handout.campaign_id,
        handout.id,
        settleQualified(rule, handout.callback_at, now)
      )
    }
    const system = await dispositionRule(db, 0)
    if (handout.calls_made > 0)
      await db('core.handouts').where({ id: handout.id, ended_at: null }).update({ disposition_id: 0 })
    const settlement = settleUnqualified(
      reason === 'qualified' ? 'expired' : reason,
      handout.calls_made > 0,
      system.retryAfterMinutes ?? 60,
      now
    )
    return this.#dispatcher.settle(handout.campaign_id, handout.id, settlement)
  }

  async #find(db: Knex | Knex.Transaction, handoutId: number): Promise<OpenHandout | undefined> {
    const { rows } = await db.raw<{ rows: OpenHandout[] }>(
      `select h.id, h.campaign_id, h.agent_id, h.ended_at, h.finalised_at, h.disposition_id, h.callback_at,
              h.live_call, h.calls_made, c.name as campaign_name, c.disposition_set_id
         from core.handouts h join core.campaigns c on c.id = h.campaign_id where h.id = ? ${db.isTransaction ? 'for update of h' : ''}`,
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
    const disposition = await trx('core.dispositions')
      .where({ id: dispositionId, set_id: handout.disposition_set_id, active: true })
      .first('callback')
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

  async #stateOf(agentId: number): Promise<string> {
    const row = await this.#kernel
      .db('core.agent_states')
      .where({ agent_id: agentId, until: null })
      .first('state')
    if (!row || row.state === 'offline') throw new AgentNotLoggedInError()
    return row.state
  }
}

async function dispositionRule(db: Knex, id: number) {
  const row = await db('core.dispositions')
    .where({ id })
    .first('positive', 'retry_after_minutes', 'callback', 'stop')
  return {
    positive: Boolean(row.positive),
    retryAfterMinutes: row.retry_after_minutes as number | null,
    callback: Boolean(row.callback),
    stop: Boolean(row.stop)
  }
}

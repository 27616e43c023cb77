import type { Kernel } from '../../kernel/kernel.ts'
import { refusalError } from '../agent/agent-states.ts'
import {
  AgentNotLoggedInError,
  CallbackNotOpenError,
  CallEndingError,
  CampaignClosedError,
  CampaignNotChosenError,
  CampaignNotFoundError,
  ContactChosenError,
  ContactTakenError,
  NotInCampaignError
} from '../errors.ts'
import type { Unavailable } from './dispatch-turn.ts'
import type { Dispatcher } from './dispatcher.ts'
import type { HandoutEnding } from './handout-ending.ts'
import { askAgainAt, nothingReasons, type Reason, reason } from './reasons.ts'
import type { WorkSignal } from './work-signal.ts'

/** A hand-out, or why there is none. */
export type NextContact =
  | { readonly handoutId: number; readonly fresh: boolean; readonly campaign: AskedCampaign }
  | {
      readonly handoutId: null
      readonly reasons: readonly Reason[]
      /** ISO 8601. */
      readonly askAgainAt: string | null
      readonly nextDueAt: string | null
    }

export interface AskedCampaign {
  readonly id: number
  readonly name: string
  readonly dialMode: string
  readonly countdownSeconds: number
}

export interface NextOptions {
  /** null: his campaigns in their order. */
  readonly campaignId: number | null
  /** Only in dial mode manual. */
  readonly contactId: number | null
  /** This open callback, in any dial mode; then neither campaign nor contact is named. */
  readonly callbackId: number | null
  /** The campaigns that his page is limited to; null: all that are his. */
  readonly within: readonly number[] | null
  /** How long to wait for work when there is none, ms. */
  readonly waitMs: number
  /** Whether the one who asked has gone meanwhile: nothing is handed out to nobody. */
  gone?(): boolean
}

/** Answers agents who ask for a contact. */
export class NextContacts {
  readonly #kernel: Kernel
  readonly #dispatcher: Dispatcher
  readonly #work: WorkSignal
  readonly #ending: HandoutEnding

  constructor(kernel: Kernel, dispatcher: Dispatcher, work: WorkSignal, ending: HandoutEnding) {
    this.#kernel = kernel
    this.#dispatcher = dispatcher
    this.#work = work
    this.#ending = ending
  }

  /**
   * The next contact of a campaign, or of the first of his campaigns that has one; what he holds already comes back.
   * With `waitMs` the answer waits until there is work, at most so long, without asking in between.
   */
  async next(agentId: number, { waitMs, gone, within, ...wanted }: NextOptions): Promise<NextContact> {
    const { clock } = this.#kernel
    const until = clock.now().getTime() + waitMs
    if (wanted.campaignId !== null && within?.includes(wanted.campaignId) === false)
      throw new CampaignNotFoundError(wanted.campaignId)
    await this.#closeFinalised(agentId)
    const { callbackId } = wanted
    const { campaignId, contactId } =
      callbackId === null ? wanted : await this.#callback(agentId, callbackId, within, clock.now())
    for (;;) {
      await this.#stateOf(agentId) // nobody asks who is not at work
      const campaigns =
        campaignId === null
          ? await this.#campaignsOf(agentId, within)
          : [await this.#campaign(agentId, campaignId, callbackId === null ? contactId : null)]
      const wait = this.#work.wait(campaigns.map(({ id }) => id))
      try {
        const answer = await this.#ask(agentId, campaigns, contactId, callbackId)
        const left = until - clock.now().getTime()
        if (answer.handoutId !== null || left <= 0) return answer
        const wakeIn =
          answer.askAgainAt === null ? left : Date.parse(answer.askAgainAt) - clock.now().getTime()
        const timer = clock.setTimeout(wait.cancel, Math.max(0, Math.min(left, wakeIn)))
        await wait.signal
        timer.cancel()
        if (gone?.()) return answer
      } finally {
        wait.cancel()
      }
    }
  }

  async #ask(
    agentId: number,
    campaigns: readonly AskedCampaign[],
    contactId: number | null,
    callbackId: number | null
  ): Promise<NextContact> {
    const reasons: Reason[] = []
    let nextDueAt: string | null = null
    for (const campaign of campaigns) {
      const answer = await this.#dispatcher.next(campaign.id, agentId, contactId, callbackId)
      switch (answer.kind) {
        case 'granted':
          return { handoutId: answer.handoutId, fresh: answer.fresh, campaign }
        case 'refused':
          throw refusalError(answer.refusal, await this.#stateOf(agentId))
        case 'unavailable':
          throw new ContactTakenError(contactId, sentences[answer.reason])
        case 'none': {
          const { scheduledAt } = answer.nothing
          if (scheduledAt && (!nextDueAt || Date.parse(scheduledAt) < Date.parse(nextDueAt)))
            nextDueAt = new Date(scheduledAt).toISOString()
          reasons.push(...(await nothingReasons(this.#kernel.extensions, campaign, answer.nothing)))
        }
      }
    }
    if (campaigns.length === 0) {
      reasons.push(reason('no_campaign', 'You work in no active campaign'))
    }
    return { handoutId: null, reasons, askAgainAt: askAgainAt(reasons), nextDueAt }
  }

  /**
   * What the agent has finalised is not handed to him again: it is settled now when a crash kept it open.
   * Throws CORE_CALL_ENDING while its call is still being ended.
   */
  async #closeFinalised(agentId: number): Promise<void> {
    const open = await this.#kernel
      .db('core.handouts')
      .where({ agent_id: agentId, ended_at: null })
      .whereNotNull('finalised_at')
      .first<{ id: number; live_call: string | null } | undefined>('id', 'live_call')
    if (!open) return
    if (open.live_call) throw new CallEndingError()
    await this.#ending.settleFinalised(open.id)
  }

  /** Whose contact is called back; the turn looks again whether the callback is still open. */
  async #callback(
    agentId: number,
    callbackId: number,
    within: NextOptions['within'],
    now: Date
  ): Promise<{ campaignId: number; contactId: number }> {
    const open = this.#kernel.db('core.callbacks').where({ id: callbackId, done_at: null })
    if (within) open.whereIn('campaign_id', within)
    const row = await open
      .andWhere(
        mine => void mine.where({ agent_id: agentId }).orWhereNull('agent_id').orWhere('team_at', '<=', now)
      )
      .first('campaign_id', 'contact_id')
    if (!row) throw new CallbackNotOpenError(callbackId)
    return { campaignId: row.campaign_id, contactId: Number(row.contact_id) }
  }

  async #campaign(agentId: number, campaignId: number, contactId: number | null): Promise<AskedCampaign> {
    const { db } = this.#kernel
    const campaign = await db('core.campaigns as c')
      .leftJoin('core.campaign_agents as a', join => {
        join.on('a.campaign_id', 'c.id').andOn('a.agent_id', db.raw('?', [agentId]))
      })
      .leftJoin('core.agent_sessions as s', join => {
        join.on('s.agent_id', 'a.agent_id').andOnNull('s.logged_out_at')
      })
      .where('c.id', campaignId)
      .first(
        ...['c.name', 'c.active', 'c.dial_mode', 'c.countdown_seconds', 'a.agent_id'],
        db.raw(`${chosenNow} as chosen`)
      )
    if (!campaign || campaignId === 0) throw new CampaignNotFoundError(campaignId)
    const { name, active, dial_mode: dialMode, countdown_seconds: countdownSeconds } = campaign
    if (campaign.agent_id === null) throw new NotInCampaignError(name)
    if (!campaign.chosen) throw new CampaignNotChosenError(name)
    if (!active) throw new CampaignClosedError(name)
    if (contactId !== null && dialMode !== 'manual') throw new ContactChosenError(name, dialMode)
    return { id: campaignId, name, dialMode, countdownSeconds }
  }

  async #campaignsOf(agentId: number, within: NextOptions['within']): Promise<AskedCampaign[]> {
    const campaigns = this.#kernel
      .db('core.campaigns as c')
      .join('core.campaign_agents as a', 'a.campaign_id', 'c.id')
      .join('core.agent_sessions as s', 's.agent_id', 'a.agent_id')
      .where({ 'a.agent_id': agentId, 'c.active': true })
      .whereNull('s.logged_out_at')
      .whereRaw(chosenNow)
      .orderBy(['c.priority', 'c.id'])
      .select({
        id: 'c.id',
        name: 'c.name',
        dialMode: 'c.dial_mode',
        countdownSeconds: 'c.countdown_seconds'
      })
    return within ? campaigns.whereIn('c.id', within) : campaigns
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

/** Campaign c is among those that the agent of session s works in. */
const chosenNow = '(s.campaign_ids is null or c.id = any(s.campaign_ids))'

const sentences: Readonly<Record<Unavailable, string>> = {
  unknown: 'it does not exist in this campaign',
  taken: 'it is with another agent or closed',
  outside_hours: 'it is outside the hours where he lives',
  closed_by_gate: 'a limit that it counts towards is reached',
  suppressed: 'all of its numbers are suppressed'
}

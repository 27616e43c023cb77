import type { Knex } from 'knex'
import type { Kernel } from '../../kernel/kernel.ts'
import type { Handouts } from '../dispatch/handouts.ts'
import {
  AgentInCallError,
  AgentNotLoggedInError,
  CampaignsNotAssignedError,
  StationRefusedError,
  StationUnknownError
} from '../errors.ts'
import { type AgentProfile, agentLegs, type BothLanguages, planLeg } from '../telephony/agent-leg.ts'
import type { Dialling } from '../telephony/dialling.ts'
import type { HeldLegs } from '../telephony/held-legs.ts'
import type { AgentLeg } from '../telephony/telephony-port.ts'
import { offline } from './agent-state.ts'
import { type AgentStateRow, applyAgentEvent, currentStates } from './agent-states.ts'

/** A way of reaching an agent's ear, and whether it can be had. */
export interface Station {
  readonly name: string
  readonly available: boolean
  readonly reason: BothLanguages | null
}

/** An agent's time at work: from opening his session to closing it. */
export class AgentSessions {
  readonly #kernel: Kernel
  readonly #handouts: Handouts
  readonly #held: HeldLegs
  readonly #dialling: Dialling

  constructor(kernel: Kernel, handouts: Handouts, held: HeldLegs, dialling: Dialling) {
    this.#kernel = kernel
    this.#handouts = handouts
    this.#held = held
    this.#dialling = dialling
  }

  /**
   * Opens the agent's session at a station, or changes the station of the open one between calls.
   * At a station whose leg is held the agent's phone is called now, and he is `phone_lost` until it is on the line.
   * He works in `campaignIds`, which must be assigned to him; null: in all that are, left out: in those he chose before.
   * Throws CORE_STATION_UNKNOWN, CORE_STATION_REFUSED, CORE_CAMPAIGNS_NOT_ASSIGNED, CORE_AGENT_IN_CALL.
   */
  async open(
    agentId: number,
    station: string,
    campaignIds?: readonly number[] | null
  ): Promise<AgentStateRow> {
    const planned = await this.#checkStation(agentId, station)
    const { db, clock, events } = this.#kernel
    const now = clock.now()
    const present = await this.#held.of(agentId)
    const onLine = present?.station === station && present.state === 'ready' && !present.end_requested_at
    const sessionId = await db.transaction(async trx => {
      if (campaignIds) await checkAssigned(trx, agentId, campaignIds)
      const chosen = campaignIds === undefined ? {} : { campaign_ids: campaignIds && [...campaignIds] }
      const [opened] = await trx('core.agent_sessions')
        .insert({ agent_id: agentId, station, logged_in_at: now, ...chosen })
        .onConflict(trx.raw('(agent_id) where logged_out_at is null'))
        .merge({ station, ...chosen })
        .returning('id')
      const inCall = await trx('core.calls').where({ agent_id: agentId }).first('id')
      if (inCall) throw new AgentInCallError()
      await applyAgentEvent(trx, events, now, { agentId, sessionId: opened.id, event: { type: 'logged_in' } })
      if (planned.holdSeconds !== null && !onLine)
        await applyAgentEvent(trx, events, now, {
          agentId,
          sessionId: opened.id,
          event: { type: 'phone_lost' }
        })
      return opened.id
    })
    if (present && present.station !== station) await this.#held.end(agentId)
    if (planned.holdSeconds !== null && !onLine)
      await this.#held.start({ agentId, sessionId, leg: planned.leg, shiftSeconds: planned.holdSeconds })
    return this.state(agentId)
  }

  /** Has the phone of an agent called again whose held leg is gone. Throws CORE_AGENT_NOT_LOGGED_IN, as `open` does. */
  async callPhone(agentId: number): Promise<AgentStateRow> {
    await this.#held.checkFree(agentId)
    const session = await this.#kernel
      .db('core.agent_sessions')
      .where({ agent_id: agentId, logged_out_at: null })
      .first<{ station: string } | undefined>('station')
    if (!session) throw new AgentNotLoggedInError()
    return this.open(agentId, session.station)
  }

  /** Every way of reaching this agent's ear, and why one is not to be had now. */
  async stations(agentId: number): Promise<Station[]> {
    const profile = await this.#profile(agentId)
    const strategies = this.#kernel.extensions.all(agentLegs)
    return Promise.all(
      strategies.map(async strategy => {
        const leg = await planLeg(strategy, profile)
        const reason = 'refused' in leg ? leg.refused : null
        return { name: strategy.name, available: reason === null, reason }
      })
    )
  }

  /** Closes the session and gives back the contact in the agent's hands. Closing a closed one changes nothing. */
  async close(agentId: number): Promise<void> {
    const { db, clock, events } = this.#kernel
    const handout = await db('core.handouts')
      .where({ agent_id: agentId, ended_at: null })
      .first<{ id: number } | undefined>('id')
    if (handout) await this.#handouts.release(agentId, handout.id, 'logged_out')
    await db.transaction(async trx => {
      const closed = await trx('core.agent_sessions')
        .where({ agent_id: agentId, logged_out_at: null })
        .update({ logged_out_at: clock.now() })
      if (closed > 0)
        await applyAgentEvent(trx, events, clock.now(), { agentId, event: { type: 'logged_out' } })
    })
    await this.#held.end(agentId)
  }

  /** Pauses now, or as soon as the work under way has ended. */
  async pause(agentId: number, reason: string): Promise<AgentStateRow> {
    await this.#apply(agentId, { type: 'pause_requested', reason })
    return this.state(agentId)
  }

  /** Ends a pause, or takes back the wish for one. */
  async resume(agentId: number): Promise<AgentStateRow> {
    await this.#apply(agentId, { type: 'resumed' })
    return this.state(agentId)
  }

  async state(agentId: number): Promise<AgentStateRow> {
    const states = await currentStates(this.#kernel.db, [agentId])
    return (
      states.get(agentId) ?? {
        ...offline,
        agentId,
        sessionId: null,
        cause: 'never_at_work',
        since: new Date(0),
        revision: 0
      }
    )
  }

  /** The current state of every agent who was ever at work. */
  async all(): Promise<AgentStateRow[]> {
    return [...(await currentStates(this.#kernel.db, null)).values()]
  }

  async #apply(
    agentId: number,
    event: { type: 'resumed' } | { type: 'pause_requested'; reason: string }
  ): Promise<void> {
    const { db, clock, events } = this.#kernel
    await db.transaction(trx => applyAgentEvent(trx, events, clock.now(), { agentId, event }))
  }

  async #checkStation(
    agentId: number,
    station: string
  ): Promise<{ leg: AgentLeg; holdSeconds: number | null }> {
    const strategies = this.#kernel.extensions.all(agentLegs)
    const strategy = strategies.find(({ name }) => name === station)
    if (!strategy) throw new StationUnknownError(station, strategies.map(({ name }) => name).join(', '))
    const agent = await this.#profile(agentId)
    const leg = await planLeg(strategy, agent)
    if ('refused' in leg) throw new StationRefusedError(leg.refused.en)
    const holdSeconds = (await strategy.holdSeconds?.(agent)) ?? null
    if (holdSeconds !== null) this.#dialling.checkAgentLeg(leg, agent)
    return { leg, holdSeconds }
  }

  async #profile(agentId: number): Promise<AgentProfile & { country: string }> {
    const row = await this.#kernel
      .db('core.users as u')
      .leftJoin('core.sites as s', 's.id', 'u.site_id')
      .where('u.id', agentId)
      .first('u.site_id', 'u.extension', 'u.mobile_number', 'u.mobile_allowed', 's.country')
    return {
      id: agentId,
      siteId: row.site_id,
      extension: row.extension,
      mobileNumber: row.mobile_number,
      mobileAllowed: row.mobile_allowed,
      country: row.country ?? 'FR'
    }
  }
}

/** Throws CORE_CAMPAIGNS_NOT_ASSIGNED. An assignment cannot be taken away before the transaction ends. */
async function checkAssigned(
  trx: Knex.Transaction,
  agentId: number,
  campaignIds: readonly number[]
): Promise<void> {
  const assigned: number[] = await trx('core.campaign_agents')
    .where({ agent_id: agentId })
    .orderBy('campaign_id')
    .forKeyShare()
    .pluck('campaign_id')
  const foreign = campaignIds.find(id => !assigned.includes(id))
  if (foreign !== undefined) throw new CampaignsNotAssignedError(foreign, assigned.join(', ') || 'none')
}

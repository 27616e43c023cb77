import type { Kernel } from '../../kernel/kernel.ts'
import type { Handouts } from '../dispatch/handouts.ts'
import { AgentInCallError, StationRefusedError, StationUnknownError } from '../errors.ts'
import { type AgentProfile, agentLegs } from '../telephony/agent-leg.ts'
import { offline } from './agent-state.ts'
import { type AgentStateRow, applyAgentEvent, currentStates } from './agent-states.ts'

/** A way of reaching an agent's ear, and whether it can be had. */
export interface Station {
  readonly name: string
  readonly available: boolean
  readonly reason: string | null
}

/** An agent's time at work: from opening his session to closing it. */
export class AgentSessions {
  readonly #kernel: Kernel
  readonly #handouts: Handouts

  constructor(kernel: Kernel, handouts: Handouts) {
    this.#kernel = kernel
    this.#handouts = handouts
  }

  /**
   * Opens the agent's session at a station, or changes the station of the open one between calls.
   * Throws CORE_STATION_UNKNOWN, CORE_STATION_REFUSED, CORE_AGENT_IN_CALL.
   */
  async open(agentId: number, station: string): Promise<AgentStateRow> {
    await this.#checkStation(agentId, station)
    const { db, clock, events } = this.#kernel
    const now = clock.now()
    await db.transaction(async trx => {
      const [opened] = await trx('core.agent_sessions')
        .insert({ agent_id: agentId, station, logged_in_at: now })
        .onConflict(trx.raw('(agent_id) where logged_out_at is null'))
        .merge({ station })
        .returning('id')
      const inCall = await trx('core.calls').where({ agent_id: agentId }).first('id')
      if (inCall) throw new AgentInCallError()
      await applyAgentEvent(trx, events, now, { agentId, sessionId: opened.id, event: { type: 'logged_in' } })
    })
    return this.state(agentId)
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

  /** Every way of reaching this agent's ear, and why one is not to be had now. */
  async stations(agentId: number): Promise<Station[]> {
    const profile = await this.#profile(agentId)
    const strategies = this.#kernel.extensions.all(agentLegs)
    return Promise.all(
      strategies.map(async strategy => {
        const leg = await strategy.plan(profile)
        return {
          name: strategy.name,
          available: typeof leg !== 'string',
          reason: typeof leg === 'string' ? leg : null
        }
      })
    )
  }

  async #checkStation(agentId: number, station: string): Promise<void> {
    const strategies = this.#kernel.extensions.all(agentLegs)
    const strategy = strategies.find(({ name }) => name === station)
    if (!strategy) throw new StationUnknownError(station, strategies.map(({ name }) => name).join(', '))
    const leg = await strategy.plan(await this.#profile(agentId))
    if (typeof leg === 'string') throw new StationRefusedError(leg)
  }

  async #profile(agentId: number): Promise<AgentProfile> {
    const user = await this.#kernel
      .db('core.users')
      .where({ id: agentId })
      .first('site_id', 'extension', 'mobile_number', 'mobile_allowed')
    return {
      id: agentId,
      siteId: user.site_id,
      extension: user.extension,
      mobileNumber: user.mobile_number,
      mobileAllowed: user.mobile_allowed
    }
  }
}

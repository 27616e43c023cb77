import type { Kernel } from '../../kernel/kernel.ts'
import { AgentInCallError, CallControlUnavailableError, NoHeldLegError } from '../errors.ts'
import { agentLegChanged } from '../events.ts'
import type { Dialling } from './dialling.ts'
import { permitHolding } from './permit.ts'
import type { CodeQuestion, PhoneQuestions } from './phone-questions.ts'
import { type AgentLeg, telephony } from './telephony-port.ts'
import { type AgentLegRow, lockWaitingLeg } from './waiting-legs.ts'

/** The longest a call for a code may last, seconds. */
const codeSeconds = 180

/** A leg to be held, as its agent's strategy planned it and the policy let it pass. */
export interface LegToHold {
  readonly agentId: number
  readonly sessionId: number
  readonly leg: AgentLeg
  readonly shiftSeconds: number
}

/** Legs that agents hold over their sessions, and those that wait a while for the next call. */
export class HeldLegs implements PhoneQuestions {
  readonly #kernel: Kernel
  readonly #dialling: Dialling

  constructor(kernel: Kernel, dialling: Dialling) {
    this.#kernel = kernel
    this.#dialling = dialling
  }

  /** The leg of this agent that is up or being called. */
  async of(agentId: number): Promise<AgentLegRow | null> {
    const row = await this.#kernel
      .db<AgentLegRow>('core.agent_legs')
      .where({ agent_id: agentId, ended_at: null })
      .first()
    return row ?? null
  }

  /** Calls the agent for a leg to be held; one that he has, or that is being called, is left alone. */
  async start({ agentId, sessionId, leg, shiftSeconds }: LegToHold): Promise<void> {
    const { db, clock, extensions } = this.#kernel
    const id = this.#kernel.newId()
    await this.#dialling.checkRunning()
    const written = await db('core.agent_legs')
      .insert({
        id,
        kind: 'held',
        agent_id: agentId,
        session_id: sessionId,
        pbx: extensions.one(telephony).pbx,
        station: leg.station,
        state: 'requested',
        attempts: leg.attempts ?? 1,
        leg: JSON.stringify({ ...leg, shiftSeconds }),
        requested_at: clock.now()
      })
      .onConflict(db.raw('(agent_id) where ended_at is null'))
      .ignore()
      .returning('id')
    if (written.length > 0) await this.#place(id, 1, agentId, leg, shiftSeconds)
  }

  async askForCode(agentId: number, leg: AgentLeg, question: CodeQuestion): Promise<string> {
    const { db, clock, extensions } = this.#kernel
    const owner = await db('core.users as u')
      .leftJoin('core.sites as s', 's.id', 'u.site_id')
      .where('u.id', agentId)
      .first(
        'u.extension',
        { mobileNumber: 'u.mobile_number' },
        db.raw(`coalesce(s.country, 'FR') as country`)
      )
    this.#dialling.checkAgentLeg(leg, owner)
    await this.#dialling.checkRunning()
    const legId = this.#kernel.newId()
    const port = extensions.one(telephony)
    const written = await db('core.agent_legs')
      .insert({
        id: legId,
        kind: 'code',
        agent_id: agentId,
        pbx: port.pbx,
        station: leg.station,
        state: 'requested',
        leg: JSON.stringify({ ...leg, accept: 'none' }),
        requested_at: clock.now()
      })
      .onConflict(db.raw('(agent_id) where ended_at is null'))
      .ignore()
      .returning('id')
    if (written.length === 0) throw new AgentInCallError()
    try {
      await port.holdLeg(
        permitHolding({ legId, attempt: 1, agentId, agentLeg: leg, shiftSeconds: codeSeconds, question })
      )
    } catch (error) {
      await this.#gone(legId)
      throw error
    }
    return legId
  }

  /** Calls the agent once more for a leg that nobody took. */
  async again(legId: string): Promise<void> {
    const row = await this.#kernel
      .db<AgentLegRow & { leg: AgentLeg & { shiftSeconds: number } }>('core.agent_legs')
      .where({ id: legId, ended_at: null })
      .first()
    if (!row) return
    const { shiftSeconds, ...leg } = row.leg
    await this.#place(row.id, row.attempt, row.agent_id, leg, shiftSeconds)
  }

  /** Ends the leg that this agent holds or keeps, if there is one. It is not missed then. */
  async end(agentId: number): Promise<void> {
    const { db, clock, extensions } = this.#kernel
    const [row] = await db('core.agent_legs')
      .where({ agent_id: agentId, ended_at: null })
      .update({ end_requested_at: clock.now() })
      .returning<AgentLegRow[]>('*')
    if (!row) return
    const there = await extensions.one(telephony).controlLeg(onPbx(row), 'end')
    if (!there) await this.#gone(row.id)
  }

  /** Accepts the leg by a click (accept: screen). Throws CORE_NO_HELD_LEG, CORE_CALL_CONTROL_UNAVAILABLE. */
  async accept(agentId: number): Promise<void> {
    const { db, clock, extensions } = this.#kernel
    const row = await this.of(agentId)
    if (!row) throw new NoHeldLegError()
    const sent = await db('core.agent_legs')
      .where({ id: row.id, state: 'awaiting_acceptance', accept_sent_at: null })
      .update({ accept_sent_at: clock.now() })
    if (sent === 0 || row.leg.accept !== 'screen') throw new CallControlUnavailableError(row.state, 'nothing')
    if (!(await extensions.one(telephony).controlLeg(onPbx(row), 'accept'))) throw new NoHeldLegError()
  }

  /** Lets an agent who holds a leg hear that a contact is on his screen; whom he calls already announces itself. */
  async announceContact(agentId: number): Promise<void> {
    const { db, extensions } = this.#kernel
    const leg = await this.of(agentId)
    if (leg?.kind !== 'held' || leg.state !== 'ready' || leg.end_requested_at) return
    await db.transaction(async trx => {
      await lockWaitingLeg(trx, leg.id)
      const inCall = await trx('core.calls').where({ agent_id: agentId }).first('id')
      if (!inCall) await extensions.one(telephony).controlLeg(onPbx(leg), 'beep')
    })
  }

  /** Throws CORE_AGENT_IN_CALL: the leg of a call is not to be touched. */
  async checkFree(agentId: number): Promise<void> {
    const inCall = await this.#kernel.db('core.calls').where({ agent_id: agentId }).first('id')
    if (inCall) throw new AgentInCallError()
  }

  async #place(
    legId: string,
    attempt: number,
    agentId: number,
    agentLeg: AgentLeg,
    shiftSeconds: number
  ): Promise<void> {
    const port = this.#kernel.extensions.one(telephony)
    try {
      await port.holdLeg(permitHolding({ legId, attempt, agentId, agentLeg, shiftSeconds }))
    } catch (error) {
      await this.#gone(legId)
      throw error
    }
  }

  async #gone(id: string): Promise<void> {
    const { db, clock, events } = this.#kernel
    const [row] = await db('core.agent_legs')
      .where({ id, ended_at: null })
      .update({ state: 'ended', ended_at: clock.now() })
      .returning<AgentLegRow[]>(['agent_id'])
    if (row) await events.emit(agentLegChanged, { agentId: row.agent_id, legId: id, state: 'ended' })
  }
}

const onPbx = (row: AgentLegRow) => ({
  legId: row.id,
  channel: row.channel ?? `${row.id}-h${row.attempt}`,
  attempt: row.attempt
})

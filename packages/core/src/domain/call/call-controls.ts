import { type Actor, isWithin, wholeScope } from '../../kernel/actor.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { closeListening, openListening } from '../audit/listenings.ts'
import {
  CallControlUnavailableError,
  CallEndedError,
  CallNotFoundError,
  ListenerWithoutPhoneError
} from '../errors.ts'
import { callProgressed } from '../events.ts'
import { type AgentProfile, agentLegs, planLeg } from '../telephony/agent-leg.ts'
import type { Dialling } from '../telephony/dialling.ts'
import { permitListening } from '../telephony/permit.ts'
import { type CallOnLine, type CallOrder, telephony } from '../telephony/telephony-port.ts'
import type { CallCapability } from './call-capabilities.ts'
import { callOnLine } from './call-on-line.ts'
import type { CallRow } from './ledger-rows.ts'
import { liveCall } from './live-call.ts'

/** What people do with a call in flight beside ending it. Each refusal says what the call can do instead. */
export class CallControls {
  readonly #kernel: Kernel
  readonly #dialling: Dialling

  constructor(kernel: Kernel, dialling: Dialling) {
    this.#kernel = kernel
    this.#dialling = dialling
  }

  /**
   * Carries out an order on a call. Hold, recording and acceptance stand in the call as soon as the PBX tells of them, mute
   * when this returns. Throws CORE_CALL_NOT_FOUND, CORE_CALL_ENDED, CORE_CALL_CONTROL_UNAVAILABLE.
   */
  async order(actor: Actor, callId: string, order: CallOrder): Promise<void> {
    const { extensions } = this.#kernel
    const call = await this.#checked(actor, callId, order.kind)
    if (order.kind === 'accept') await this.#acceptOnce(call)
    if (!(await extensions.one(telephony).control(await this.#onLine(call), order)))
      throw new CallEndedError(callId)
    if (order.kind === 'mute' || order.kind === 'unmute') await this.#setMuted(callId, order.kind === 'mute')
  }

  /**
   * Rings the actor's own phone and lets him hear the call; returns the id by which it is ended. Who listens to whom
   * stands in the audit before his phone rings. Throws as `order` does, and CORE_LISTENER_WITHOUT_PHONE.
   */
  async listen(actor: Actor, callId: string, mode: 'listen' | 'whisper'): Promise<string> {
    const { db, clock, extensions, newId } = this.#kernel
    const port = extensions.one(telephony)
    const call = await this.#checked(actor, callId, mode)
    const leg = await this.#ownPhone(actor)
    const listenId = newId()
    const { pbx } = port
    const entry = { id: listenId, action: mode, actorId: actor.id, agentId: call.agent_id, callId, pbx }
    await openListening(db, entry, clock.now())
    let heard = false
    try {
      heard = await port.listen(await this.#onLine(call), permitListening({ listenId, mode, leg }))
    } finally {
      if (!heard) await closeListening(db, listenId, clock.now())
    }
    if (!heard) throw new CallEndedError(callId)
    return listenId
  }

  /** Ends one's ear on a call; false when it has ended already. */
  endListening(listenId: string): Promise<boolean> {
    return this.#kernel.extensions.one(telephony).endListening(listenId)
  }

  async #checked(actor: Actor, callId: string, wanted: CallCapability): Promise<CallRow> {
    const { db, extensions } = this.#kernel
    const row = await db('core.calls').where({ id: callId }).first()
    if (!row) {
      const ended = await db('core.call_history').where({ id: callId }).first('id')
      throw ended ? new CallEndedError(callId) : new CallNotFoundError(callId)
    }
    const own = actor.kind === 'user' && actor.id === row.agent_id
    const others = actor.permissions.has('calls:control') || actor.permissions.has('calls:listen')
    const seen = isWithin(actor.scope ?? wholeScope, { siteId: row.site_id, campaignIds: [row.campaign_id] })
    const may = own || (others && seen)
    if (!may) throw new CallNotFoundError(callId)
    const { state, held, capabilities } = liveCall(row, extensions.one(telephony).controls, actor)
    if (capabilities.includes(wanted)) return row
    throw new CallControlUnavailableError(
      `${state}${held ? ', on hold' : ''}`,
      capabilities.join(', ') || 'nothing'
    )
  }

  /** A second click must not reach the PBX: it would throw the agent out of the call that the first one began. */
  async #acceptOnce({ id }: CallRow): Promise<void> {
    const { db, clock } = this.#kernel
    const sent = await db('core.calls')
      .where({ id, state: 'awaiting_acceptance', accept_sent_at: null })
      .update({ accept_sent_at: clock.now() })
    if (sent === 0) throw new CallControlUnavailableError('accepted already', 'hangup')
  }

  async #setMuted(callId: string, muted: boolean): Promise<void> {
    const { db, events } = this.#kernel
    await db.transaction(async trx => {
      const [row] = await trx('core.calls')
        .where({ id: callId })
        .update({ muted, revision: trx.raw('revision + 1') })
        .returning<CallRow[]>(['state', 'revision'])
      if (row)
        await events.emit(callProgressed, { callId, state: row.state, revision: row.revision }, { trx })
    })
  }

  async #onLine(call: CallRow): Promise<CallOnLine> {
    return callOnLine(this.#kernel.db, call)
  }

  async #ownPhone(actor: Actor) {
    const { db, extensions } = this.#kernel
    if (actor.kind !== 'user') throw new ListenerWithoutPhoneError('an API key has none')
    const user = await db('core.users')
      .where({ id: actor.id })
      .first<AgentProfile>(
        'id',
        { siteId: 'site_id', mobileNumber: 'mobile_number', mobileAllowed: 'mobile_allowed' },
        'extension'
      )
    const strategy = extensions.all(agentLegs).find(({ name }) => name === 'extension')
    if (!strategy) throw new ListenerWithoutPhoneError('there are no extensions here')
    const leg = await planLeg(strategy, user)
    if ('refused' in leg) throw new ListenerWithoutPhoneError(leg.refused.en)
    this.#dialling.checkAgentLeg(leg, { ...user, mobileNumber: null, country: 'FR' }) // an extension has no country
    return leg
  }
}

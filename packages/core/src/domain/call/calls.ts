import type { Knex } from 'knex'
import type { Kernel } from '../../kernel/kernel.ts'
import { applyAgentEvent } from '../agent/agent-states.ts'
import {
  AgentInCallError,
  CallEndedError,
  CallNotFoundError,
  HandoutEndedError,
  NumberForeignError
} from '../errors.ts'
import { callRequested } from '../events.ts'
import type { Dialling } from '../telephony/dialling.ts'
import { permitOriginate } from '../telephony/permit.ts'
import { type OriginateRequest, type Route, telephony } from '../telephony/telephony-port.ts'
import { takePorts } from '../telephony/trunk-ports.ts'
import { lockWaitingLeg } from '../telephony/waiting-legs.ts'
import { type CallLedger, callLedger } from './call-ledger.ts'
import { callOnLine } from './call-on-line.ts'
import { type CallPlan, CallPlans } from './call-plan.ts'
import { recordOfNothing } from './call-record.ts'
import {
  agentAtWork,
  type CallingAgent,
  type CallSubject,
  subjectOfHandout,
  subjectOfNumber
} from './call-subject.ts'
import type { CallRow } from './ledger-rows.ts'
import { recordingFileOf } from './recording-file.ts'

/** Starts and ends calls: checks who may be called, writes the row first, then asks the PBX. */
export class Calls {
  readonly #kernel: Kernel
  readonly #dialling: Dialling
  readonly #plans: CallPlans

  constructor(kernel: Kernel, dialling: Dialling) {
    this.#kernel = kernel
    this.#dialling = dialling
    this.#plans = new CallPlans(kernel, dialling)
  }

  /**
   * Calls the contact in the agent's hands, by the number given or his preferred one.
   * @returns the id of the call; its row in `calls` stands before the PBX hears of it.
   */
  async dialHandout(agentId: number, handoutId: number, number: string | null): Promise<string> {
    const subject = await subjectOfHandout(this.#kernel.db, agentId, handoutId)
    const chosen = number ?? subject.phones![subject.nextPhone! - 1] ?? subject.phones![0]!
    if (!subject.phones!.includes(chosen)) throw new NumberForeignError()
    return this.#dial(agentId, subject, chosen)
  }

  /** Calls a number that belongs to no hand-out, within campaign 0; `apiKeyId` when a CRM asked for it. */
  async dialNumber(agentId: number, number: string, apiKeyId: number | null = null): Promise<string> {
    return this.#dial(agentId, await subjectOfNumber(this.#kernel.db), number, apiKeyId)
  }

  /**
   * Calls for help: before every rule and without a limit, by the ways out of the agent's physical site, from the phone on
   * his desk. The caller has made sure that it is an emergency number there. Throws CORE_STATION_REFUSED for a mobile.
   */
  async dialEmergency(agentId: number, number: string): Promise<string> {
    const agent = await agentAtWork(this.#kernel.db, agentId)
    return this.#start(agent, await this.#plans.ofEmergency(agent, number), async () => [])
  }

  /** Asks the PBX to end every leg; the row comes when it has told us so. */
  async hangup(callId: string): Promise<void> {
    const { db, clock, extensions } = this.#kernel
    const marked = await db('core.calls')
      .where({ id: callId })
      .update({ hangup_requested_at: db.raw('coalesce(hangup_requested_at, ?)', [clock.now()]) })
      .returning<Pick<CallRow, 'attempt' | 'leg_stays' | 'leg_channel'>[]>([
        'attempt',
        'leg_stays',
        'leg_channel'
      ])
    if (marked.length === 0) {
      const ended = await db('core.call_history').where({ id: callId }).first('id')
      throw ended ? new CallEndedError(callId) : new CallNotFoundError(callId)
    }
    const legs = marked[0]!
    await extensions.one(telephony).hangup(await callOnLine(db, { id: callId, ...legs }))
  }

  async #dial(
    agentId: number,
    subject: CallSubject,
    number: string,
    apiKeyId: number | null = null
  ): Promise<string> {
    const agent = await agentAtWork(this.#kernel.db, agentId)
    const plan = await this.#plans.of(agent, subject, number)
    const needed = { agentTrunk: plan.waiting ? null : (plan.agentLeg.trunk ?? null), routes: plan.routes }
    const rooms = await this.#dialling.roomOf(needed)
    return this.#start(agent, plan, trx => this.#dialling.admit(trx, { agentId, apiKeyId, needed, rooms }))
  }

  /** Writes the call, then asks the PBX: what the policy has allowed and nothing else. `admit` may throw, or drop routes. */
  async #start(
    agent: CallingAgent,
    { subject, number, agentLeg, waiting, ...way }: CallPlan,
    admit: (trx: Knex.Transaction) => Promise<readonly Route[]>
  ): Promise<string> {
    const agentId = agent.id
    const { campaignId, contactId } = subject
    const { db, clock, events, extensions } = this.#kernel
    const port = extensions.one(telephony)
    const callId = this.#kernel.newId()
    const now = clock.now()
    const recordingFile = subject.recordCalls ? recordingFileOf(callId, now) : null
    const attempts = waiting ? 1 : (agentLeg.attempts ?? 1)
    const request = await db.transaction(async trx => {
      if (waiting) await lockWaitingLeg(trx, waiting.id)
      const request: OriginateRequest = {
        callId,
        attempt: 1,
        agentLeg,
        number,
        ...way,
        routes: await admit(trx),
        ringSeconds: subject.ringSeconds,
        maxCallSeconds: this.#dialling.maxCallSeconds(subject.maxCallSeconds),
        recordingFile,
        waitingLeg: waiting ? { legId: waiting.id, channel: waiting.channel! } : null, // it is ready, so it has one
        context: { campaignId, agentId, contactId, handoutId: subject.handoutId, siteId: agent.siteId }
      }
      const written = await trx('core.calls')
        .insert({
          id: callId,
          campaign_id: subject.campaignId,
          contact_id: subject.contactId,
          handout_id: subject.handoutId,
          agent_id: agentId,
          site_id: agent.siteId,
          direction: 'outbound',
          number,
          caller_id: subject.callerId ?? agent.siteCallerId,
          station: agentLeg.station,
          accept: waiting ? 'none' : agentLeg.accept,
          pbx: port.pbx,
          recording_file: recordingFile,
          attempts,
          request: attempts > 1 ? JSON.stringify(request) : null,
          leg_stays: waiting?.kind === 'held',
          leg_channel: waiting?.channel ?? null,
          requested_at: now
        })
        .onConflict(db.raw('(agent_id) where agent_id is not null'))
        .ignore()
        .returning('id')
      if (written.length === 0) throw new AgentInCallError()
      await takeHandout(trx, subject.handoutId, callId)
      await applyAgentEvent(trx, events, now, { agentId, event: { type: 'call_requested', callId } })
      await takePorts(trx, callId, { agentTrunk: agentLeg.trunk ?? null, routes: request.routes })
      await events.emit(callRequested, { callId, campaignId: subject.campaignId, agentId }, { trx })
      return request
    })
    await this.#originate(permitOriginate(request), now)
    return callId
  }

  /** The agent's phone was not reached: it is called once more for the same call, unless somebody has hung up meanwhile. */
  async callAgentAgain(callId: string): Promise<void> {
    const row = await this.#kernel
      .db('core.calls')
      .where({ id: callId })
      .first<AttemptedCall | undefined>('request', 'attempt', 'requested_at', 'hangup_requested_at')
    if (!row) return // it was ended meanwhile
    const request = { ...row.request, attempt: row.attempt }
    if (row.hangup_requested_at) await this.#cameToNothing(request, row.requested_at, 'agent_cancelled')
    else await this.#originate(permitOriginate(request), row.requested_at)
  }

  /** A request that certainly came to nothing still leaves its row. */
  async #originate(request: OriginateRequest, requestedAt: Date): Promise<void> {
    try {
      await this.#kernel.extensions.one(telephony).originate(request)
    } catch (error) {
      await this.#cameToNothing(request, requestedAt, 'failed')
      throw error
    }
  }

  async #cameToNothing(
    { callId, attempt }: OriginateRequest,
    requestedAt: Date,
    outcome: 'failed' | 'agent_cancelled'
  ): Promise<void> {
    const { extensions, clock } = this.#kernel
    const ledger: CallLedger = extensions.one(callLedger)
    const [startedAtMs, endedAtMs] = [requestedAt.getTime(), clock.now().getTime()]
    const record = { ...recordOfNothing({ callId, agentAttempts: attempt, startedAtMs, endedAtMs }), outcome }
    await ledger.report(extensions.one(telephony).pbx, [{ kind: 'ended', callId, record }])
  }
}

/** What is needed of a call's row to call its agent again. */
interface AttemptedCall extends Pick<CallRow, 'attempt' | 'requested_at' | 'hangup_requested_at'> {
  readonly request: OriginateRequest
}

/** Ties the call to its hand-out: nothing is dialled on one that ends at the same moment. */
async function takeHandout(trx: Knex.Transaction, handoutId: number | null, callId: string): Promise<void> {
  if (handoutId === null) return
  const taken = await trx('core.handouts')
    .where({ id: handoutId, ended_at: null, finalised_at: null, live_call: null })
    .update({ live_call: callId, calls_made: trx.raw('calls_made + 1'), dial_at: null, wrap_up_until: null })
  if (taken === 0) throw new HandoutEndedError(handoutId)
}

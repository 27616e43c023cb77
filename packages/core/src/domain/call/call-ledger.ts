import type { Knex } from 'knex'
import { definePort } from '../../kernel/extension-point.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { type AgentInput, applyAgentEvents } from '../agent/agent-states.ts'
import { callEnded, callProgressed } from '../events.ts'
import type { OpenCall } from '../telephony/telephony-port.ts'
import { amendCall, type CallBusiness, insertCall } from './call-history.ts'
import type { AcceptanceFact, CallFact, CallRecord, LegFact } from './call-record.ts'

/** Where the PBX's plugin brings its facts. Writing the same fact twice changes nothing. */
export interface CallLedger {
  /** Applies facts in their order, in one transaction; `within` writes what must stand or fall with them. */
  report(
    pbx: string,
    facts: readonly CallFact[],
    within?: (trx: Knex.Transaction) => Promise<void>
  ): Promise<void>
  /** Calls of this PBX that have no end yet. */
  openCalls(pbx: string): Promise<OpenCall[]>
}

export const callLedger = definePort<CallLedger>('core.call-ledger')

interface CallRow {
  id: string
  campaign_id: number
  contact_id: number | null
  handout_id: number | null
  agent_id: number | null
  site_id: number | null
  number: string
  caller_id: string | null
  station: string
  accept: string
  pbx: string
  requested_at: Date
  hangup_requested_at: Date | null
}

const states = [
  'requested',
  'ringing_agent',
  'agent_accepted',
  'dialling_customer',
  'ringing_customer',
  'talking'
]

/** Told after the commit of the transaction in which a call ended. */
export type CallEndedListener = (handoutId: number) => void

export class DatabaseCallLedger implements CallLedger {
  readonly #kernel: Pick<Kernel, 'db' | 'events' | 'clock' | 'log'>
  readonly #onFinalised: CallEndedListener

  /** `onFinalised` is told of a hand-out whose call has ended after the agent had finalised it. */
  constructor(kernel: Pick<Kernel, 'db' | 'events' | 'clock' | 'log'>, onFinalised: CallEndedListener) {
    this.#kernel = kernel
    this.#onFinalised = onFinalised
  }

  async report(
    pbx: string,
    facts: readonly CallFact[],
    within?: (trx: Knex.Transaction) => Promise<void>
  ): Promise<void> {
    const finalised: number[] = []
    await this.#kernel.db.transaction(async trx => {
      for (const fact of facts) {
        if (fact.kind === 'leg') await this.#leg(trx, fact)
        else if (fact.kind === 'ended')
          finalised.push(...(await this.#ended(trx, pbx, fact.callId, fact.record)))
        else if (fact.kind === 'amended') await amendCall(trx, fact.callId, fact.record)
        else await this.#acceptance(trx, fact)
      }
      await within?.(trx)
    })
    for (const handoutId of finalised) this.#onFinalised(handoutId)
  }

  async openCalls(pbx: string): Promise<OpenCall[]> {
    const { db } = this.#kernel
    const calls = await db<CallRow>('core.calls').where({ pbx }).orderBy('requested_at')
    const legs = await db('core.call_legs').whereIn(
      'call_id',
      calls.map(call => call.id)
    )
    return calls.map(call => ({
      callId: call.id,
      requestedAtMs: call.requested_at.getTime(),
      hangupRequested: call.hangup_requested_at !== null,
      legs: legs.filter(leg => leg.call_id === call.id).flatMap(leg => legFacts(call.id, leg))
    }))
  }

  async #leg(trx: Knex.Transaction, fact: LegFact): Promise<void> {
    const at = new Date(fact.atMs)
    const call = await trx<CallRow>('core.calls').where({ id: fact.callId }).forUpdate().first()
    if (!call) return // a leg of a call that we did not ask for, or that has ended: its record tells the rest
    await trx.raw(
      `insert into core.call_legs as l (call_id, leg, role, channel, uniqueid, linkedid, endpoint, trunk, created_at,
         ringing_at, answered_at, bridged_at, ended_at, cause)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       on conflict (call_id, leg) do update set
         ringing_at = coalesce(l.ringing_at, excluded.ringing_at), answered_at = coalesce(l.answered_at, excluded.answered_at),
         bridged_at = coalesce(l.bridged_at, excluded.bridged_at), ended_at = coalesce(l.ended_at, excluded.ended_at),
         cause = coalesce(l.cause, excluded.cause)`,
      [
        fact.callId,
        fact.leg,
        fact.role,
        fact.channel,
        fact.uniqueid,
        fact.linkedid,
        fact.endpoint,
        fact.trunk,
        at,
        ...(['ringing', 'answered', 'bridged', 'ended'] as const).map(phase =>
          phase === fact.phase ? at : null
        ),
        fact.cause ?? null
      ]
    )
    const state = stateOf(fact, call.accept)
    if (state) await this.#advance(trx, call, state)
  }

  async #acceptance(trx: Knex.Transaction, fact: AcceptanceFact): Promise<void> {
    const call = await trx<CallRow>('core.calls').where({ id: fact.callId }).forUpdate().first()
    if (!call || fact.kind === 'not-accepted') return
    await trx('core.call_legs')
      .where({ call_id: fact.callId, role: 'agent', accepted_at: null })
      .update({ accepted_at: new Date(fact.atMs) })
    await this.#advance(trx, call, 'agent_accepted')
  }

  async #advance(trx: Knex.Transaction, call: CallRow, state: string): Promise<void> {
    const later = states.slice(0, states.indexOf(state))
    const changed = await trx('core.calls')
      .where({ id: call.id })
      .whereIn('state', later)
      .update({ state, revision: trx.raw('revision + 1') })
    if (changed === 0) return
    const { events, clock } = this.#kernel
    await events.emit(callProgressed, { callId: call.id, state }, { trx })
    const type = agentEvent[state]
    if (type && call.agent_id !== null) {
      await applyAgentEvents(trx, events, clock.now(), [
        { agentId: call.agent_id, event: { type, callId: call.id } }
      ])
    }
  }

  /** Writes the row, once; gives back the hand-out when the agent had finalised it already. */
  async #ended(trx: Knex.Transaction, pbx: string, callId: string, told: CallRecord): Promise<number[]> {
    const [call] = await trx<CallRow>('core.calls').where({ id: callId }).delete().returning('*')
    if (!call) {
      if (told.foreign) await insertCall(trx, callId, foreignBusiness(pbx, told), told)
      else if (!(await amendCall(trx, callId, told))) {
        this.#kernel.log.error({ callId }, 'a call ended that nobody asked for and that has no row')
      }
      return []
    }
    const record = withHangup(told, call.hangup_requested_at)
    await insertCall(trx, callId, businessOf(call), record)
    const reachedCustomer = record.customerDialledAtMs !== undefined
    const { events, clock } = this.#kernel
    if (call.contact_id !== null && reachedCustomer) {
      await trx.raw(
        `update core.contacts set attempts = attempts + 1, last_attempt_at = :at,
                number_attempts = number_attempts || jsonb_build_object(cast(:number as text), coalesce(cast(number_attempts->>:number as int), 0) + 1),
                next_phone = coalesce(array_position(phones, cast(:number as text)), next_phone)
          where campaign_id = :campaignId and id = :contactId`,
        {
          at: new Date(record.endedAtMs),
          number: call.number,
          campaignId: call.campaign_id,
          contactId: call.contact_id
        }
      )
    }
    if (call.agent_id !== null) {
      const input: AgentInput = {
        agentId: call.agent_id,
        event: { type: 'call_ended', callId, reachedCustomer }
      }
      await applyAgentEvents(trx, events, clock.now(), [input])
    }
    const { campaign_id: campaignId, agent_id: agentId } = call
    await events.emit(callEnded, { callId, campaignId, agentId, outcome: record.outcome }, { trx })
    return this.#releaseHandout(trx, call)
  }

  /** The hand-out has no call any more; the agent gets his time to qualify from now. */
  async #releaseHandout(trx: Knex.Transaction, call: CallRow): Promise<number[]> {
    if (call.handout_id === null) return []
    const { rows } = await trx.raw<{ rows: { finalised_at: Date | null }[] }>(
      `update core.handouts h set live_call = null,
              expires_at = greatest(h.expires_at, ?::timestamptz + make_interval(mins => c.lease_minutes))
         from core.campaigns c where h.id = ? and h.live_call = ? and c.id = h.campaign_id returning h.finalised_at`,
      [this.#kernel.clock.now(), call.handout_id, call.id]
    )
    return rows[0]?.finalised_at ? [call.handout_id] : []
  }
}

/**
 * On the wire a ringing customer whom we stop calling looks like one whose phone rang out (cause 0 either way); only we
 * know that somebody asked for it, whichever process took the request.
 */
function withHangup(record: CallRecord, requestedAt: Date | null): CallRecord {
  const cancelled =
    requestedAt !== null && record.outcome === 'no_answer' && requestedAt.getTime() <= record.endedAtMs
  return cancelled ? { ...record, outcome: 'cancelled', endedBy: 'server' } : record
}

const agentEvent: Record<string, 'agent_accepted' | 'customer_dialled' | 'customer_bridged' | undefined> = {
  agent_accepted: 'agent_accepted',
  dialling_customer: 'customer_dialled',
  talking: 'customer_bridged'
}

function stateOf(fact: LegFact, accept: string): string | null {
  if (fact.role === 'agent') {
    if (fact.phase === 'created' || fact.phase === 'ringing') return 'ringing_agent'
    return fact.phase === 'answered' && accept === 'none' ? 'agent_accepted' : null
  }
  if (fact.phase === 'created') return 'dialling_customer'
  if (fact.phase === 'ringing') return 'ringing_customer'
  return fact.phase === 'bridged' ? 'talking' : null
}

const businessOf = (call: CallRow): CallBusiness => ({
  campaignId: call.campaign_id,
  contactId: call.contact_id,
  handoutId: call.handout_id,
  agentId: call.agent_id,
  siteId: call.site_id,
  number: call.number,
  callerId: call.caller_id,
  station: call.station,
  pbx: call.pbx,
  startedAt: call.requested_at
})

const foreignBusiness = (pbx: string, record: CallRecord): CallBusiness => ({
  campaignId: 0,
  contactId: null,
  handoutId: null,
  agentId: null,
  siteId: null,
  number: record.customerNumber ?? null,
  callerId: null,
  station: record.agentEndpoint ?? null,
  pbx,
  startedAt: new Date(record.startedAtMs)
})

interface LegRow {
  leg: string
  role: LegFact['role']
  channel: string
  uniqueid: string
  linkedid: string
  endpoint: string
  trunk: boolean
  created_at: Date
  ringing_at: Date | null
  answered_at: Date | null
  bridged_at: Date | null
  ended_at: Date | null
  cause: number | null
}

/** The facts behind a stored leg, in the order of the phases. */
function legFacts(callId: string, row: LegRow): LegFact[] {
  const { leg, role, channel, uniqueid, linkedid, endpoint, trunk } = row
  const base = { kind: 'leg' as const, callId, leg, role, channel, uniqueid, linkedid, endpoint, trunk }
  const times = [
    ['created', row.created_at],
    ['ringing', row.ringing_at],
    ['answered', row.answered_at],
    ['bridged', row.bridged_at],
    ['ended', row.ended_at]
  ] as const
  return times.flatMap(([phase, at]) =>
    at
      ? [
          {
            ...base,
            phase,
            atMs: at.getTime(),
            ...(phase === 'ended' && row.cause !== null && { cause: row.cause })
          }
        ]
      : []
  )
}

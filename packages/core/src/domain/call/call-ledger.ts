import type { Knex } from 'knex'
import { definePort } from '../../kernel/extension-point.ts'
import { advanceListenings } from '../audit/listenings.ts'
import { type OpenLeg, openLegsOf } from '../telephony/open-legs.ts'
import type { OpenCall } from '../telephony/telephony-port.ts'
import { advanceWaitingLegs } from '../telephony/waiting-legs.ts'
import { advanceCalls, writeLegs } from './advance-calls.ts'
import type {
  CallFact,
  CallRecord,
  HandCallFact,
  LegFact,
  ListeningFact,
  ProgressFact,
  WaitingLegFact
} from './call-record.ts'
import { countInStats } from './call-stats.ts'
import { type Finished, finishCalls } from './finish-calls.ts'
import { advanceHandCalls } from './hand-calls.ts'
import type { CallRow, LedgerKernel } from './ledger-rows.ts'

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
  /** Legs of this PBX beside calls that have no end yet. */
  openLegs(pbx: string): Promise<OpenLeg[]>
}

export const callLedger = definePort<CallLedger>('core.call-ledger')

/** What follows from facts once they are committed. */
export interface LedgerConsequences extends Finished {
  /** Waiting legs that are to be called once more. */
  readonly legsAgain: readonly string[]
}
export type LedgerListener = (consequences: LedgerConsequences) => void

export class DatabaseCallLedger implements CallLedger {
  readonly #kernel: LedgerKernel
  readonly #onWritten: LedgerListener

  /** `onWritten` is told after each commit what is left to do. */
  constructor(kernel: LedgerKernel, onWritten: LedgerListener) {
    this.#kernel = kernel
    this.#onWritten = onWritten
  }

  async report(
    pbx: string,
    facts: readonly CallFact[],
    within?: (trx: Knex.Transaction) => Promise<void>
  ): Promise<void> {
    const { ended, amended, progress, waiting, listening, byHand } = sortFacts(facts)
    const consequences = await this.#kernel.db.transaction(async trx => {
      await advanceCalls(trx, this.#kernel, progress)
      // What amends a call that is still in flight is the end of a later attempt at its agent.
      const { counted, ...done } = await finishCalls(trx, this.#kernel, pbx, ended, amended)
      // A call that goes on has no record that would tell them.
      await writeLegs(trx, legsOf(facts, done.again))
      const { events, clock } = this.#kernel
      const legsAgain = await advanceWaitingLegs(trx, { events, now: clock.now() }, waiting)
      await advanceListenings(trx, listening)
      await advanceHandCalls(trx, { events, now: clock.now() }, pbx, byHand)
      await countInStats(trx, counted)
      await within?.(trx)
      return { ...done, legsAgain }
    })
    this.#onWritten(consequences)
  }

  openLegs(pbx: string): Promise<OpenLeg[]> {
    return openLegsOf(this.#kernel.db, pbx)
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
      attempt: call.attempt,
      attemptedAtMs: (call.attempted_at ?? call.requested_at).getTime(),
      hangupRequested: call.hangup_requested_at !== null,
      legs: legs.filter(leg => leg.call_id === call.id).flatMap(leg => legFacts(call.id, leg))
    }))
  }
}

const legsOf = (facts: readonly CallFact[], callIds: readonly string[]): LegFact[] =>
  callIds.length === 0
    ? []
    : facts.filter((fact): fact is LegFact => fact.kind === 'leg' && callIds.includes(fact.callId))

/**
 * Of one call only the last record counts, and an estimate never against one that is exact; what led to an end that is here
 * has nothing left to say.
 */
function sortFacts(facts: readonly CallFact[]) {
  const ended = new Map<string, CallRecord>()
  const amended = new Map<string, CallRecord>()
  for (const fact of facts) {
    if (fact.kind !== 'ended' && fact.kind !== 'amended') continue
    const before = ended.get(fact.callId)
    if (!before && fact.kind === 'amended') amended.set(fact.callId, fact.record)
    else if (!before || before.endQuality === 'estimated' || fact.record.endQuality === 'exact')
      ended.set(fact.callId, fact.record)
  }
  const progress = facts.filter(
    (fact): fact is ProgressFact => !besideProgress.has(fact.kind) && !ended.has(fact.callId)
  )
  const listening = facts.filter((fact): fact is ListeningFact => fact.kind === 'listening')
  const waiting = facts.filter((fact): fact is WaitingLegFact => fact.kind === 'waiting-leg')
  const byHand = facts.filter((fact): fact is HandCallFact => fact.kind === 'hand-call')
  return { ended, amended, progress, waiting, listening, byHand }
}

const besideProgress: ReadonlySet<CallFact['kind']> = new Set([
  'ended',
  'amended',
  'waiting-leg',
  'listening',
  'hand-call'
])

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

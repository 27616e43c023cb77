import type { Knex } from 'knex'
import { sessionsBeside } from '../../kernel/database.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { prepared } from '../../kernel/prepared-statement.ts'
import type { AgentRefusal } from '../agent/agent-state.ts'
import { joinDisposition } from '../call/call-history.ts'
import { classifyNow } from './classify-now.ts'
import { dispatchGates } from './dispatch-gate.ts'
import type { Settlement, VersionedSettlement } from './settlement.ts'
import { refreshZones } from './zone-hours.ts'

export type Unavailable = 'unknown' | 'taken' | 'outside_hours' | 'closed_by_gate' | 'suppressed'

/** Why a campaign has nothing to hand out now. */
export interface Nothing {
  /** ISO 8601: the next retry or callback. */
  readonly scheduledAt: string | null
  readonly outsideHours: boolean
  /** Contacts are being classified by rules that have just changed. */
  readonly classifying: boolean
  /** ISO 8601: when the next closed zone opens. */
  readonly opensAt: string | null
  /** Marks that keep ready contacts back, some of them when they are many. */
  readonly marks: readonly number[]
}

/** An agent asks for a contact. */
export interface TurnRequest {
  readonly agentId: number
  readonly contactId: number | null
  /** The open callback by which the contact was chosen. */
  readonly callbackId: number | null
}

/** A hand-out is over. */
export interface TurnResult {
  readonly handoutId: number
  readonly settlement: Settlement | VersionedSettlement
}

/** What the turn says to one request. */
export interface TurnAnswer {
  readonly handoutId?: number | null
  readonly contactId?: number
  readonly fresh?: boolean
  readonly refused?: Unavailable | null
  readonly refusal?: AgentRefusal
  /** The error that kept this request from an answer, while what was settled stands. */
  readonly failure?: unknown
}

/** What one turn did: ended hand-outs, answers in the order of the requests, and the agents' new states. */
export interface Turn {
  readonly settled: readonly { handoutId: number; agentId: number; overQuota: boolean }[]
  readonly answers: readonly TurnAnswer[]
  readonly nothing: Nothing | null
  readonly states: readonly { agentId: number; state: string; cause: string; revision: number }[]
}

/** What core.dispatch_turn answers; null: nothing of the kind was done. */
interface RawTurn extends Pick<Turn, 'nothing'> {
  readonly states: Turn['states'] | null
  /** Hand-outs that ended, their agents in the same order, and those of them that a limit kept from counting. */
  readonly settled: readonly number[] | null
  readonly agents: readonly number[]
  readonly overQuota: readonly number[] | null
  readonly answers: readonly (TurnAnswer & { readonly pending?: true })[] | null
  /** Contacts that a gate has to classify by its rules of now before pending requests are answered. */
  readonly unclassified: readonly number[] | null
  /** Nothing was handed out: the hours of the campaign's zones have to be looked at first. */
  readonly staleZones: true | null
}

/** Campaigns whose turns this process takes at the same time: a turn lasts milliseconds. */
const sessions = 5

/**
 * Turns in the database: one round trip and one transaction each, unless hours have to be looked at or contacts classified.
 * In sessions of their own: where they shared the pool's with other statements they went round several, and each was an
 * eighth slower (200 agents, 350 dispatches a second).
 */
export class DispatchTurns {
  readonly #kernel: Pick<Kernel, 'extensions'>
  readonly #sessions: Knex

  constructor(kernel: Pick<Kernel, 'db' | 'extensions'>) {
    this.#kernel = kernel
    this.#sessions = sessionsBeside(kernel.db, sessions, 'select core.dispatch_session()')
  }

  /** Ends their sessions. */
  async close(): Promise<void> {
    await this.#sessions.destroy()
  }

  /**
   * Takes what has ended and answers what was asked, under the campaign's lock. What it did is committed, but on disk only
   * when GroupCommit says so: nobody may be told before.
   */
  async take(
    campaignId: number,
    now: Date,
    results: readonly TurnResult[],
    requests: readonly TurnRequest[]
  ): Promise<Turn> {
    if (results.some(chosenByNobody)) return this.#turnInSteps(campaignId, now, results, requests)
    const turn = await ask(this.#sessions, argumentsOf(campaignId, now, results, requests, []))
    const answers: TurnAnswer[] = [...(turn.answers ?? [])]
    const asked = [...requests.keys()].filter(i => turn.answers![i]!.pending)
    const states = [...(turn.states ?? [])]
    let { nothing } = turn
    if (asked.length > 0) {
      const stillAsking = asked.map(i => requests[i]!)
      try {
        const rest = await this.#turnInSteps(campaignId, now, [], stillAsking)
        for (const [n, i] of asked.entries()) answers[i] = rest.answers[n]!
        states.push(...rest.states)
        nothing = rest.nothing ?? nothing
      } catch (failure) {
        for (const i of asked) answers[i] = { failure }
      }
    }
    return { settled: settledBy(turn), answers, nothing, states }
  }

  /**
   * A turn that has to look at the clock, to classify contacts, or to tell calls what their hand-outs ended with: under one
   * lock, as many statements as it takes.
   */
  async #turnInSteps(
    campaignId: number,
    now: Date,
    results: readonly TurnResult[],
    requests: readonly TurnRequest[]
  ): Promise<Turn> {
    const gates = this.#kernel.extensions.all(dispatchGates)
    return this.#sessions.transaction(async trx => {
      let settling = results
      let settled: Turn['settled'] = []
      let nothing: Nothing | null = null
      const states: Turn['states'][number][] = []
      const answers: TurnAnswer[] = []
      const checked: number[] = []
      for (let asked = [...requests.keys()]; ; ) {
        const turn = await ask(
          trx,
          argumentsOf(
            campaignId,
            now,
            settling,
            asked.map(i => requests[i]!),
            checked
          )
        )
        if (settling.length > 0) settled = settledBy(turn)
        settling = []
        nothing = turn.nothing ?? nothing
        states.push(...(turn.states ?? []))
        if (turn.staleZones) {
          await refreshZones(trx, campaignId, now)
          continue
        }
        for (const [n, i] of asked.entries()) answers[i] = turn.answers![n]!
        if (!turn.unclassified?.length) {
          await joinDisposition(
            trx,
            results.filter(chosenByNobody).map(({ handoutId }) => handoutId)
          )
          return { settled, answers, nothing, states }
        }
        checked.push(...(await classifyNow(trx, gates, campaignId, turn.unclassified)))
        asked = asked.filter((_, n) => turn.answers![n]!.pending)
      }
    })
  }
}

/** Called and qualified by nobody: what it ends with its last call does not know yet, as it does of what an agent chooses. */
const chosenByNobody = ({ settlement }: TurnResult): boolean =>
  'version' in settlement && settlement.dispositionId !== null && settlement.reason !== 'qualified'

const settledBy = ({ settled, agents, overQuota }: RawTurn): Turn['settled'] =>
  (settled ?? []).map((handoutId, i) => ({
    handoutId,
    agentId: agents[i]!,
    overQuota: overQuota!.includes(handoutId)
  }))

type TurnArguments = readonly [
  campaignId: number,
  now: Date,
  settlements: string,
  agents: number[],
  contacts: (number | null)[],
  callbacks: (number | null)[],
  checked: number[]
]

const argumentsOf = (
  campaignId: number,
  now: Date,
  results: readonly TurnResult[],
  requests: readonly TurnRequest[],
  checked: number[]
): TurnArguments => [
  campaignId,
  now,
  JSON.stringify(results.map(({ handoutId, settlement }) => ({ handoutId, ...settlement }))),
  requests.map(({ agentId }) => agentId),
  requests.map(({ contactId }) => contactId),
  requests.map(({ callbackId }) => callbackId),
  checked
]

/**
 * One turn in one round trip: committed when it answers, or within the transaction that is given. The campaign's lock does
 * not wait for the disk, so a turn is kept only when GroupCommit says so.
 */
async function ask(db: Knex, values: TurnArguments): Promise<RawTurn> {
  const [row] = await prepared<{ turn: RawTurn }>(db, {
    name: 'core.dispatch_turn',
    text: 'select core.dispatch_turn($1, $2, $3, $4, $5, $6, $7) as turn',
    values: [...values]
  })
  return row!.turn
}

import type { Knex } from 'knex'
import type { Kernel } from '../../kernel/kernel.ts'
import type { AgentRefusal } from '../agent/agent-state.ts'
import { type AgentInput, applyAgentEvents } from '../agent/agent-states.ts'
import { joinDisposition } from '../call/call-history.ts'
import { handoutEnded, handoutGranted } from '../events.ts'
import { classifyNow } from './classify-now.ts'
import { type DispatchGate, dispatchGates } from './dispatch-gate.ts'
import type { Settlement } from './settlement.ts'
import { refreshZones } from './zone-hours.ts'

/** A hand-out, nothing to hand out (and when to ask again), or the agent's own state in the way. */
export type Answer =
  | {
      readonly kind: 'granted'
      readonly handoutId: number
      readonly contactId: number
      readonly fresh: boolean
    }
  | { readonly kind: 'none'; readonly nothing: Nothing }
  /** The chosen contact cannot be handed out. */
  | { readonly kind: 'unavailable'; readonly reason: Unavailable }
  | { readonly kind: 'refused'; readonly refusal: AgentRefusal }

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

interface Request {
  readonly agentId: number
  readonly contactId: number | null
  /** The open callback by which the contact was chosen. */
  readonly callbackId: number | null
  answer(value: Answer): void
  fail(error: unknown): void
}

interface Result {
  readonly handoutId: number
  readonly settlement: Settlement
  settled(value: Settled | null): void
  fail(error: unknown): void
}

interface Queue {
  requests: Request[]
  results: Result[]
  running: boolean
}

interface TurnAnswer {
  readonly handoutId: number | null
  readonly contactId?: number
  readonly fresh?: boolean
  readonly refused?: Unavailable | null
}

interface Turn {
  readonly settled: readonly { handoutId: number; agentId: number; overQuota: boolean; called: boolean }[]
  readonly answers: readonly TurnAnswer[]
  readonly nothing: Nothing | null
}

/** A turn that came upon contacts which a gate has not classified by its rules of now; some requests wait for that. */
interface RawTurn extends Omit<Turn, 'answers'> {
  readonly answers: readonly (TurnAnswer & { readonly pending?: true })[]
  readonly unclassified: readonly number[]
}

/** How a hand-out ended: `overQuota`, when it was positive and a limit kept it from counting. */
export interface Settled {
  readonly overQuota: boolean
}

/**
 * Answers everything that waits for a campaign in one turn: while one is under way, what comes in gathers for the next.
 * That one sets out as soon as the first has its answer from the database, so that it stands at the campaign's lock when
 * the first commits: the database need not wait for this process. Any number of processes may do so at once; the campaign's row lock keeps their turns in order.
 */
export class Dispatcher {
  readonly #kernel: Pick<Kernel, 'db' | 'events' | 'clock' | 'extensions'>
  readonly #queues = new Map<number, Queue>()
  readonly #took: (seconds: number) => void

  /** `took` is told the time of each turn, in seconds. */
  constructor(
    kernel: Pick<Kernel, 'db' | 'events' | 'clock' | 'extensions'>,
    took: (seconds: number) => void = () => {}
  ) {
    this.#kernel = kernel
    this.#took = took
  }

  /**
   * The next contact of a campaign for an agent, or the chosen one, with `callbackId` only while that callback is open;
   * the one already in his hands comes back as it is.
   */
  next(
    campaignId: number,
    agentId: number,
    contactId: number | null = null,
    callbackId: number | null = null
  ): Promise<Answer> {
    return new Promise((answer, fail) => {
      this.#queue(campaignId).requests.push({ agentId, contactId, callbackId, answer, fail })
      this.#start(campaignId)
    })
  }

  /** Ends a hand-out; null when it had ended before. */
  settle(campaignId: number, handoutId: number, settlement: Settlement): Promise<Settled | null> {
    return new Promise((settled, fail) => {
      this.#queue(campaignId).results.push({ handoutId, settlement, settled, fail })
      this.#start(campaignId)
    })
  }

  #queue(campaignId: number): Queue {
    let queue = this.#queues.get(campaignId)
    if (!queue) {
      queue = { requests: [], results: [], running: false }
      this.#queues.set(campaignId, queue)
    }
    return queue
  }

  #start(campaignId: number): void {
    const queue = this.#queue(campaignId)
    if (queue.running) return
    queue.running = true
    void this.#run(campaignId, queue)
  }

  async #run(campaignId: number, queue: Queue): Promise<void> {
    while (queue.requests.length + queue.results.length > 0) {
      const requests = queue.requests.splice(0, 500)
      const results = queue.results.splice(0, 500)
      await new Promise<void>(decided => {
        void this.#answer(campaignId, requests, results, decided).finally(decided)
      })
    }
    queue.running = false
    this.#queues.delete(campaignId)
  }

  async #answer(
    campaignId: number,
    requests: readonly Request[],
    results: readonly Result[],
    decided: () => void
  ): Promise<void> {
    const begun = performance.now()
    try {
      const { settled, answers } = await this.#turn(campaignId, requests, results, decided)
      this.#took((performance.now() - begun) / 1_000)
      for (const result of results) result.settled(settled.get(result.handoutId) ?? null)
      for (const [i, request] of requests.entries()) request.answer(answers[i]!)
    } catch (error) {
      for (const waiting of [...requests, ...results]) waiting.fail(error)
    }
  }

  async #turn(
    campaignId: number,
    requests: readonly Request[],
    results: readonly Result[],
    decided: () => void
  ): Promise<{ settled: Map<number, Settled>; answers: Answer[] }> {
    const { db, events, clock } = this.#kernel
    const gates = this.#kernel.extensions.all(dispatchGates)
    const now = clock.now()
    return db.transaction(async trx => {
      const { settled, answers, nothing } = await callTurn(trx, gates, campaignId, now, results, requests)
      decided()
      const inputs: AgentInput[] = settled.map(({ agentId }) => ({
        agentId,
        event: { type: 'handout_ended' }
      }))
      for (const [i, { agentId }] of requests.entries()) {
        const handoutId = answers[i]?.handoutId
        if (handoutId) inputs.push({ agentId, event: { type: 'handed_out', handoutId } })
      }
      const refusals = await applyAgentEvents(trx, events, now, inputs)
      await joinDisposition(
        trx,
        settled.filter(({ called }) => called).map(({ handoutId }) => handoutId)
      )
      const reasons = new Map(results.map(({ handoutId, settlement }) => [handoutId, settlement.reason]))
      for (const { handoutId, agentId } of settled) {
        const reason = reasons.get(handoutId) ?? 'released'
        await events.emit(handoutEnded, { handoutId, campaignId, agentId, reason }, { trx })
      }
      const told: Answer[] = []
      const takenBack: Result[] = []
      for (const [i, { agentId }] of requests.entries()) {
        const { handoutId, contactId, fresh = false, refused } = answers[i]!
        const refusal = refusals.get(agentId)
        if (refused) told.push({ kind: 'unavailable', reason: refused })
        else if (handoutId === null || contactId === undefined) told.push({ kind: 'none', nothing: nothing! })
        else if (refusal && fresh) {
          // He paused or left while he waited: the contact goes back before anybody saw it.
          told.push({ kind: 'refused', refusal })
          takenBack.push(takeBack(handoutId))
        } else {
          told.push({ kind: 'granted', handoutId, contactId, fresh })
          if (fresh) await events.emit(handoutGranted, { handoutId, campaignId, contactId, agentId }, { trx })
        }
      }
      if (takenBack.length > 0) await callTurn(trx, gates, campaignId, now, takenBack, [])
      return {
        settled: new Map(settled.map(({ handoutId, overQuota }) => [handoutId, { overQuota }])),
        answers: told
      }
    })
  }
}

const takeBack = (handoutId: number): Result => ({
  handoutId,
  settlement: { status: 0, reason: 'released' },
  settled: () => {},
  fail: () => {}
})

async function callTurn(
  trx: Knex.Transaction,
  gates: readonly DispatchGate[],
  campaignId: number,
  now: Date,
  results: readonly Result[],
  requests: readonly Request[]
): Promise<Turn> {
  let settlements = results.map(({ handoutId, settlement }) => ({ handoutId, ...settlement }))
  let settled: Turn['settled'] = []
  let nothing: Nothing | null = null
  const answers: TurnAnswer[] = []
  const checked: number[] = []
  for (let asked = [...requests.keys()]; ; ) {
    const { rows } = await trx.raw<{ rows: { turn: RawTurn | { staleZones: true } }[] }>(
      'select core.dispatch_turn(?, ?, ?, ?, ?) as turn',
      [
        campaignId,
        now,
        JSON.stringify(settlements),
        JSON.stringify(
          asked.map(i => {
            const { agentId, contactId, callbackId } = requests[i]!
            return { agentId, contactId, callbackId }
          })
        ),
        checked
      ]
    )
    const { turn } = rows[0]!
    if ('staleZones' in turn) {
      await refreshZones(trx, campaignId, now)
      continue
    }
    if (settlements.length > 0) settled = turn.settled
    nothing = turn.nothing ?? nothing
    for (const [n, i] of asked.entries()) answers[i] = turn.answers[n]!
    if (turn.unclassified.length === 0) return { settled, answers, nothing }
    checked.push(...(await classifyNow(trx, gates, campaignId, turn.unclassified)))
    asked = asked.filter((_, n) => turn.answers[n]!.pending)
    settlements = []
  }
}

import type { Knex } from 'knex'
import type pg from 'pg'
import type { Kernel } from '../../kernel/kernel.ts'
import type { AgentRefusal } from '../agent/agent-state.ts'
import { joinDisposition } from '../call/call-history.ts'
import { agentStateChanged, handoutEnded, handoutGranted } from '../events.ts'
import { classifyNow } from './classify-now.ts'
import { dispatchGates } from './dispatch-gate.ts'
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
  readonly handoutId?: number | null
  readonly contactId?: number
  readonly fresh?: boolean
  readonly refused?: Unavailable | null
  readonly refusal?: AgentRefusal
}

interface Turn {
  readonly settled: readonly { handoutId: number; agentId: number; overQuota: boolean; called: boolean }[]
  readonly answers: readonly TurnAnswer[]
  readonly nothing: Nothing | null
  readonly states: readonly { agentId: number; state: string; cause: string; revision: number }[]
}

/** A turn that came upon contacts which a gate has not classified by its rules of now; some requests wait for that. */
interface RawTurn extends Omit<Turn, 'answers'> {
  readonly answers: readonly (TurnAnswer & { readonly pending?: true })[]
  readonly unclassified: readonly number[]
}

/** Nothing was done: the hours of the campaign's zones have to be looked at first. */
interface StaleZones {
  readonly staleZones: true
}

/** How a hand-out ended: `overQuota`, when it was positive and a limit kept it from counting. */
export interface Settled {
  readonly overQuota: boolean
}

/**
 * Answers everything that waits for a campaign in one turn, which is one round trip and one transaction: while one is under
 * way, what comes in gathers for the next. Any number of processes may do so at once; the campaign's row lock keeps their
 * turns in order.
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
      await this.#answer(campaignId, requests, results)
    }
    queue.running = false
    this.#queues.delete(campaignId)
  }

  async #answer(campaignId: number, requests: readonly Request[], results: readonly Result[]): Promise<void> {
    const begun = performance.now()
    try {
      const now = this.#kernel.clock.now()
      const turn = await this.#turn(campaignId, now, results, requests)
      this.#took((performance.now() - begun) / 1_000)
      this.#tell(campaignId, now, turn, results, requests)
      const settled = new Map(turn.settled.map(({ handoutId, overQuota }) => [handoutId, { overQuota }]))
      for (const result of results) result.settled(settled.get(result.handoutId) ?? null)
      for (const [i, request] of requests.entries()) request.answer(answerOf(turn.answers[i]!, turn.nothing))
    } catch (error) {
      for (const waiting of [...requests, ...results]) waiting.fail(error)
    }
  }

  async #turn(
    campaignId: number,
    now: Date,
    results: readonly Result[],
    requests: readonly Request[]
  ): Promise<Turn> {
    const { db } = this.#kernel
    const turn = await ask(db, argumentsOf(campaignId, now, results, requests, []))
    const done = 'staleZones' in turn ? null : turn
    const answers: TurnAnswer[] = [...(done?.answers ?? [])]
    const asked = [...requests.keys()].filter(i => !done || done.answers[i]!.pending)
    const states = [...(done?.states ?? [])]
    let settled = done?.settled ?? []
    let nothing = done?.nothing ?? null
    if (!done || asked.length > 0) {
      const rest = await this.#turnInSteps(
        campaignId,
        now,
        done ? [] : results,
        asked.map(i => requests[i]!)
      )
      for (const [n, i] of asked.entries()) answers[i] = rest.answers[n]!
      states.push(...rest.states)
      if (!done) settled = rest.settled
      nothing = rest.nothing ?? nothing
    }
    const called = settled.filter(one => one.called).map(({ handoutId }) => handoutId)
    // Mostly there is nothing left to join: whoever chose a disposition joined it, or the call's end found it.
    if (called.length > 0) await db.transaction(trx => joinDisposition(trx, called))
    return { settled, answers, nothing, states }
  }

  /** A turn that has to look at the clock or to classify contacts: under one lock, as many statements as it takes. */
  async #turnInSteps(
    campaignId: number,
    now: Date,
    results: readonly Result[],
    requests: readonly Request[]
  ): Promise<Turn> {
    const gates = this.#kernel.extensions.all(dispatchGates)
    return this.#kernel.db.transaction(async trx => {
      let settling = results
      let settled: Turn['settled'] = []
      let nothing: Nothing | null = null
      const states: Turn['states'][number][] = []
      const answers: TurnAnswer[] = []
      const checked: number[] = []
      for (let asked = [...requests.keys()]; ; ) {
        const { rows } = await trx.raw<{ rows: { turn: RawTurn | StaleZones }[] }>(
          'select core.dispatch_turn(?, ?, ?, ?, ?) as turn',
          argumentsOf(
            campaignId,
            now,
            settling,
            asked.map(i => requests[i]!),
            checked
          )
        )
        const { turn } = rows[0]!
        if ('staleZones' in turn) {
          await refreshZones(trx, campaignId, now)
          continue
        }
        if (settling.length > 0) settled = turn.settled
        nothing = turn.nothing ?? nothing
        states.push(...turn.states)
        for (const [n, i] of asked.entries()) answers[i] = turn.answers[n]!
        if (turn.unclassified.length === 0) return { settled, answers, nothing, states }
        checked.push(...(await classifyNow(trx, gates, campaignId, turn.unclassified)))
        asked = asked.filter((_, n) => turn.answers[n]!.pending)
        settling = []
      }
    })
  }

  #tell(
    campaignId: number,
    now: Date,
    { settled, answers, states }: Turn,
    results: readonly Result[],
    requests: readonly Request[]
  ): void {
    const { events } = this.#kernel
    const since = now.toISOString()
    for (const state of states) void events.emit(agentStateChanged, { ...state, since })
    const reasons = new Map(results.map(({ handoutId, settlement }) => [handoutId, settlement.reason]))
    for (const { handoutId, agentId } of settled) {
      const reason = reasons.get(handoutId) ?? 'released'
      void events.emit(handoutEnded, { handoutId, campaignId, agentId, reason })
    }
    for (const [i, { agentId }] of requests.entries()) {
      const { handoutId, contactId, fresh } = answers[i]!
      if (fresh && handoutId && contactId !== undefined)
        void events.emit(handoutGranted, { handoutId, campaignId, contactId, agentId })
    }
  }
}

type TurnArguments = readonly [number, Date, string, string, number[]]

const argumentsOf = (
  campaignId: number,
  now: Date,
  results: readonly Result[],
  requests: readonly Request[],
  checked: number[]
): TurnArguments => [
  campaignId,
  now,
  JSON.stringify(results.map(({ handoutId, settlement }) => ({ handoutId, ...settlement }))),
  JSON.stringify(requests.map(({ agentId, contactId, callbackId }) => ({ agentId, contactId, callbackId }))),
  checked
]

/** One turn in one round trip, committed when it answers. Not by way of knex, which takes longer than the turn of one agent. */
async function ask(db: Knex, values: TurnArguments): Promise<RawTurn | StaleZones> {
  const connection: pg.Client = await db.client.acquireConnection()
  try {
    const { rows } = await connection.query<{ turn: RawTurn | StaleZones }>({
      name: 'core.dispatch_turn',
      text: 'select core.dispatch_turn($1, $2, $3, $4, $5) as turn',
      values: [...values]
    })
    return rows[0]!.turn
  } finally {
    await db.client.releaseConnection(connection)
  }
}

function answerOf(
  { handoutId, contactId, fresh = false, refused, refusal }: TurnAnswer,
  nothing: Nothing | null
): Answer {
  if (refusal) return { kind: 'refused', refusal }
  if (refused) return { kind: 'unavailable', reason: refused }
  if (handoutId == null || contactId === undefined) return { kind: 'none', nothing: nothing! }
  return { kind: 'granted', handoutId, contactId, fresh }
}

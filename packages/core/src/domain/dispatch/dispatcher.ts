import { GroupCommit } from '../../kernel/group-commit.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { AgentRefusal } from '../agent/agent-state.ts'
import { agentStateChanged, handoutEnded, handoutGranted } from '../events.ts'
import {
  DispatchTurns,
  type Nothing,
  type Turn,
  type TurnAnswer,
  type TurnRequest,
  type TurnResult,
  type Unavailable
} from './dispatch-turn.ts'
import type { Settlement, VersionedSettlement } from './settlement.ts'
import { TurnAnnouncements } from './turn-announcements.ts'

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

interface Request extends TurnRequest {
  answer(value: Answer): void
  fail(error: unknown): void
}

interface Result extends TurnResult {
  settled(value: Settled | null): void
  fail(error: unknown): void
}

interface Queue {
  requests: Request[]
  results: Result[]
  running: boolean
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
  readonly #kernel: Pick<Kernel, 'events' | 'clock'>
  readonly #turns: DispatchTurns
  readonly #disk: GroupCommit
  readonly #announcements: TurnAnnouncements
  readonly #queues = new Map<number, Queue>()
  readonly #underWay = new Set<Promise<void>>()
  readonly #took: (seconds: number) => void

  /** `took` is told the time of each turn, in seconds. */
  constructor(
    kernel: Pick<Kernel, 'db' | 'events' | 'clock' | 'extensions' | 'log'>,
    took: (seconds: number) => void = () => {}
  ) {
    this.#kernel = kernel
    this.#turns = new DispatchTurns(kernel)
    this.#disk = new GroupCommit(kernel.db)
    this.#announcements = new TurnAnnouncements(kernel)
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

  /** Ends a hand-out; null when it had ended before, or is not any more what the settlement was computed from. */
  settle(
    campaignId: number,
    handoutId: number,
    settlement: Settlement | VersionedSettlement
  ): Promise<Settled | null> {
    return new Promise((settled, fail) => {
      this.#queue(campaignId).results.push({ handoutId, settlement, settled, fail })
      this.#start(campaignId)
    })
  }

  /** Resolves when all that was asked is answered and told, and its sessions are closed. Nobody may ask any more. */
  async close(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay)
    await this.#announcements.close()
    await Promise.all([this.#turns.close(), this.#disk.close()])
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
    this.#follow(this.#run(campaignId, queue))
  }

  #follow(work: Promise<void>): void {
    this.#underWay.add(work)
    void work.finally(() => this.#underWay.delete(work))
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

  /** Resolves when the next turn may begin; what this one did is told when it is on disk. */
  async #answer(campaignId: number, requests: readonly Request[], results: readonly Result[]): Promise<void> {
    const begun = performance.now()
    try {
      const now = this.#kernel.clock.now()
      const turn = await this.#turns.take(campaignId, now, results, requests)
      const kept = this.#disk.kept()
      this.#follow(
        kept.then(
          () => {
            this.#took((performance.now() - begun) / 1_000)
            this.#tell(campaignId, now, turn, results, requests)
            const settled = new Map(
              turn.settled.map(({ handoutId, overQuota }) => [handoutId, { overQuota }])
            )
            for (const result of results) result.settled(settled.get(result.handoutId) ?? null)
            for (const [i, request] of requests.entries()) {
              const answer = turn.answers[i]!
              if (answer.failure) request.fail(answer.failure)
              else request.answer(answerOf(answer, turn.nothing))
            }
          },
          error => {
            // It is committed all the same, and may well be on disk: screens are to show it.
            this.#announce(campaignId, turn, requests)
            fail(error, [...requests, ...results])
          }
        )
      )
    } catch (error) {
      fail(error, [...requests, ...results])
    }
  }

  /** To the screens of all processes. */
  #announce(campaignId: number, { settled, answers }: Turn, requests: readonly Request[]): void {
    const handed = requests.filter((_, i) => answers[i]!.handoutId != null)
    const changed = [...settled, ...handed].map(({ agentId }) => agentId)
    if (changed.length > 0) this.#announcements.add(campaignId, changed)
  }

  #tell(
    campaignId: number,
    now: Date,
    turn: Turn,
    results: readonly Result[],
    requests: readonly Request[]
  ): void {
    this.#announce(campaignId, turn, requests)
    const { settled, answers, states } = turn
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

function fail(error: unknown, waiting: readonly (Request | Result)[]): void {
  for (const one of waiting) one.fail(error)
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

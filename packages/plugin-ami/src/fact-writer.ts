import type { CallFact, CallLedger, Clock } from '@evscallpro/core'
import type { FastifyBaseLogger } from 'fastify'
import type { Knex } from 'knex'

/** Waits between attempts while the database is away, ms. */
const firstWaitMs = 100
const longestWaitMs = 5_000
/** SQLSTATE classes and codes after which the same write may succeed: connection, resources, shutdown, lock trouble. */
const worthAnotherTry = /^(08|53|57P|40001|40P01|55P03|57014)|^(ECONN|EPIPE|ETIMEDOUT|ENOENT|EAI_AGAIN)/
const triesOfABadFact = 3
/** What a batch meets that takes longer than a statement, or a lock, may: after so many times it is written in two parts. */
const tookTooLong = /^(57014|55P03)/
const triesOfALongBatch = 3
/** Facts of one transaction at most. One that holds a call's whole story writes its end alone. */
const batchFacts = 5_000
/** How often progress is written while there are no facts, ms. */
const idleProgressMs = 5_000

/** How far a journal is written: everything up to `place`; the state there can be had by reading from `neededFrom`. */
export interface Progress {
  readonly place: number
  readonly neededFrom: number
}

export interface FactWriterOptions {
  readonly pbx: string
  readonly ledger: CallLedger
  readonly clock: Clock
  readonly log: FastifyBaseLogger
  /** Writes progress within the transaction of the facts it speaks of; left out without a journal. */
  readonly checkpoint?: (trx: Knex.Transaction, progress: Progress) => Promise<void>
  /** Told of progress that is committed. */
  readonly onProgress?: (progress: Progress) => void
}

interface Entry {
  readonly fact: CallFact
  readonly place: number
  readonly sinceMs: number
}

/**
 * Brings facts to the ledger in their order, as many with one transaction as have come meanwhile, and with them how far
 * the journal is written. While the database is away facts wait here and nothing is dropped; nobody waits for them.
 */
export class FactWriter {
  readonly #options: FactWriterOptions
  #queue: Entry[] = []
  /** Possible checkpoints, oldest first; the newest that everything is written for counts. */
  #marks: Progress[] = []
  #written: Progress | undefined
  #idleWriteAtMs = 0
  #failures = 0
  readonly #idle: (() => void)[] = []
  #lower: { readonly facts: number; resolve(): void }[] = []
  #working = false
  #closed = false

  constructor(options: FactWriterOptions) {
    this.#options = options
  }

  /** Takes facts that were read from the frame at `place`. */
  push(facts: readonly CallFact[], place: number): void {
    if (facts.length === 0 || this.#closed) return
    const sinceMs = this.#now()
    for (const fact of facts) this.#queue.push({ fact, place, sinceMs })
    this.#work()
  }

  /** Says that the journal was read up to `place`, and from where on this state can be had again. */
  mark(progress: Progress): void {
    if (!this.#options.checkpoint || this.#closed) return
    const last = this.#marks.at(-1) ?? this.#written
    if (last?.place === progress.place) return
    this.#marks.push(progress)
    if (this.#queue.length === 0 && this.#now() >= this.#idleWriteAtMs) this.#work()
  }

  /** Facts that are not written yet. */
  get waiting(): number {
    return this.#queue.length
  }

  /** How long the oldest of them has waited, ms. */
  get waitedMs(): number {
    const [oldest] = this.#queue
    return oldest ? this.#now() - oldest.sinceMs : 0
  }

  /** A sentence when the database has refused several times in a row, else null. */
  get failure(): string | null {
    if (this.#failures < 3) return null
    return `${this.#queue.length} facts of calls on the PBX ${this.#options.pbx} wait for the database; they are written when it answers`
  }

  /** Resolves when everything pushed so far is written. */
  async flushed(): Promise<void> {
    if (this.#working) await new Promise<void>(resolve => this.#idle.push(resolve))
  }

  /** Resolves when no more than `facts` wait. */
  async below(facts: number): Promise<void> {
    if (this.#queue.length <= facts || this.#closed) return
    await new Promise<void>(resolve => this.#lower.push({ facts, resolve }))
  }

  /** Gives up what cannot be written now: who reads the journal next writes it, or reconciles. */
  close(): void {
    this.#closed = true
    this.#queue = []
    this.#settleBelow()
    this.#settleIdle()
  }

  #now(): number {
    return this.#options.clock.now().getTime()
  }

  #work(): void {
    if (this.#working) return
    this.#working = true
    void this.#drain()
  }

  async #drain(): Promise<void> {
    while (!this.#closed && (this.#queue.length > 0 || this.#due())) {
      const batch = this.#queue.slice(0, batchFacts)
      await this.#write(batch, true)
      if (!this.#closed) this.#queue.splice(0, batch.length)
      this.#settleBelow()
    }
    this.#working = false
    this.#settleIdle()
  }

  #due(): boolean {
    return this.#marks.length > 0 && this.#now() >= this.#idleWriteAtMs
  }

  #settleBelow(): void {
    const met = this.#lower.filter(({ facts }) => this.#queue.length <= facts)
    this.#lower = this.#lower.filter(waiter => !met.includes(waiter))
    for (const { resolve } of met) resolve()
  }

  #settleIdle(): void {
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  /** The newest mark before the first fact that is left when this batch is written. */
  #reachedWith(batch: readonly Entry[]): Progress | undefined {
    const next = this.#queue[batch.length]
    return this.#marks.findLast(mark => next === undefined || mark.place < next.place)
  }

  /** `moves`: this batch may move the checkpoint; a part of one may not, as its neighbours may fail. */
  async #write(batch: readonly Entry[], moves: boolean): Promise<void> {
    let waitMs = firstWaitMs
    for (let tries = 1; !this.#closed; tries++) {
      const reached = moves ? this.#reachedWith(batch) : undefined
      try {
        await this.#report(batch, reached)
        this.#reached(reached)
        return
      } catch (err) {
        this.#failures++
        const transient = worthAnotherTry.test(codeOf(err)) || isPoolTimeout(err)
        if (!transient && tries >= triesOfABadFact) {
          await this.#writeApart(batch, err)
          return
        }
        if (tries >= triesOfALongBatch && batch.length > 1 && tookTooLong.test(codeOf(err))) {
          await this.#writeInTwo(batch, err)
          return
        }
        if (tries === 1)
          this.#options.log.warn({ err, facts: batch.length }, 'facts of calls wait for the database')
        await this.#wait(waitMs)
        waitMs = Math.min(waitMs * 2, longestWaitMs)
      }
    }
  }

  async #writeInTwo(batch: readonly Entry[], err: unknown): Promise<void> {
    const half = Math.ceil(batch.length / 2)
    this.#options.log.warn({ err, facts: batch.length }, 'these facts of calls are written in two parts')
    await this.#write(batch.slice(0, half), false)
    await this.#write(batch.slice(half), false)
  }

  /** One fact that cannot be written must not stop the others of this or any call. */
  async #writeApart(batch: readonly Entry[], err: unknown): Promise<void> {
    const calls = new Set(batch.map(({ fact }) => fact.callId))
    if (calls.size > 1) {
      for (const callId of calls)
        await this.#write(
          batch.filter(({ fact }) => fact.callId === callId),
          false
        )
      return
    }
    if (batch.length > 1) {
      for (const entry of batch) await this.#write([entry], false)
      return
    }
    const [entry] = batch
    this.#options.log.error(
      { err, callId: entry?.fact.callId, fact: entry?.fact.kind },
      'a fact of a call cannot be written and is left out; the journal keeps what it was read from'
    )
  }

  async #report(batch: readonly Entry[], reached: Progress | undefined): Promise<void> {
    const { pbx, ledger, checkpoint } = this.#options
    const facts = batch.map(({ fact }) => fact)
    if (reached && checkpoint) await ledger.report(pbx, facts, trx => checkpoint(trx, reached))
    else await ledger.report(pbx, facts)
  }

  #reached(reached: Progress | undefined): void {
    this.#failures = 0
    if (!reached) return
    this.#marks = this.#marks.filter(mark => mark.place > reached.place)
    this.#written = reached
    this.#idleWriteAtMs = this.#now() + idleProgressMs
    this.#options.onProgress?.(reached)
  }

  #wait(ms: number): Promise<void> {
    return new Promise(resolve => this.#options.clock.setTimeout(resolve, ms))
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

const isPoolTimeout = (error: unknown): boolean =>
  error instanceof Error &&
  /timeout acquiring a connection|connection terminated|connection ended|unexpectedly/i.test(error.message)

import type { CallFact, CallLedger, Clock } from '@evscallpro/core'
import type { FastifyBaseLogger } from 'fastify'

/** Waits between attempts while the database is away, ms. */
const firstWaitMs = 100
const longestWaitMs = 5_000
/** SQLSTATE classes and codes after which the same write may succeed: connection, resources, shutdown, lock trouble. */
const worthAnotherTry = /^(08|53|57P|40001|40P01|55P03)|^(ECONN|EPIPE|ETIMEDOUT|ENOENT|EAI_AGAIN)/
const triesOfABadFact = 3

export interface FactWriterOptions {
  readonly pbx: string
  readonly ledger: CallLedger
  readonly clock: Clock
  readonly log: FastifyBaseLogger
}

/**
 * Brings facts to the ledger in the order of each call, calls side by side. While the database is away facts wait here and
 * nothing is dropped; the reader of the socket never waits for it.
 */
export class FactWriter {
  readonly #options: FactWriterOptions
  readonly #queues = new Map<string, CallFact[]>()
  readonly #idle: (() => void)[] = []
  #closed = false

  constructor(options: FactWriterOptions) {
    this.#options = options
  }

  push(facts: readonly CallFact[]): void {
    for (const fact of facts) {
      const queue = this.#queues.get(fact.callId)
      if (queue) queue.push(fact)
      else {
        this.#queues.set(fact.callId, [fact])
        void this.#drain(fact.callId)
      }
    }
  }

  /** Calls whose facts are not written yet. */
  get waiting(): number {
    return this.#queues.size
  }

  /** Resolves when everything pushed so far is written. */
  async flushed(): Promise<void> {
    if (this.#queues.size > 0) await new Promise<void>(resolve => this.#idle.push(resolve))
  }

  /** Gives up what cannot be written now: another process will reconcile those calls. */
  close(): void {
    this.#closed = true
    this.#queues.clear()
    this.#settleIdle()
  }

  async #drain(callId: string): Promise<void> {
    const queue = this.#queues.get(callId)!
    while (queue.length > 0 && !this.#closed) {
      const batch = queue.slice(0, 50)
      await this.#write(callId, batch)
      queue.splice(0, batch.length)
    }
    this.#queues.delete(callId)
    if (this.#queues.size === 0) this.#settleIdle()
  }

  #settleIdle(): void {
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  async #write(callId: string, batch: readonly CallFact[]): Promise<void> {
    const { pbx, ledger, log } = this.#options
    let waitMs = firstWaitMs
    for (let tries = 1; !this.#closed; tries++) {
      try {
        await ledger.report(pbx, batch)
        return
      } catch (err) {
        const transient = worthAnotherTry.test(codeOf(err)) || isPoolTimeout(err)
        if (!transient && tries >= triesOfABadFact) {
          // One fact that cannot be written must not stop the others of this or any call.
          if (batch.length === 1) {
            log.error(
              { err, callId, fact: batch[0]?.kind },
              'a fact of a call cannot be written; reconciling will estimate it'
            )
            return
          }
          for (const fact of batch) await this.#write(callId, [fact])
          return
        }
        if (tries === 1) log.warn({ err, callId }, 'facts of a call wait for the database')
        await this.#wait(waitMs)
        waitMs = Math.min(waitMs * 2, longestWaitMs)
      }
    }
  }

  #wait(ms: number): Promise<void> {
    return new Promise(resolve => this.#options.clock.setTimeout(resolve, ms))
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

const isPoolTimeout = (error: unknown): boolean =>
  error instanceof Error &&
  /timeout acquiring a connection|connection terminated|connection ended/i.test(error.message)

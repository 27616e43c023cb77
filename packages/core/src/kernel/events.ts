import type { Knex } from 'knex'
import { type Static, type TObject, type TProperties, Type } from 'typebox'
import { committed } from './transaction-outcome.ts'

/** A fact in the past tense, with the shape of its payload: `<plugin>.<noun>-<past>`. */
export interface EventType<P extends TProperties = TProperties> {
  readonly name: string
  readonly schema: TObject<P>
}

export const defineEvent = <P extends TProperties>(name: string, payload: P): EventType<P> => ({
  name,
  schema: Type.Object(payload)
})

type Listener = (payload: unknown) => void | Promise<void>

/**
 * In-process bus of facts. With a transaction, delivery waits for its commit and a rollback delivers nothing.
 * Listeners never break the emitter: failures are reported and dropped.
 */
export class Events {
  readonly #listeners = new Map<string, Set<Listener>>()
  readonly #onFailure: (event: string, error: unknown) => void

  constructor(onFailure: (event: string, error: unknown) => void) {
    this.#onFailure = onFailure
  }

  /** Calls `listener` with each fact; the returned function ends it. */
  on<P extends TProperties>(
    event: EventType<P>,
    listener: (payload: Static<TObject<P>>) => void | Promise<void>
  ): () => void {
    const listeners = this.#listeners.get(event.name) ?? new Set()
    // Payloads are typed at the emitter; the map holds listeners of all events.
    listeners.add(listener as Listener)
    this.#listeners.set(event.name, listeners)
    return () => listeners.delete(listener as Listener)
  }

  /** Delivers now, or after the commit of `trx`; the promise does not wait for that commit. */
  async emit<P extends TProperties>(
    event: EventType<P>,
    payload: Static<TObject<P>>,
    { trx }: { trx?: Knex.Transaction } = {}
  ): Promise<void> {
    if (!trx) return this.#deliver(event.name, payload)
    void committed(trx).then(done => (done ? this.#deliver(event.name, payload) : undefined))
  }

  async #deliver(event: string, payload: unknown): Promise<void> {
    const listeners = [...(this.#listeners.get(event) ?? [])]
    const results = await Promise.allSettled(listeners.map(async listener => listener(payload)))
    for (const result of results) if (result.status === 'rejected') this.#onFailure(event, result.reason)
  }
}

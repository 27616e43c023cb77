import { Listeners } from './listeners.ts'
import type { Live, LiveRows, RowChange } from './session.ts'

/** A `Live` whose owner sets it. */
export class LiveValue<T> implements Live<T> {
  #value: T
  readonly #listeners = new Listeners<T>()

  constructor(value: T) {
    this.#value = value
  }

  get value(): T {
    return this.#value
  }

  /** Takes a new value and tells it; the same value changes nothing. */
  set(value: T): void {
    if (Object.is(value, this.#value)) return
    this.#value = value
    this.#listeners.tell(value)
  }

  subscribe(listener: (value: T) => void): () => void {
    return this.#listeners.add(listener)
  }
}

/** Rows whose owner puts and removes them. `onUse` hears when the first subscriber comes and when the last one goes. */
export class LiveTable<K, Row> implements LiveRows<K, Row> {
  readonly #rows = new Map<K, Row>()
  readonly #listeners = new Listeners<RowChange<K>>()
  readonly #onUse: (used: boolean) => void
  #status: LiveRows<K, Row>['status'] = 'closed'
  #asOf: number | null = null

  constructor(onUse: (used: boolean) => void = () => {}) {
    this.#onUse = onUse
  }

  get status(): LiveRows<K, Row>['status'] {
    return this.#status
  }

  get rows(): ReadonlyMap<K, Row> {
    return this.#rows
  }

  get asOf(): number | null {
    return this.#asOf
  }

  get used(): boolean {
    return this.#listeners.size > 0
  }

  subscribe(listener: (change: RowChange<K>) => void): () => void {
    const end = this.#listeners.add(listener)
    if (this.#listeners.size === 1) this.#onUse(true)
    return () => {
      if (!this.used) return // ended before
      end()
      if (!this.used) this.#onUse(false)
    }
  }

  /** A table that is closed has no rows: who opens it again must not take the old ones for what is so now. */
  setStatus(status: LiveRows<K, Row>['status']): void {
    if (status === this.#status) return
    this.#status = status
    if (status === 'closed') {
      this.#rows.clear()
      this.#asOf = null
    }
    this.#listeners.tell({ changed: [], removed: [] })
  }

  /** Replaces everything by a snapshot; rows that `same` finds unchanged stay the same objects. */
  replace(rows: ReadonlyMap<K, Row>, asOf: number, same: (a: Row, b: Row) => boolean): void {
    const changed = new Map(rows)
    for (const [key, row] of this.#rows) {
      const now = rows.get(key)
      if (now !== undefined && same(row, now)) changed.delete(key)
    }
    this.#status = 'live'
    this.apply(
      changed,
      [...this.#rows.keys()].filter(key => !rows.has(key)),
      asOf
    )
  }

  /** Takes rows that changed and forgets those that are gone. */
  apply(rows: ReadonlyMap<K, Row>, gone: readonly K[], asOf: number): void {
    const removed = gone.filter(key => this.#rows.delete(key))
    for (const [key, row] of rows) this.#rows.set(key, row)
    this.#asOf = asOf
    this.#listeners.tell({ changed: [...rows.keys()], removed })
  }
}

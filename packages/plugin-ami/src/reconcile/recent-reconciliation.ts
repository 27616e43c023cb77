import type { Clock } from '@evscallpro/core'
import type { Knex } from 'knex'
import { readCdr } from './cdr-store.ts'
import { compareWithCdr, type Reconciliation } from './compare.ts'

const dayMs = 86_400_000
/** Rows and CDR of a call come within seconds of each other; what ended just now is not compared. */
export const settledMs = 60_000
/** A comparison reads a day of calls: whoever asks for the figure more often gets the last one. */
const freshMs = 5 * 60_000

/** The comparison of the last 24 hours for a metric, made anew every five minutes at most. */
export class RecentReconciliation {
  readonly #options: { readonly db: Knex; readonly pbx: string; readonly clock: Clock }
  #last: { readonly atMs: number; readonly result: Promise<Reconciliation> } | undefined

  constructor(options: { readonly db: Knex; readonly pbx: string; readonly clock: Clock }) {
    this.#options = options
  }

  /** Share of the CDR's calls that have their row, 0 to 1; null while the CDR knows none. */
  async matchRate(): Promise<number | null> {
    return (await this.#result()).matchRate
  }

  #result(): Promise<Reconciliation> {
    const { db, pbx, clock } = this.#options
    const atMs = clock.now().getTime()
    if (this.#last && atMs - this.#last.atMs < freshMs) return this.#last.result
    const period = { from: new Date(atMs - dayMs), to: new Date(atMs - settledMs) }
    const result = readCdr(db, pbx, period).then(cdr => compareWithCdr(db, pbx, period, cdr, 0))
    const last = { atMs, result }
    this.#last = last
    result.catch(() => {
      if (this.#last === last) this.#last = undefined // asked for anew by the next
    })
    return result
  }
}

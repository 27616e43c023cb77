import type { Clock } from '@evscallpro/core'
import type { Knex } from 'knex'

/** Attempts of a trunk in the last minutes, and how many were answered. */
export interface TrunkTraffic {
  readonly attempts: number
  readonly answered: number
}

/** The answer-seizure ratio is looked at over so many minutes. */
export const windowMinutes = 30
/** Fewer attempts than these say nothing. */
export const leastAttempts = 20
/** A trunk on which fewer calls than these are answered takes calls and completes none. */
export const leastRatio = 0.02
/** How long a reading is good, ms. */
const freshMs = 15_000

/**
 * Whether a trunk that answers OPTIONS still leads nowhere: a gateway with a dead SIM registers well and completes nothing.
 * It is tried again as its failures leave the window.
 */
export function completesNothing({ attempts, answered }: TrunkTraffic): string | null {
  if (attempts < leastAttempts || answered >= attempts * leastRatio) return null
  return `${answered} of its last ${attempts} calls in ${windowMinutes} min were answered`
}

/** Reads traffic from the legs of finished calls, each reading kept for some seconds. */
export class AnswerRatios {
  readonly #db: Knex
  readonly #clock: Clock
  #atMs = Number.NEGATIVE_INFINITY
  #reading: Promise<ReadonlyMap<string, TrunkTraffic>> = Promise.resolve(new Map())

  constructor(db: Knex, clock: Clock) {
    this.#db = db
    this.#clock = clock
  }

  read(): Promise<ReadonlyMap<string, TrunkTraffic>> {
    const nowMs = this.#clock.now().getTime()
    if (nowMs - this.#atMs >= freshMs) {
      this.#atMs = nowMs
      this.#reading = this.#query(new Date(nowMs - windowMinutes * 60_000))
      // Another call asks again at once: a failed reading is no reading.
      this.#reading.catch(() => {
        this.#atMs = Number.NEGATIVE_INFINITY
      })
    }
    return this.#reading
  }

  async #query(from: Date): Promise<ReadonlyMap<string, TrunkTraffic>> {
    const { rows } = await this.#db.raw<{ rows: (TrunkTraffic & { trunk: string })[] }>(
      `select substr(endpoint, strpos(endpoint, '/') + 1) as trunk, count(*)::int as attempts,
              count(answered_at)::int as answered
         from core.call_history_legs where started_at >= ? and role = 'customer' and trunk group by 1`,
      [from]
    )
    return new Map(rows.map(({ trunk, ...traffic }) => [trunk, traffic]))
  }
}

import type { Knex } from 'knex'
import type { Place } from './classifier.ts'

/** Distinct places that are looked up, and made, under the campaign's lock at once: it is held for some milliseconds. */
const placesAtOnce = 1_000
/** A place takes some 150 bytes here. */
const remembered = 100_000

const directories = new WeakMap<Knex, SegmentDirectory>()

/** The directory of this process for a database. */
export function segmentDirectory(db: Knex): SegmentDirectory {
  let directory = directories.get(db)
  if (!directory) {
    directory = new SegmentDirectory(db)
    directories.set(db, directory)
  }
  return directory
}

/**
 * Finds the segments of places, and makes new ones. A segment keeps its zone and marks for ever, so those of the campaign
 * that was asked about last are remembered: a list comes in many pieces, and its places are mostly the same.
 */
export class SegmentDirectory {
  readonly #db: Knex
  #campaignId = 0
  #known = new Map<string, number>()

  constructor(db: Knex) {
    this.#db = db
  }

  /** The segment of each place; null when gates classify differently since `version`: classify again. */
  async find(
    campaignId: number,
    version: number,
    places: readonly Place[]
  ): Promise<readonly number[] | null> {
    if (this.#campaignId !== campaignId || this.#known.size > remembered) {
      this.#campaignId = campaignId
      this.#known = new Map()
    }
    const known = this.#known
    const keys = places.map(keyOf)
    const missing = new Map<string, Place>()
    for (const [i, key] of keys.entries()) if (!known.has(key)) missing.set(key, places[i]!)
    const list = [...missing]
    for (let from = 0; from < list.length; from += placesAtOnce) {
      const page = list.slice(from, from + placesAtOnce)
      const { rows } = await this.#db.raw<{ rows: { ids: number[] | null }[] }>(
        'select core.dispatch_place(?, ?, ?, ?, ?) as ids',
        [
          campaignId,
          version,
          page.map(([, place]) => place.timeZone) as string[], // pg sends null members as NULL
          page.map(([, place]) => place.region) as string[],
          page.map(([, place]) => place.marks)
        ]
      )
      const ids = rows[0]!.ids
      if (!ids) return null
      for (const [i, [key]] of page.entries()) known.set(key, ids[i]!)
    }
    return keys.map(key => known.get(key)!)
  }
}

const keyOf = ({ timeZone, region, marks }: Place): string => `${timeZone}|${region}|${marks}`

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
  #size = 0
  /** By zone and region, then by marks. */
  #known = new Map<string, Map<string, number>>()

  constructor(db: Knex) {
    this.#db = db
  }

  /** The segment of each place; null when gates classify differently since `version`: classify again. */
  async find(
    campaignId: number,
    version: number,
    places: readonly Place[]
  ): Promise<readonly number[] | null> {
    if (this.#campaignId !== campaignId || this.#size > remembered) {
      this.#campaignId = campaignId
      this.#size = 0
      this.#known = new Map()
    }
    const known = this.#known
    const ids: number[] = []
    const missing = new Map<string, { readonly place: Place; readonly at: number[] }>()
    let zone: Place | null = null
    let inZone: ReadonlyMap<string, number> | undefined
    for (const [i, place] of places.entries()) {
      if (zone === null || zone.timeZone !== place.timeZone || zone.region !== place.region) {
        zone = place
        inZone = known.get(zoneOf(place))
      }
      const id = inZone?.get(place.marks)
      ids.push(id ?? 0)
      if (id !== undefined) continue
      const key = `${zoneOf(place)}|${place.marks}`
      const entry = missing.get(key)
      if (entry) entry.at.push(i)
      else missing.set(key, { place, at: [i] })
    }
    const list = [...missing.values()]
    for (let from = 0; from < list.length; from += placesAtOnce) {
      const page = list.slice(from, from + placesAtOnce)
      const { rows } = await this.#db.raw<{ rows: { ids: number[] | null }[] }>(
        'select core.dispatch_place(?, ?, ?, ?, ?) as ids',
        [
          campaignId,
          version,
          page.map(({ place }) => place.timeZone) as string[], // pg sends null members as NULL
          page.map(({ place }) => place.region) as string[],
          page.map(({ place }) => place.marks)
        ]
      )
      const made = rows[0]!.ids
      if (!made) return null
      for (const [i, { place, at }] of page.entries()) {
        for (const position of at) ids[position] = made[i]!
        this.#remember(known, place, made[i]!)
      }
    }
    return ids
  }

  /** `known`: of the campaign that was asked about, which may be another by now. */
  #remember(known: Map<string, Map<string, number>>, place: Place, id: number): void {
    const zone = zoneOf(place)
    const inZone = known.get(zone)
    if (inZone) inZone.set(place.marks, id)
    else known.set(zone, new Map([[place.marks, id]]))
    if (known === this.#known) this.#size++
  }
}

const zoneOf = ({ timeZone, region }: Place): string => `${timeZone}|${region}`

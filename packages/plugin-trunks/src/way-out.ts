import type {
  CallableClass,
  EmergencyPlan,
  Kernel,
  TrunkCapacity,
  TrunkRoom,
  TrunkSelector,
  TrunkSupervision
} from '@evscallpro/core'
import type { RequestedCallerId } from './decision/caller-id.ts'
import {
  type Decision,
  type Destination,
  decide,
  type TrunkCondition,
  whyNoRoute
} from './decision/decide.ts'
import { NoWayOutError } from './errors.ts'
import type { TrunksHealth } from './health/trunk-health.ts'
import type { SitePlan } from './trunk.ts'
import type { TrunkBook } from './trunk-book.ts'

/** A call of a site, as the decision wants to know it. */
export interface WayOutQuery {
  readonly siteId: number
  readonly number: string
  readonly numberClass: CallableClass
  readonly country: string
  /** E.164 of the campaign; null: none asked for. */
  readonly campaignCallerId: string | null
  /** E.164 of the site. */
  readonly siteCallerId: string | null
}

/** Finds the way out of a call with what is known at this moment. */
export class WayOut {
  readonly #kernel: Kernel
  readonly #book: TrunkBook
  readonly #health: TrunksHealth

  constructor(kernel: Kernel, book: TrunkBook, health: TrunksHealth) {
    this.#kernel = kernel
    this.#book = book
    this.#health = health
  }

  /** null when the site has no list of ways out here. */
  async decide(query: WayOutQuery): Promise<Decision | null> {
    const plan = await this.#book.planOf(query.siteId)
    if (!plan) return null
    const { number, numberClass, country } = query
    const destination: Destination = { number, numberClass, country, callerId: requested(query) }
    return decide(plan, destination, await this.#conditions(plan))
  }

  async #conditions(plan: SitePlan): Promise<(trunk: string) => TrunkCondition> {
    const names = plan.routes.map(({ trunk }) => trunk.name)
    const [health, used, rooms] = await Promise.all([
      this.#health.of(names),
      this.#reserved(names),
      this.roomOf(names)
    ])
    return trunk => {
      const room = rooms.get(trunk)
      return {
        down: health.get(trunk)?.down ?? null,
        free: room ? room.channels - room.taken - (used.get(trunk) ?? 0) : null
      }
    }
  }

  /** Channels that calls in flight have reserved. */
  async #reserved(names: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#kernel
      .db('core.call_ports')
      .whereIn('trunk', names)
      .groupBy('trunk')
      .select<{ trunk: string; ports: string | number }[]>(
        'trunk',
        this.#kernel.db.raw('count(*)::int as ports')
      )
    return new Map(rows.map(({ trunk, ports }) => [trunk, Number(ports)]))
  }

  /** Sizes of trunks, with what is taken by calls that the server did not start. */
  async roomOf(names: readonly string[]): Promise<ReadonlyMap<string, TrunkRoom>> {
    const [channels, foreign] = await Promise.all([
      this.#book.channelsOf(names),
      this.#health.foreignChannels()
    ])
    return new Map(
      [...channels].map(([name, size]) => [name, { channels: size, taken: foreign.get(name) ?? 0 }])
    )
  }
}

const requested = ({ campaignCallerId, siteCallerId }: WayOutQuery): RequestedCallerId | null => {
  if (campaignCallerId !== null) return { number: campaignCallerId, by: 'campaign' }
  return siteCallerId === null ? null : { number: siteCallerId, by: 'site' }
}

/** Answers core's question for the ways out; sites without a list here are left to the next selector. */
export const trunkSelector = (wayOut: WayOut): TrunkSelector => ({
  name: 'trunks',
  async select({ number, numberClass, country, callerId, site }) {
    if (!site) return null
    const decision = await wayOut.decide({
      siteId: site.id,
      number,
      numberClass,
      country,
      campaignCallerId: callerId,
      siteCallerId: site.callerId
    })
    if (decision === null) return null
    if (decision.routes.length === 0) throw new NoWayOutError(whyNoRoute(decision))
    return decision.routes
  }
})

export const trunkCapacity = (wayOut: WayOut): TrunkCapacity => ({
  name: 'trunks',
  roomOf: trunks => wayOut.roomOf(trunks)
})

export const trunkSupervision = (book: TrunkBook): TrunkSupervision => ({
  name: 'trunks',
  of: trunk => book.supervisionOf(trunk),
  async mobileTrunkOf(siteId) {
    const plan = await book.planOf(siteId)
    const way = plan?.routes.find(
      ({ trunk, classes }) => trunk.enabled && (classes === null || classes.includes('mobile'))
    )
    return way?.trunk.name ?? null
  }
})

export const siteEmergencies = (book: TrunkBook): EmergencyPlan => ({
  name: 'trunks',
  async isEmergency(siteId, number) {
    if (siteId === null) return number === '112'
    return (await book.siteBook(siteId)).emergencyInForce.includes(number)
  }
})

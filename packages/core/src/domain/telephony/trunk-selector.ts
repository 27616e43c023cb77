import { defineChain } from '../../kernel/extension-point.ts'
import type { CallableClass } from './number-class.ts'
import type { Route } from './telephony-port.ts'

/** What a selector may look at to choose the ways out. */
export interface TrunkQuery {
  /** E.164. */
  readonly number: string
  /** Seen from `country`. */
  readonly numberClass: CallableClass
  /** ISO 3166-1 alpha-2: how numbers are written where the call begins. */
  readonly country: string
  readonly campaignId: number
  /** Caller id the campaign asks for, E.164. */
  readonly callerId: string | null
  readonly site: {
    readonly id: number
    readonly trunks: readonly string[]
    readonly callerId: string | null
  } | null
}

/** Chooses the ways out, in the order to be tried; null leaves the question to the next selector. */
export interface TrunkSelector {
  readonly name: string
  select(query: TrunkQuery): readonly Route[] | null | Promise<readonly Route[] | null>
}

export const trunkSelectors = defineChain<TrunkSelector>('core.trunk-selectors')

/** The trunks written on the agent's site, in their order, with the campaign's caller id or else the site's. */
export const siteTrunks: TrunkSelector = {
  name: 'site-trunks',
  select({ number, callerId, site }) {
    if (!site || site.trunks.length === 0) return null
    const presented = callerId ?? site.callerId
    return site.trunks.map(trunk => ({
      trunk,
      number: number.replace(/^\+/, ''),
      callerId: presented?.replace(/^\+/, '') ?? null
    }))
  }
}

import type { AnswerSupervision, CallableClass } from '@evscallpro/core'
import type { CauseRule } from './cause-rules.ts'
import type { PrefixRule } from './prefix-rules.ts'

export const dtmfModes = ['rfc4733', 'inband', 'info', 'auto'] as const
export type DtmfMode = (typeof dtmfModes)[number]

/**
 * What a trunk can show to the called party: `any` number asked for, one of those `listed`, or only that of its `sim`
 * card, whatever is asked.
 */
export const callerIdModes = ['any', 'listed', 'sim'] as const
export type CallerIdMode = (typeof callerIdModes)[number]

/** A way out: an endpoint on the PBX that leads to a gateway or an operator. */
export interface Trunk {
  readonly id: number
  /** Of the endpoint on the PBX. */
  readonly name: string
  readonly label: string
  /** Where the gateway stands. */
  readonly siteId: number
  /** Host or host:port, for the generated SIP configuration. */
  readonly address: string | null
  /** Calls at the same time. */
  readonly channels: number
  readonly answerSupervision: AnswerSupervision
  readonly dtmfMode: DtmfMode
  readonly callerIdMode: CallerIdMode
  /** E.164; with `sim` the first is the card's own. */
  readonly callerIds: readonly string[]
  readonly prefixRules: readonly PrefixRule[]
  /** Causes that its gateway gets wrong. */
  readonly causeMap: readonly CauseRule[]
  readonly enabled: boolean
}

/** A trunk in a site's list of ways out. */
export interface SiteRoute {
  readonly trunk: Trunk
  /** Kinds of numbers that go this way; null: all. */
  readonly classes: readonly CallableClass[] | null
}

/** What a site does when its first way out cannot be taken: the `next` one, or `none`: the call fails with the reason. */
export type FailOver = 'next' | 'none'

/** The ways out of a site, in their order. */
export interface SitePlan {
  readonly siteId: number
  readonly failOver: FailOver
  readonly routes: readonly SiteRoute[]
}

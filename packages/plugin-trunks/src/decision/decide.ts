import { type CallableClass, type Route, reachesNumber } from '@evscallpro/core'
import { applyPrefixRules } from '../prefix-rules.ts'
import type { SitePlan, SiteRoute } from '../trunk.ts'
import { presentCallerId, type RequestedCallerId } from './caller-id.ts'

/** A call that looks for its way out. */
export interface Destination {
  /** E.164. */
  readonly number: string
  readonly numberClass: CallableClass
  /** ISO 3166-1 alpha-2 of where the call begins. */
  readonly country: string
  readonly callerId: RequestedCallerId | null
}

/** What is known of a trunk at this moment. */
export interface TrunkCondition {
  /** Why it cannot be used now, or null. */
  readonly down: string | null
  /** Free channels; null: not looked at. */
  readonly free: number | null
}

/** One of the site's ways out, taken or not, with the sentence why. */
export interface DecisionStep {
  /** In the site's list, from 1. */
  readonly position: number
  readonly trunk: string
  readonly taken: boolean
  /** The number as the trunk dials it, when taken. */
  readonly number: string | null
  /** What the called party sees, E.164, when taken. */
  readonly presents: string | null
  readonly because: string
}

/** The ways out in the order to be tried, and why each was taken or refused. */
export interface Decision {
  readonly routes: readonly Route[]
  readonly requestedCallerId: RequestedCallerId | null
  readonly steps: readonly DecisionStep[]
}

/**
 * Chooses the ways out of a site for one call. Pure: the same plan and conditions give the same decision. With fail-over
 * `none` only the first way that is meant for this kind of number counts.
 */
export function decide(
  plan: SitePlan,
  destination: Destination,
  conditionOf: (trunk: string) => TrunkCondition
): Decision {
  const { number, callerId } = destination
  const steps: DecisionStep[] = []
  const routes: Route[] = []
  let meant = 0
  for (const [index, route] of plan.routes.entries()) {
    const { trunk } = route
    const step = { position: index + 1, trunk: trunk.name, taken: false, number: null, presents: null }
    const notMeant = notMeantFor(route, destination)
    if (notMeant === null) meant += 1
    const refused =
      notMeant ??
      (plan.failOver === 'none' && meant > 1
        ? "the site's fail-over is off: only its first way counts"
        : null) ??
      unfit(route, destination, conditionOf(trunk.name))
    if (refused !== null) {
      steps.push({ ...step, because: refused })
      continue
    }
    const shown = presentCallerId(trunk, callerId, number)
    if ('refused' in shown) {
      steps.push({ ...step, because: shown.refused })
      continue
    }
    const dialled = applyPrefixRules(trunk.prefixRules, number)
    routes.push({ trunk: trunk.name, number: dialled, callerId: shown.number.replace(/^\+/, '') })
    steps.push({ ...step, taken: true, number: dialled, presents: shown.number, because: shown.because })
  }
  return { routes, requestedCallerId: callerId, steps }
}

/** Never a way for this kind of number. */
function notMeantFor({ trunk, classes }: SiteRoute, { numberClass }: Destination): string | null {
  if (!trunk.enabled) return 'the trunk is switched off'
  return classes === null || classes.includes(numberClass) ? null : `not for ${numberClass} numbers`
}

/** Not a way at this moment, or not as it is set up. */
function unfit({ trunk }: SiteRoute, { number, country }: Destination, now: TrunkCondition): string | null {
  if (!reachesNumber(applyPrefixRules(trunk.prefixRules, number), number, country))
    return 'its prefix rules make another number of this one'
  if (now.down !== null) return now.down
  return now.free !== null && now.free < 1 ? 'all its channels are taken' : null
}

/** A sentence for whoever cannot call: what was wrong with each way. */
export function whyNoRoute({ steps }: Decision): string {
  if (steps.length === 0) return 'the site has no way out'
  return steps.map(({ trunk, because }) => `${trunk}: ${because}`).join('; ')
}

import {
  type AgentLeg,
  type AgentLegStrategy,
  type AgentProfile,
  classifyNumber,
  type Kernel,
  type Route,
  refuseStation,
  type StationRefusal,
  trunkSelectors
} from '@evscallpro/core'
import { earlySecondsOn, supervisionOf } from './early-answer.ts'
import { mobileLeg, refuseLeg, refuseMobile } from './mobile-leg.ts'
import type { SiteBook } from './site-settings.ts'
import type { Verifications } from './verifications.ts'

interface Home {
  readonly language: string
  readonly country: string | null
  readonly trunks: string[] | null
  readonly callerId: string | null
}

/** Station `mobile`: the agent's GSM number, called by the trunk that his site's calls go out by. */
export class MobileStation implements AgentLegStrategy {
  readonly name = 'mobile'
  readonly #kernel: Kernel
  readonly #sites: SiteBook
  readonly #verifications: Verifications

  constructor(kernel: Kernel, sites: SiteBook, verifications: Verifications) {
    this.#kernel = kernel
    this.#sites = sites
    this.#verifications = verifications
  }

  async plan(agent: AgentProfile): Promise<AgentLeg | StationRefusal> {
    const home = await this.#home(agent)
    const refused = refuseMobile({
      allowed: agent.mobileAllowed,
      number: agent.mobileNumber,
      verified: await this.#verifications.isVerified(agent.id, agent.mobileNumber),
      siteId: agent.siteId,
      language: home.language
    })
    if (refused !== null) return refused
    const leg = await this.reach(agent, home)
    return 'refused' in leg ? leg : (refuseLeg(leg) ?? leg)
  }

  async holdSeconds({ siteId }: AgentProfile): Promise<number | null> {
    if (siteId === null) return null
    const { mode, shiftSeconds } = await this.#sites.of(siteId)
    return mode === 'held' ? shiftSeconds : null
  }

  /** The leg to his mobile whether it is verified or not, or why there is no way to it. */
  async reach(agent: AgentProfile, known?: Home): Promise<AgentLeg | StationRefusal> {
    const { mobileNumber, siteId } = agent
    if (mobileNumber === null || siteId === null)
      return refuseStation(
        'il faut un numéro de mobile et un site dans le profil',
        'a mobile number and a site are needed in the profile'
      )
    const home = known ?? (await this.#home(agent))
    const route = await this.#route(mobileNumber, siteId, home).catch(noWayOut)
    if (!route)
      return refuseStation(
        'Votre site n’a aucun trunk par lequel appeler votre mobile : demandez à votre superviseur',
        'Your site has no trunk by which your mobile could be called: ask your supervisor'
      )
    if ('refused' in route) return route
    const settings = await this.#sites.of(siteId)
    const earlySeconds = earlySecondsOn(await supervisionOf(this.#kernel, route.trunk), settings)
    return mobileLeg(route, settings, { language: home.language, earlySeconds })
  }

  async #route(number: string, siteId: number, home: Home): Promise<Route | undefined> {
    const country = home.country ?? 'FR'
    const numberClass = classifyNumber(number, country)
    if (numberClass === 'short') return undefined // never a mobile
    for (const selector of this.#kernel.extensions.all(trunkSelectors)) {
      const routes = await selector.select({
        number,
        numberClass,
        country,
        campaignId: 0,
        callerId: null,
        site: { id: siteId, trunks: home.trunks ?? [], callerId: home.callerId }
      })
      if (routes?.[0]) return routes[0]
    }
    return undefined
  }

  async #home({ id }: AgentProfile): Promise<Home> {
    return this.#kernel
      .db('core.users as u')
      .leftJoin('core.sites as s', 's.id', 'u.site_id')
      .where('u.id', id)
      .first('u.language', 's.country', 's.trunks', { callerId: 's.caller_id' })
  }
}

/** A selector that finds no way now says why as a conflict: to his agent it is the reason, to a screen no failure. */
function noWayOut(error: unknown): StationRefusal {
  if (!(error instanceof Error && 'statusCode' in error && error.statusCode === 409)) throw error
  return refuseStation(
    'Aucun trunk de votre site ne peut appeler votre mobile maintenant : un administrateur voit pourquoi en essayant la route',
    error.message
  )
}

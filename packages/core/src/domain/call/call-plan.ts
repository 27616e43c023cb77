import type { Kernel } from '../../kernel/kernel.ts'
import { checkDialling } from '../dispatch/dialling-check.ts'
import { NoHeldLegError, NoRouteError, StationRefusedError, StationUnknownError } from '../errors.ts'
import { agentLegs, planLeg } from '../telephony/agent-leg.ts'
import type { Dialling } from '../telephony/dialling.ts'
import type { AgentLeg, Route } from '../telephony/telephony-port.ts'
import { type TrunkQuery, trunkSelectors } from '../telephony/trunk-selector.ts'
import type { AgentLegRow } from '../telephony/waiting-legs.ts'
import { type CallingAgent, type CallSubject, noSubject, waitingLegOf } from './call-subject.ts'

/** A call that may be started: whom it is about, by which leg the agent joins and by which ways it goes out. */
export interface CallPlan {
  readonly subject: CallSubject
  readonly number: string
  readonly agentLeg: AgentLeg
  /** The leg by which the agent is on the line already. */
  readonly waiting: AgentLegRow | null
  readonly routes: readonly Route[]
  readonly emergency?: true
}

/** Decides whether a call may be made and how; writes nothing. */
export class CallPlans {
  readonly #kernel: Kernel
  readonly #dialling: Dialling

  constructor(kernel: Kernel, dialling: Dialling) {
    this.#kernel = kernel
    this.#dialling = dialling
  }

  /** Throws the refusal when policy, hours, suppressions, station or ways out forbid the call. */
  async of(agent: CallingAgent, subject: CallSubject, number: string): Promise<CallPlan> {
    const country = subject.country ?? agent.siteCountry ?? 'FR'
    const { campaignId, contactId } = subject
    const caller = { country, campaign: subject.numberClasses, agent: agent.numberClasses }
    const numberClass = this.#dialling.checkNumber(caller, number)
    await checkDialling(this.#kernel.db, { campaignId, contactId, number }, this.#kernel.clock.now())
    const { agentLeg, waiting } = await this.#agentLeg(agent)
    const routes = await this.#routes(agent, subject, { number, numberClass, country })
    return { subject, number, agentLeg, waiting, routes }
  }

  /** Before every rule, from the phone on the desk. Throws CORE_STATION_REFUSED for a mobile. */
  async ofEmergency(agent: CallingAgent, number: string): Promise<CallPlan> {
    const { agentLeg, waiting } = await this.#agentLeg(agent)
    if (agentLeg.trunk !== undefined)
      throw new StationRefusedError(
        'Dial the emergency number on your mobile itself: help must see where you are'
      )
    const subject = {
      ...noSubject,
      ringSeconds: 60,
      maxCallSeconds: 43_200,
      numberClasses: [],
      recordCalls: false
    }
    return { subject, number, agentLeg, waiting, routes: [], emergency: true }
  }

  async #agentLeg(agent: CallingAgent): Promise<{ agentLeg: AgentLeg; waiting: AgentLegRow | null }> {
    const strategies = this.#kernel.extensions.all(agentLegs)
    const strategy = strategies.find(({ name }) => name === agent.station)
    if (!strategy) throw new StationUnknownError(agent.station, strategies.map(({ name }) => name).join(', '))
    const leg = await planLeg(strategy, agent)
    if ('refused' in leg) throw new StationRefusedError(leg.refused.en)
    this.#dialling.checkAgentLeg(leg, { ...agent, country: agent.siteCountry ?? 'FR' })
    const waiting = await waitingLegOf(this.#kernel.db, agent)
    if (!waiting && (await strategy.holdSeconds?.(agent)) != null) throw new NoHeldLegError()
    return { agentLeg: leg, waiting }
  }

  async #routes(
    agent: CallingAgent,
    subject: CallSubject,
    destination: Pick<TrunkQuery, 'number' | 'numberClass' | 'country'>
  ): Promise<readonly Route[]> {
    const site =
      agent.siteId === null
        ? null
        : { id: agent.siteId, trunks: agent.siteTrunks ?? [], callerId: agent.siteCallerId }
    for (const selector of this.#kernel.extensions.all(trunkSelectors)) {
      const routes = await selector.select({
        ...destination,
        campaignId: subject.campaignId,
        callerId: subject.callerId,
        site
      })
      if (!routes || routes.length === 0) continue
      this.#dialling.checkRoutes(routes, destination.number, destination.country)
      return routes
    }
    throw new NoRouteError(agent.siteName ?? '(none)')
  }
}

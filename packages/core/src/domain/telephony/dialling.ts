import type { Knex } from 'knex'
import type { Kernel } from '../../kernel/kernel.ts'
import {
  AgentLegRefusedError,
  DestinationDeniedError,
  DiallingStoppedError,
  RouteRefusedError
} from '../errors.ts'
import { type LegOwner, refuseAgentDial } from './agent-dial.ts'
import { type Caller, checkDestination, type DestinationPolicy } from './destination-policy.ts'
import { type DialLimits, takeTokens } from './dial-limits.ts'
import type { CallableClass } from './number-class.ts'
import { reachesNumber } from './same-number.ts'
import type { AgentLeg, Route } from './telephony-port.ts'
import {
  type PortsNeeded,
  reservePorts,
  roomOfTrunks,
  type TrunkRoom,
  trunkCapacities
} from './trunk-ports.ts'

/** What the installation's configuration says about dialling. */
export interface DiallingRules {
  readonly policy: DestinationPolicy
  readonly limits: DialLimits
}

/** A call that asks to be let out. */
export interface Admission {
  readonly agentId: number
  /** The API key that asked for the call; null: the agent himself. */
  readonly apiKeyId: number | null
  readonly needed: PortsNeeded
  readonly rooms: ReadonlyMap<string, TrunkRoom>
}

/** What every call has to pass before a phone rings, whoever asks for it. */
export class Dialling {
  readonly #kernel: Kernel
  readonly #rules: DiallingRules

  constructor(kernel: Kernel, rules: DiallingRules) {
    this.#kernel = kernel
    this.#rules = rules
  }

  /** The class of the number. Throws CORE_DESTINATION_DENIED. */
  checkNumber(caller: Caller, number: string): CallableClass {
    const verdict = checkDestination(this.#rules.policy, caller, number)
    if (!verdict.allowed) throw new DestinationDeniedError(verdict.reason)
    return verdict.numberClass
  }

  /** Throws CORE_AGENT_LEG_REFUSED when a strategy would ring anything but this agent's own phones. */
  checkAgentLeg(leg: AgentLeg, owner: LegOwner): void {
    const { policy } = this.#rules
    const caller: Caller = { country: owner.country, campaign: policy.classes, agent: null }
    const refused = refuseAgentDial(leg, owner, number => checkDestination(policy, caller, number).allowed)
    if (refused !== null) throw new AgentLegRefusedError(leg.station, refused)
  }

  /** Throws CORE_ROUTE_REFUSED when a way out leads to another number. */
  checkRoutes(routes: readonly Route[], number: string, country: string): void {
    const wrong = routes.find(
      route => !/^[A-Za-z0-9_-]+$/.test(route.trunk) || !reachesNumber(route.number, number, country)
    )
    if (wrong) throw new RouteRefusedError(wrong.trunk)
  }

  /** Throws CORE_DIALLING_STOPPED while the kill switch is on. */
  async checkRunning(db: Knex | Knex.Transaction = this.#kernel.db): Promise<void> {
    const { stopped_at, reason } = await db('core.dialling').first('stopped_at', 'reason')
    if (stopped_at !== null) throw new DiallingStoppedError(reason)
  }

  /** The campaign's limit, or the installation's where that is shorter. */
  maxCallSeconds(ofCampaign: number): number {
    return Math.min(ofCampaign, this.#rules.policy.maxCallSeconds)
  }

  roomOf(needed: PortsNeeded): Promise<ReadonlyMap<string, TrunkRoom>> {
    return roomOfTrunks(this.#kernel.extensions.all(trunkCapacities), needed)
  }

  /**
   * Lets a call out, or throws CORE_DIALLING_STOPPED, CORE_DIAL_LIMIT, CORE_TRUNKS_BUSY; then the caller's transaction
   * ends and nothing was taken. Returns the routes with a free channel, the first of them reserved.
   */
  async admit(trx: Knex.Transaction, call: Admission): Promise<readonly Route[]> {
    await this.checkRunning(trx)
    const { needed, agentId, apiKeyId } = call
    const routes = await reservePorts(trx, needed, call.rooms)
    await takeTokens(
      trx,
      this.#rules.limits,
      [
        ['agent', String(agentId)],
        ['trunk', routes[0]!.trunk],
        ...(apiKeyId === null ? [] : [['api-key', String(apiKeyId)] as const])
      ],
      this.#kernel.clock.now()
    )
    return routes
  }
}

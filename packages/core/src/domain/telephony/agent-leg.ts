import { defineChain } from '../../kernel/extension-point.ts'
import type { AgentLeg } from './telephony-port.ts'

/** What a strategy may look at to reach an agent. */
export interface AgentProfile {
  readonly id: number
  readonly siteId: number | null
  readonly extension: string | null
  /** E.164. */
  readonly mobileNumber: string | null
  readonly mobileAllowed: boolean
}

/** One way of reaching an agent's ear, chosen by its name as his station. */
export interface AgentLegStrategy {
  readonly name: string
  /** The leg, or a sentence why this agent cannot use this station. */
  plan(agent: AgentProfile): AgentLeg | string | Promise<AgentLeg | string>
  /**
   * How long this agent holds one leg for all his calls, seconds; null, or no such method: his phone is called for each
   * call. The leg is called when he goes to work at this station.
   */
  holdSeconds?(agent: AgentProfile): number | null | Promise<number | null>
}

export const agentLegs = defineChain<AgentLegStrategy>('core.agent-legs')

/** The SIP phone registered on the central PBX under the agent's extension; it rings `ringSeconds` at most. */
export const extensionLeg = (ringSeconds: number): AgentLegStrategy => ({
  name: 'extension',
  plan: agent =>
    agent.extension
      ? { station: 'extension', dial: `PJSIP/${agent.extension}`, accept: 'none', ringSeconds }
      : 'This agent has no extension: give him one in his profile'
})

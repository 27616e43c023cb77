import { defineChain } from '../../kernel/extension-point.ts'
import { StationReasonUnsaidError } from '../errors.ts'
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

/** A sentence in every language that the screens speak. */
export type BothLanguages = Readonly<Record<'fr' | 'en', string>>

/** Why an agent cannot use a station now, and what mends it, as his screen shows it. */
export interface StationRefusal {
  readonly refused: BothLanguages
}

/** Refuses a station, in both languages. */
export const refuseStation = (fr: string, en: string): StationRefusal => ({ refused: { fr, en } })

/** One way of reaching an agent's ear, chosen by its name as his station. */
export interface AgentLegStrategy {
  readonly name: string
  /** The leg, or why this agent cannot use this station; whoever plans a call asks through `planLeg`. */
  plan(agent: AgentProfile): AgentLeg | StationRefusal | Promise<AgentLeg | StationRefusal>
  /**
   * How long this agent holds one leg for all his calls, seconds; null, or no such method: his phone is called for each
   * call. The leg is called when he goes to work at this station.
   */
  holdSeconds?(agent: AgentProfile): number | null | Promise<number | null>
}

export const agentLegs = defineChain<AgentLegStrategy>('core.agent-legs')

/**
 * What a strategy plans for this agent. A plugin that is not written in TypeScript is held to its refusals here: throws
 * CORE_STATION_REASON_UNSAID when one lacks a language.
 */
export async function planLeg(
  strategy: AgentLegStrategy,
  agent: AgentProfile
): Promise<AgentLeg | StationRefusal> {
  const plan = await strategy.plan(agent)
  const { dial, refused }: Partial<AgentLeg & { refused: Partial<BothLanguages> }> = plan
  if (dial === undefined)
    for (const language of ['fr', 'en'] as const)
      if (!refused?.[language]) throw new StationReasonUnsaidError(strategy.name, language)
  return plan
}

/** The SIP phone registered on the central PBX under the agent's extension; it rings `ringSeconds` at most. */
export const extensionLeg = (ringSeconds: number): AgentLegStrategy => ({
  name: 'extension',
  plan: agent =>
    agent.extension
      ? { station: 'extension', dial: `PJSIP/${agent.extension}`, accept: 'none', ringSeconds }
      : noExtension
})

/** What an agent without an extension reads of every station that rings one. */
export const noExtension = refuseStation(
  'Aucun poste dans ce profil : un superviseur peut en donner un',
  'There is no extension in this profile: a supervisor can give one'
)

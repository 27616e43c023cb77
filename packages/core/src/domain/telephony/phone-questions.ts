import { definePort } from '../../kernel/extension-point.ts'
import type { AgentLeg } from './telephony-port.ts'

/** A call in which the PBX asks for a code and compares it. */
export interface CodeQuestion {
  /** Six digits. */
  readonly code: string
  /** Sound files of the PBX, without extension. */
  readonly prompts: { readonly ask: string; readonly right: string; readonly wrong: string }
  /** On a gateway that answers before anybody does: how much longer the question is repeated. */
  readonly earlySeconds: number
}

/** What plugins may have done with agents' phones, within the destination policy. */
export interface PhoneQuestions {
  /**
   * Calls an agent's own phone and asks for a code there. The id of the leg comes back; `core.agent-leg-changed` tells
   * `ready` when the code was right, else `ended`. Throws CORE_AGENT_LEG_REFUSED, CORE_DIALLING_STOPPED,
   * CORE_AGENT_IN_CALL while another leg of his waits.
   */
  askForCode(agentId: number, leg: AgentLeg, question: CodeQuestion): Promise<string>
}

/** Filled by core. */
export const phoneQuestions = definePort<PhoneQuestions>('core.phone-questions')

import { definePort } from '../../kernel/extension-point.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { applyAgentEvents } from './agent-states.ts'

/** Takes what a plugin learns of the phone at an agent's station: he is `phone_lost` while it cannot be called. */
export interface AgentPhones {
  /** His phone at this station cannot be reached. Changes nothing during a call, and nothing for who works elsewhere. */
  lost(agentId: number, station: string): Promise<void>
  /** It can be reached again: what he was doing goes on. */
  back(agentId: number, station: string): Promise<void>
}

export const agentPhones = definePort<AgentPhones>('core.agent-phones')

/** Applies what is said to the agents who are at work at that station. */
export class SessionPhones implements AgentPhones {
  readonly #kernel: Kernel

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  lost(agentId: number, station: string): Promise<void> {
    return this.#apply(agentId, station, 'phone_lost')
  }

  back(agentId: number, station: string): Promise<void> {
    return this.#apply(agentId, station, 'phone_back')
  }

  async #apply(agentId: number, station: string, type: 'phone_lost' | 'phone_back'): Promise<void> {
    const { db, clock, events } = this.#kernel
    await db.transaction(async trx => {
      const session = await trx('core.agent_sessions')
        .where({ agent_id: agentId, station, logged_out_at: null })
        .forShare()
        .first('id')
      if (session) await applyAgentEvents(trx, events, clock.now(), [{ agentId, event: { type } }])
    })
  }
}

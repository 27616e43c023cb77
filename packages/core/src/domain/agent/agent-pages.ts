import type { Kernel } from '../../kernel/kernel.ts'
import { applyAgentEvent, applyAgentEvents } from './agent-states.ts'

/** An agent whose pages have all been gone for so long, ms, has lost his screen: a page load or a bad line is shorter. */
export const pageGraceMs = 30_000

/**
 * Whether agents who work at a page still have one: who is ready and has none gets no contact, until he is back. Agents
 * who never had a page since they came to work (a program works for them, or they work by phone) are left alone.
 */
export class AgentPages {
  readonly #kernel: Pick<Kernel, 'db' | 'clock' | 'events'>
  readonly #leaseSeconds: number

  /** `leaseSeconds`: a page that was not heard of for so long is gone. */
  constructor(kernel: Pick<Kernel, 'db' | 'clock' | 'events'>, leaseSeconds: number) {
    this.#kernel = kernel
    this.#leaseSeconds = leaseSeconds
  }

  /** A page of this agent is connected: what he was before he lost his screen he is again. */
  async back(agentId: number): Promise<void> {
    const { db, clock, events } = this.#kernel
    await db.transaction(async trx => {
      await trx('core.agent_pages')
        .insert({ agent_id: agentId, gone_at: null })
        .onConflict('agent_id')
        .merge(['gone_at'])
      await applyAgentEvent(trx, events, clock.now(), { agentId, event: { type: 'ui_back' } })
    })
  }

  /** Notes whose pages have all gone, and takes those who are ready and stay away out of work. Any process may do it. */
  async look(): Promise<void> {
    const { db, clock, events } = this.#kernel
    const now = clock.now()
    const noPage = `not exists (select from core.agent_tabs t where t.agent_id = p.agent_id
                       and t.seen_at > clock_timestamp() - make_interval(secs => :lease))`
    const lease = this.#leaseSeconds
    await db.raw(`update core.agent_pages p set gone_at = :now where gone_at is null and ${noPage}`, {
      now,
      lease
    })
    await db.transaction(async trx => {
      // Locked: a page that comes meanwhile waits, and then brings the agent back.
      const { rows } = await trx.raw<{ rows: { agentId: number }[] }>(
        `select p.agent_id as "agentId" from core.agent_pages p
           join core.agent_sessions s on s.agent_id = p.agent_id and s.logged_out_at is null
           join core.agent_states a on a.agent_id = p.agent_id and a.until is null and a.state = 'ready'
          where p.gone_at between s.logged_in_at and :limit and ${noPage}
          order by p.agent_id for no key update of p skip locked`,
        { limit: new Date(now.getTime() - pageGraceMs), lease }
      )
      const lost = rows.map(({ agentId }) => ({ agentId, event: { type: 'ui_lost' } as const }))
      await applyAgentEvents(trx, events, now, lost)
    })
  }
}

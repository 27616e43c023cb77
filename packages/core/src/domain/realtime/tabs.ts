import type { Knex } from 'knex'

/** A connection that was not heard of for so long is dead, s: its process died with it. */
export const leaseSeconds = 6

/** What the server decided for one agent's tabs. */
export interface Election {
  /** Connection of the leader; null: nobody is connected. */
  readonly leader: string | null
  readonly tabs: number
}

/**
 * The connections of agents' pages, over all processes. For each agent one is the leader, elected in the database, so that
 * two processes cannot name two.
 */
export class TabRegister {
  readonly #db: Knex
  /** Of this life of this process. */
  readonly #process: string

  constructor(db: Knex, process: string) {
    this.#db = db
    this.#process = process
  }

  /** Enters a connection; one that is looked at takes the lead. */
  async enter(agentId: number, connection: string, focused: boolean): Promise<void> {
    await this.#db.raw(
      `insert into core.agent_tabs (connection, agent_id, process, focused_at)
       values (?, ?, ?, case when ? then clock_timestamp() end)`,
      [connection, agentId, this.#process, focused]
    )
    await this.elect(agentId, focused ? connection : null)
    await this.#announce(agentId)
  }

  /** The user looks at this tab, or does something in it: it takes the lead. Or he looks away. */
  async focus(agentId: number, connection: string, focused: boolean): Promise<void> {
    await this.#db.raw(
      'update core.agent_tabs set focused_at = case when ? then clock_timestamp() end where connection = ?',
      [focused, connection]
    )
    await this.elect(agentId, focused ? connection : null)
  }

  async leave(agentId: number, connection: string): Promise<void> {
    await this.#db('core.agent_tabs').where({ connection }).delete()
    await this.elect(agentId, null)
    await this.#announce(agentId)
  }

  /** Elects the agent's leader; every process hears when it is another one. */
  async elect(agentId: number, claim: string | null): Promise<void> {
    await this.#db.raw('select core.elect_tab(?, ?, make_interval(secs => ?))', [
      agentId,
      claim,
      leaseSeconds
    ])
  }

  async current(agentId: number): Promise<Election> {
    const { rows } = await this.#db.raw<{ rows: Election[] }>(
      `select max(connection::text) filter (where leader) as leader, count(*)::int as tabs
         from core.agent_tabs where agent_id = ?`,
      [agentId]
    )
    return rows[0]! // an aggregate has one row
  }

  #announce(agentId: number): Promise<unknown> {
    return this.#db.raw(`select core.announce('tabs', array[?::text])`, [agentId]).then()
  }

  /** Keeps the connections of this process alive. @returns agents among these whose leader has died. */
  async beat(agentIds: readonly number[]): Promise<number[]> {
    await this.#db.raw('update core.agent_tabs set seen_at = clock_timestamp() where process = ?', [
      this.#process
    ])
    const { rows } = await this.#db.raw<{ rows: { id: number }[] }>(
      `select id from unnest(?::int[]) as id
        where not exists (select 1 from core.agent_tabs t where t.agent_id = id and t.leader
                             and t.seen_at > clock_timestamp() - make_interval(secs => ?))`,
      [[...agentIds], leaseSeconds]
    )
    return rows.map(({ id }) => id)
  }

  /** Takes all connections of this process away, when it closes in an orderly way. */
  async close(): Promise<void> {
    await this.#db.raw(
      `with gone as (delete from core.agent_tabs where process = ? returning agent_id)
       select core.announce('tabs', array(select distinct agent_id::text from gone))`,
      [this.#process]
    )
  }
}

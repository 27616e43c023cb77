import type { Knex } from 'knex'

/** A leg beside calls that core believes to be on a PBX: an agent's that waits for them, or a supervisor's ear. */
export interface OpenLeg {
  readonly kind: 'held' | 'kept' | 'code' | 'listening'
  /** UUID; a kept one has the id of the call that it began with. */
  readonly id: string
  readonly attempt: number
  /** It was on the line; otherwise it may be on its way there. */
  readonly up: boolean
}

/** The legs of this PBX that have no end yet, calls' own apart. */
export async function openLegsOf(db: Knex, pbx: string): Promise<OpenLeg[]> {
  const { rows } = await db.raw<{ rows: OpenLeg[] }>(
    `select kind, id, attempt, state in ('awaiting_acceptance', 'ready') as up
       from core.agent_legs where pbx = ? and ended_at is null
      union all
     select 'listening', id, 1, began_at is not null from core.audit where pbx = ? and ended_at is null`,
    [pbx, pbx]
  )
  return rows
}

import type { Knex } from 'knex'

/**
 * A leg beside calls that core believes to be on a PBX: an agent's that waits for them, a supervisor's ear, or a phone that
 * calls what was dialled on it by hand.
 */
export interface OpenLeg {
  readonly kind: 'held' | 'kept' | 'code' | 'listening' | 'hand-call'
  /** UUID; a kept one has the id of the call that it began with, a phone's that of its call. */
  readonly id: string
  /** Of a channel that the PBX named by itself; null: it has the name that we gave it. */
  readonly uniqueid: string | null
  readonly attempt: number
  /** It was on the line; otherwise it may be on its way there. */
  readonly up: boolean
}

/** The legs of this PBX that have no end yet, calls' own apart. */
export async function openLegsOf(db: Knex, pbx: string): Promise<OpenLeg[]> {
  const { rows } = await db.raw<{ rows: OpenLeg[] }>(
    `select kind, id, null as uniqueid, attempt, state in ('awaiting_acceptance', 'ready') as up
       from core.agent_legs where pbx = ? and ended_at is null
      union all
     select 'listening', id, null, 1, began_at is not null from core.audit where pbx = ? and ended_at is null
      union all
     select 'hand-call', call_id, uniqueid, 1, true from core.hand_calls where pbx = ? and ended_at is null`,
    [pbx, pbx, pbx]
  )
  return rows
}

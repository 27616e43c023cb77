import type { Knex } from 'knex'
import type { ListeningFact } from '../call/call-record.ts'

/** A supervisor is about to hear a call. */
export interface Listening {
  /** UUID of his leg. */
  readonly id: string
  readonly action: 'listen' | 'whisper'
  readonly actorId: number
  /** Who is heard; null for a call without an agent of ours. */
  readonly agentId: number | null
  readonly callId: string
  readonly pbx: string
}

/** Writes down that somebody wants to hear a call: before his phone rings, so that nobody listens unseen. */
export async function openListening(
  db: Knex,
  { id, action, actorId, agentId, callId, pbx }: Listening,
  requestedAt: Date
): Promise<void> {
  await db('core.audit').insert({
    id,
    action,
    actor_id: actorId,
    agent_id: agentId,
    call_id: callId,
    pbx,
    requested_at: requestedAt
  })
}

/** One that has not ended. */
export type OpenListening = Pick<Listening, 'id' | 'action' | 'actorId' | 'callId'>

/** Who listens to these calls now, oldest first. */
export const openListenings = (db: Knex, callIds: readonly string[]): Promise<OpenListening[]> =>
  db('core.audit')
    .whereIn('call_id', callIds)
    .whereNull('ended_at')
    .orderBy(['requested_at', 'id'])
    .select('id', 'action', { actorId: 'actor_id', callId: 'call_id' })

/** Nothing came of it, or it is over. */
export async function closeListening(db: Knex, id: string, at: Date): Promise<void> {
  await db('core.audit').where({ id, ended_at: null }).update({ ended_at: at })
}

/** Writes what the PBX tells of supervisors' ears; told twice, it stands once. */
export async function advanceListenings(
  trx: Knex.Transaction,
  facts: readonly ListeningFact[]
): Promise<void> {
  for (const { callId: id, phase, atMs } of facts) {
    const at = new Date(atMs)
    if (phase === 'ended') await closeListening(trx, id, at)
    else await trx('core.audit').where({ id, began_at: null }).update({ began_at: at })
  }
}

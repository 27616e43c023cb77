import type { Knex } from 'knex'
import type { CallRow } from '../call/ledger-rows.ts'

/** One side of a call, as screens show it. */
export interface LegView {
  readonly state: 'none' | 'dialling' | 'ringing' | 'answered' | 'accepted' | 'talking' | 'ended'
  readonly since: string | null
}

interface LegRow {
  readonly call_id: string
  readonly role: 'agent' | 'customer'
  readonly endpoint: string
  readonly created_at: Date
  readonly ringing_at: Date | null
  readonly answered_at: Date | null
  readonly accepted_at: Date | null
  readonly bridged_at: Date | null
  readonly ended_at: Date | null
}

/** A call in flight with its legs, as the database has it. */
export interface CallWithLegs extends CallRow {
  readonly direction: 'outbound' | 'inbound'
  readonly accept_sent_at: Date | null
  readonly campaign_name: string
  readonly agent_name: string | null
  readonly site_name: string | null
  readonly legs: readonly LegRow[]
}

const noLeg: LegView = { state: 'none', since: null }

/** How far the newest leg of this role has come. */
export function legView({ legs }: CallWithLegs, role: LegRow['role']): LegView {
  const leg = legs.filter(one => one.role === role).at(-1)
  if (!leg) return noLeg
  const reached: readonly (readonly [LegView['state'], Date | null])[] = [
    ['ended', leg.ended_at],
    ['talking', leg.bridged_at],
    ['accepted', leg.accepted_at],
    ['answered', leg.answered_at],
    ['ringing', leg.ringing_at],
    ['dialling', leg.created_at]
  ]
  const [state, since] = reached.find(([, at]) => at !== null)!
  return { state, since: since!.toISOString() }
}

/** Since when both humans have been talking; null before. */
export const talkingSince = ({ state, legs }: CallWithLegs): string | null =>
  state === 'talking'
    ? (legs.findLast(leg => leg.role === 'customer' && leg.bridged_at)?.bridged_at?.toISOString() ?? null)
    : null

/** Endpoint of the way out in use; null before the customer is dialled. */
export const trunkOf = ({ legs }: CallWithLegs): string | null =>
  legs.findLast(leg => leg.role === 'customer')?.endpoint ?? null

/** Calls in flight by a condition on `c`, oldest first, at most 1000, with their legs in order. */
export async function readCalls(
  db: Knex,
  where: string,
  bindings: readonly unknown[]
): Promise<CallWithLegs[]> {
  const { rows } = await db.raw<{ rows: Omit<CallWithLegs, 'legs'>[] }>(
    `select c.*, k.name as campaign_name, u.display_name as agent_name, s.name as site_name
       from core.calls c join core.campaigns k on k.id = c.campaign_id
       left join core.users u on u.id = c.agent_id left join core.sites s on s.id = c.site_id
      where ${where} order by c.requested_at, c.id limit 1000`,
    [...bindings] as never[] // knex's bindings type does not know arrays of anything
  )
  if (rows.length === 0) return []
  const legs = await db<LegRow>('core.call_legs')
    .whereIn(
      'call_id',
      rows.map(({ id }) => id)
    )
    .orderBy(['created_at', 'leg'])
  return rows.map(row => ({ ...row, legs: legs.filter(leg => leg.call_id === row.id) }))
}

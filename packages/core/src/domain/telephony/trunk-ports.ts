import type { Knex } from 'knex'
import { defineChain } from '../../kernel/extension-point.ts'
import { TrunksBusyError } from '../errors.ts'
import type { Route } from './telephony-port.ts'

/** How many calls fit on a trunk. */
export interface TrunkRoom {
  /** Channels at the same time. */
  readonly channels: number
  /** Channels taken by calls that core did not start: dialled by hand, inbound, legs held over a shift. */
  readonly taken: number
}

/** Knows the size of trunks; a trunk that nobody knows is unlimited. */
export interface TrunkCapacity {
  readonly name: string
  roomOf(trunks: readonly string[]): Promise<ReadonlyMap<string, TrunkRoom>>
}

export const trunkCapacities = defineChain<TrunkCapacity>('core.trunk-capacities')

/** What a call needs before anybody's phone rings. */
export interface PortsNeeded {
  /** The trunk of the agent's own leg, for a phone on the public network. */
  readonly agentTrunk: string | null
  readonly routes: readonly Route[]
}

/** Asks every filler of the chain; the first that knows a trunk counts. */
export async function roomOfTrunks(
  capacities: readonly TrunkCapacity[],
  { agentTrunk, routes }: PortsNeeded
): Promise<ReadonlyMap<string, TrunkRoom>> {
  const trunks = [
    ...new Set([...(agentTrunk === null ? [] : [agentTrunk]), ...routes.map(({ trunk }) => trunk)])
  ]
  const rooms = new Map<string, TrunkRoom>()
  for (const capacity of capacities) {
    for (const [trunk, room] of await capacity.roomOf(trunks)) if (!rooms.has(trunk)) rooms.set(trunk, room)
  }
  return rooms
}

/**
 * The routes on which the call fits, the first being the one it takes: pure. A call back to a mobile may need two ports
 * of one gateway. @returns a sentence when the agent's own leg, or every route, finds no free port
 */
export function fitRoutes(
  { agentTrunk, routes }: PortsNeeded,
  free: (trunk: string) => number
): readonly Route[] | string {
  if (agentTrunk !== null && free(agentTrunk) < 1) return `trunk ${agentTrunk} is full`
  const fitting = routes.filter(({ trunk }) => free(trunk) >= (trunk === agentTrunk ? 2 : 1))
  if (fitting.length > 0) return fitting
  return `${[...new Set(routes.map(({ trunk }) => trunk))].map(trunk => `trunk ${trunk} is full`).join(', ')}`
}

/**
 * Reserves the ports of a call in the transaction that writes it, one decision at a time on each trunk, and returns the
 * routes that are left. Ports in use are counted from the calls in flight, so that nothing has to be given back.
 * Throws CORE_TRUNKS_BUSY.
 */
export async function reservePorts(
  trx: Knex.Transaction,
  needed: PortsNeeded,
  rooms: ReadonlyMap<string, TrunkRoom>
): Promise<readonly Route[]> {
  const trunks = [...rooms.keys()].sort()
  if (trunks.length === 0) return needed.routes
  for (const trunk of trunks)
    await trx.raw('select pg_advisory_xact_lock(hashtext(?))', [`core.call_ports ${trunk}`])
  const { rows } = await trx.raw<{ rows: { trunk: string; ports: number }[] }>(
    `select trunk, count(*)::int as ports from (
       select coalesce(customer.trunk, p.trunk) as trunk
         from core.call_ports p
         left join lateral (
           -- Where the dialplan went on to: the customer's newest leg, if the call has come that far.
           select substr(l.endpoint, strpos(l.endpoint, '/') + 1) as trunk from core.call_legs l
            where p.leg = 'customer' and l.call_id = p.call_id and l.role = 'customer' and l.trunk
            order by l.created_at desc limit 1) customer on true) used
      where trunk = any(?) group by trunk`,
    [trunks]
  )
  const used = new Map(rows.map(({ trunk, ports }) => [trunk, ports]))
  const fitting = fitRoutes(needed, trunk => {
    const room = rooms.get(trunk)
    return room ? room.channels - room.taken - (used.get(trunk) ?? 0) : Number.POSITIVE_INFINITY
  })
  if (typeof fitting === 'string') throw new TrunksBusyError(fitting)
  return fitting
}

/** Writes what the call takes; its rows go with the call. */
export async function takePorts(
  trx: Knex.Transaction,
  callId: string,
  { agentTrunk, routes }: PortsNeeded
): Promise<void> {
  const rows = [
    ...(agentTrunk === null ? [] : [{ call_id: callId, leg: 'agent', trunk: agentTrunk }]),
    ...routes.slice(0, 1).map(({ trunk }) => ({ call_id: callId, leg: 'customer', trunk }))
  ]
  if (rows.length > 0) await trx('core.call_ports').insert(rows)
}

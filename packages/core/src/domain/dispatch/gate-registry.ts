import type { Knex } from 'knex'
import type { Kernel } from '../../kernel/kernel.ts'
import { GateFunctionMissingError, GateMissingError } from '../errors.ts'
import { type DispatchGate, dispatchGates } from './dispatch-gate.ts'

const signatures = {
  room: '(integer,integer[])',
  tally: '(integer,integer[],integer[],integer[])',
  excluded: '(integer)',
  classified: '(integer)'
} as const

/**
 * Tells the database which gates the turn calls. Run when the application starts.
 * Throws CORE_GATE_FUNCTION_MISSING for a gate whose functions do not exist, and CORE_GATE_MISSING when the database
 * knows a gate that this process lacks: its contacts would be imported unclassified.
 */
export async function registerGates({ db, extensions }: Pick<Kernel, 'db' | 'extensions'>): Promise<void> {
  const gates = extensions.all(dispatchGates)
  await db.transaction(async trx => {
    await trx.raw("select pg_advisory_xact_lock(hashtext('core.dispatch_gates'))")
    const known: { name: string }[] = await trx('core.dispatch_gates').select('name')
    const missing = known.find(({ name }) => !gates.some(gate => gate.name === name))
    if (missing) throw new GateMissingError(missing.name, missing.name)
    let changed = false
    for (const gate of gates) changed = (await register(trx, gate)) || changed
    if (changed) await trx.raw('select core.dispatch_wire()')
  })
}

/** Whether the database did not know this of the gate. */
async function register(trx: Knex.Transaction, { name, functions }: DispatchGate): Promise<boolean> {
  for (const role of ['room', 'tally', 'excluded', 'classified'] as const) {
    if (functions[role] === undefined) continue
    const { rows } = await trx.raw('select to_regprocedure(?) is not null as exists', [
      functions[role] + signatures[role]
    ])
    if (!rows[0].exists) throw new GateFunctionMissingError(name, functions[role] + signatures[role])
  }
  const { room, tally, excluded, classified = null } = functions
  const { rowCount } = await trx.raw<{ rowCount: number }>(
    `insert into core.dispatch_gates as g (name, room, tally, excluded, classified) values (?, ?, ?, ?, ?)
     on conflict (name) do update set room = excluded.room, tally = excluded.tally, excluded = excluded.excluded, classified = excluded.classified
      where (g.room, g.tally, g.excluded, g.classified)
            is distinct from (excluded.room, excluded.tally, excluded.excluded, excluded.classified)`,
    [name, room, tally, excluded, classified]
  )
  return rowCount > 0
}

/**
 * Takes a gate out of the turn for good and opens what it had closed; its marks stay on the contacts and mean nothing.
 * @returns false when there is no gate of this name.
 */
export async function removeGate(db: Knex, name: string): Promise<boolean> {
  return db.transaction(async trx => {
    const removed = await trx('core.dispatch_gates').where({ name }).delete()
    if (removed === 0) return false
    await trx.raw('select core.dispatch_wire()')
    // A block that no remaining gate knows of was this one's.
    const { rows } = await trx.raw<{ rows: { campaign_id: number; mark: number }[] }>(
      `select b.campaign_id, b.mark from core.dispatch_blocks b
        where not exists (select 1 from core.dispatch_room(b.campaign_id, array[b.mark])) order by 1, 2`
    )
    for (const { campaign_id, mark } of rows) {
      await trx.raw('select core.dispatch_lock(?)', [campaign_id])
      await trx.raw('select core.dispatch_open(?, ?, 2147483647)', [campaign_id, mark])
    }
    return true
  })
}

import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Knex } from 'knex'
import type { Campaign, Floor } from './floor.ts'
import { random } from './workload.ts'

type Workplace = Pick<Floor, 'app' | 'dispatcher' | 'agents'>

export interface Load {
  /** Dispatches a second (a next and its settlement). */
  readonly perSecond: number
  readonly dispatches: number
  /** Processor time of a dispatch: of the database's sessions (Linux, same machine; else null), and of this process. */
  readonly databaseUs: number | null
  readonly nodeUs: number
  readonly next: Percentiles
  readonly settle: Percentiles
}

/** ms */
export interface Percentiles {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export function percentiles(times: number[]): Percentiles {
  times.sort((a, b) => a - b)
  const at = (part: number): number =>
    round(times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0)
  return { p50: at(0.5), p99: at(0.99), max: at(1) }
}

export const round = (value: number): number => Math.round(value * 100) / 100

/**
 * Agents ask, work and settle for so many seconds; a fifth of the contacts are positive, a tenth are tried again.
 * `thinkMs` 0: flat out. Otherwise each agent waits so long on average, twice a dispatch.
 */
export async function load(
  floor: Workplace,
  campaign: Pick<Campaign, 'id'>,
  seconds: number,
  thinkMs: number,
  agents = floor.agents
): Promise<Load> {
  const { dispatcher } = floor
  const chance = random(7)
  const next: number[] = []
  const settle: number[] = []
  const databaseBefore = await sessionTicks(floor.app.kernel.db)
  const nodeBefore = process.cpuUsage()
  const started = performance.now()
  const end = started + seconds * 1000
  let dispatches = 0
  const think = (): Promise<void> | void => (thinkMs > 0 ? sleep(thinkMs * 2 * chance()) : undefined)
  await Promise.all(
    agents.map(async agentId => {
      await think()
      while (performance.now() < end) {
        const asked = performance.now()
        const answer = await dispatcher.next(campaign.id, agentId)
        next.push(performance.now() - asked)
        if (answer.kind !== 'granted') return
        await think()
        const draw = chance()
        const status = draw < 0.2 ? 2 : draw < 0.3 ? 4 : 3
        const ended = performance.now()
        await dispatcher.settle(campaign.id, answer.handoutId, { status, reason: 'qualified' })
        settle.push(performance.now() - ended)
        dispatches++
        await think()
      }
    })
  )
  const perSecond = Math.round(dispatches / ((performance.now() - started) / 1000))
  const { user, system } = process.cpuUsage(nodeBefore)
  const nodeUs = Math.round((user + system) / Math.max(1, dispatches))
  const databaseUs = await spent(floor.app.kernel.db, databaseBefore, dispatches)
  return { perSecond, dispatches, databaseUs, nodeUs, next: percentiles(next), settle: percentiles(settle) }
}

/** Fills four of five departments and postal codes of a campaign: what a long day of calls would have done. */
export async function fillRules({ app }: Floor, { id }: Campaign): Promise<void> {
  const { db } = app.kernel
  await db.transaction(async trx => {
    await trx.raw('select core.dispatch_lock(?)', [id])
    await trx.raw(
      `update quotas.rules set "limit" = 1, completed = 1 where campaign_id = ? and field = 'postal_code' and id % 5 <> 0`,
      [id]
    )
    await trx.raw(
      'select quotas.open_close(?, array(select mark from quotas.rules where campaign_id = ? and completed >= "limit"))',
      [id, id]
    )
  })
  while ((await db.raw('select quotas.work(?, 2000) as more', [id])).rows[0].more);
}

/** Counters and segments that differ from a recount. */
export async function wrong({ app }: Floor, { id }: Campaign): Promise<number> {
  const { db } = app.kernel
  const counters = await db.raw('select count(*)::int as n from quotas.recount(?)', [id])
  const segments = await db.raw('select count(*)::int as n from core.dispatch_audit(?)', [id])
  return counters.rows[0].n + segments.rows[0].n
}

/** Clock ticks (10 ms) that each session of the database has used; empty where that cannot be seen. */
async function sessionTicks(db: Knex): Promise<Map<number, number>> {
  const { rows } = await db.raw<{ rows: { pid: number }[] }>(
    "select pid from pg_stat_activity where datname = current_database() and backend_type = 'client backend'"
  )
  const ticks = new Map<number, number>()
  for (const { pid } of rows) {
    try {
      const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .split(') ')[1]!
        .split(' ')
        .slice(11, 13)
      ticks.set(pid, Number(user) + Number(system))
    } catch {
      return new Map() // another machine or system
    }
  }
  return ticks
}

async function spent(
  db: Knex,
  before: ReadonlyMap<number, number>,
  dispatches: number
): Promise<number | null> {
  const after = await sessionTicks(db)
  if (after.size === 0 || dispatches === 0) return null
  let ticks = 0
  for (const [pid, now] of after) ticks += now - (before.get(pid) ?? 0)
  return Math.round((ticks * 10_000) / dispatches)
}

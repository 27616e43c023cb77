import type { Knex } from 'knex'

/** A writer that waits for a day to be summed must not notice; where vacuum is at work the day is summed the next time. */
const lockTimeout = '250ms'
const dayMs = 86_400_000
/** A call's qualification may come the day after it; what is corrected later opens its day again. */
const openDays = 2

/**
 * Where sums over all agents are read: `:from` to `:to`, days included, under the name `s`. Of a day that is over its sums, a
 * tenth of the lines; of the others the roll-up itself.
 */
export const floorStats = `(
  select campaign_id, day, outcome, disposition_id, calls, talk_ms, billable_ms from core.call_day_stats
   where day between :from and :to and day in (select day from core.call_summed_days where day between :from and :to)
  union all
  select campaign_id, day, outcome, disposition_id, calls, talk_ms, billable_ms from core.call_stats
   where day = any (array(
     select d::date
       from generate_series(greatest(:from::date, (select min(day) from core.call_stats)),
                            least(:to::date, (select max(day) from core.call_stats)), interval '1 day') d
      where not exists (select from core.call_summed_days x where x.day = d::date)))) as s`

/**
 * Sums up the days that are over and have no sums. Their lines may change at any time: whoever writes one takes the day's
 * mark away in his own statement, so that sums are read only while they are right. Kept sums would be a few lines that all
 * who write today's calls wait for; a mark that is not there holds up nobody.
 * @returns how many days are left for the next time, as somebody else is at the roll-up
 */
export async function sumDays(db: Knex, now: Date): Promise<number> {
  const before = new Date(now.getTime() - openDays * dayMs).toISOString().slice(0, 10)
  const { rows: days } = await db.raw<{ rows: { day: string }[] }>(
    `select d::date as day
       from generate_series((select min(day) from core.call_stats), least(?::date - 1, (select max(day) from core.call_stats)),
                            interval '1 day') d
      where not exists (select from core.call_summed_days x where x.day = d::date)`,
    [before]
  )
  for (const [done, { day }] of days.entries()) {
    try {
      await db.transaction(trx => sumDay(trx, day))
    } catch (error) {
      if (isLockTimeout(error)) return days.length - done
      throw error
    }
  }
  return 0
}

async function sumDay(trx: Knex.Transaction, day: string): Promise<void> {
  await trx.raw(`set local lock_timeout = '${lockTimeout}'`)
  await lockStats(trx)
  await trx.raw(
    'insert into core.call_summed_days (day) values (?) on conflict do nothing', // another process may have been quicker
    [day]
  )
  await sumAgain(trx, { from: day, to: nextDay(day) })
}

const isLockTimeout = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === '55P03'

const nextDay = (day: string): string => new Date(Date.parse(day) + dayMs).toISOString().slice(0, 10)

/** A writer that has counted has its row committed when we get this lock; one that has not waits for us. */
export async function lockStats(trx: Knex.Transaction): Promise<void> {
  await trx.raw('lock table core.call_stats in share row exclusive mode')
}

export interface Days {
  readonly from: string
  /** The day after the last. */
  readonly to: string
}

/** Writes the sums of marked days anew, from the roll-up. Call under `lockStats`. */
export async function sumAgain(trx: Knex.Transaction, { from, to }: Days): Promise<void> {
  await trx('core.call_day_stats').where('day', '>=', from).where('day', '<', to).delete()
  await trx.raw(
    `insert into core.call_day_stats (campaign_id, day, outcome, disposition_id, calls, talk_ms, billable_ms) ${sums}`,
    { from, to }
  )
}

/** Sums that differ from the roll-up. */
export async function wrongSums(trx: Knex.Transaction, { from, to }: Days): Promise<number> {
  const { rows } = await trx.raw<{ rows: { wrong: number }[] }>(
    `select count(*)::int as wrong
       from (${sums}) r
       full join (select * from core.call_day_stats
                   where day >= :from::date and day < :to::date and day in (select day from core.call_summed_days)) s
         on (s.campaign_id, s.day, s.outcome) = (r.campaign_id, r.day, r.outcome)
        and coalesce(s.disposition_id, -1) = coalesce(r.disposition_id, -1)
      where (s.calls, s.talk_ms, s.billable_ms) is distinct from (r.calls, r.talk_ms, r.billable_ms)`,
    { from, to }
  )
  return rows[0]!.wrong // an aggregate has one row
}

const sums = `
  select campaign_id, day, outcome, disposition_id, sum(calls)::int as calls, sum(talk_ms)::bigint as talk_ms,
         sum(billable_ms)::bigint as billable_ms
    from core.call_stats
   where day >= :from::date and day < :to::date and day in (select day from core.call_summed_days)
   group by 1, 2, 3, 4 having sum(calls) <> 0`

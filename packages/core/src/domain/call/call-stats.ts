import type { Knex } from 'knex'
import { type Days, lockStats, sumAgain, wrongSums } from './call-day-stats.ts'

/** What of a history row the roll-up counts, under the names of its columns. */
export interface StatLine {
  readonly campaign_id: number
  /** Local day of the campaign, `YYYY-MM-DD`. */
  readonly day: string
  readonly agent_id: number | null
  readonly outcome: string
  readonly disposition_id: number | null
  readonly talk_ms: number
  readonly billable_ms: number
}

export const statColumns = [
  'campaign_id',
  'day',
  'agent_id',
  'outcome',
  'disposition_id',
  'talk_ms',
  'billable_ms'
] as const satisfies readonly (keyof StatLine)[]

/** Rows to be counted into the roll-up and out of it. */
export interface StatChanges {
  readonly added: readonly StatLine[]
  readonly removed: readonly StatLine[]
}

interface Change {
  readonly campaign_id: number
  readonly day: string
  readonly agent_id: number | null
  readonly outcome: string
  readonly disposition_id: number | null
  readonly calls: number
  readonly talk_ms: number
  readonly billable_ms: number
}

/**
 * Counts rows into the roll-up and out of it, in one statement, which is the last of its transaction that others wait for:
 * its lines are shared by all who write calls. They are locked in one order, so that writers who change several do not wait
 * for each other in a circle. Sums of the days that change hold no more.
 */
export async function countInStats(trx: Knex.Transaction, { added, removed }: StatChanges): Promise<void> {
  const changes = sum([...added.map(line => changeBy(line, 1)), ...removed.map(line => changeBy(line, -1))])
  if (changes.length === 0) return
  await trx.raw(
    `with opened as (delete from core.call_summed_days where day = any(?))
     insert into core.call_stats as s (campaign_id, day, agent_id, outcome, disposition_id, calls, talk_ms, billable_ms)
     select campaign_id, day, agent_id, outcome, disposition_id, calls, talk_ms, billable_ms
       from jsonb_to_recordset(?::jsonb) as c(campaign_id int, day date, agent_id int, outcome text, disposition_id int,
            calls int, talk_ms bigint, billable_ms bigint)
      order by campaign_id, day, agent_id, outcome, disposition_id
     on conflict on constraint call_stats_key do update
        set calls = s.calls + excluded.calls, talk_ms = s.talk_ms + excluded.talk_ms,
            billable_ms = s.billable_ms + excluded.billable_ms`,
    [[...new Set(changes.map(({ day }) => day))], JSON.stringify(changes)]
  )
}

const changeBy = ({ talk_ms, billable_ms, ...line }: StatLine, sign: 1 | -1): Change => ({
  campaign_id: line.campaign_id,
  day: line.day,
  agent_id: line.agent_id,
  outcome: line.outcome,
  disposition_id: line.disposition_id,
  calls: sign,
  talk_ms: sign * talk_ms,
  billable_ms: sign * billable_ms
})

/** One change for each line of the roll-up; none where nothing changes. */
function sum(changes: readonly Change[]): Change[] {
  const byLine = new Map<string, Change>()
  for (const change of changes) {
    const key = [
      change.campaign_id,
      change.day,
      change.agent_id,
      change.outcome,
      change.disposition_id
    ].join()
    const other = byLine.get(key)
    byLine.set(
      key,
      other
        ? {
            ...other,
            calls: other.calls + change.calls,
            talk_ms: other.talk_ms + change.talk_ms,
            billable_ms: other.billable_ms + change.billable_ms
          }
        : change
    )
  }
  return [...byLine.values()].filter(
    ({ calls, talk_ms, billable_ms }) => calls !== 0 || talk_ms !== 0 || billable_ms !== 0
  )
}

/** Sums over the rows of the days from `:from` to before `:to`. A local day is at most a day off the UTC days of its calls. */
const recounted = `
  select campaign_id, day, agent_id, outcome, disposition_id, count(*)::int as calls, sum(talk_ms)::bigint as talk_ms,
         sum(billable_ms)::bigint as billable_ms
    from core.call_history
   where started_at >= :from::date - 1 and started_at < :to::date + 1 and day >= :from::date and day < :to::date
   group by 1, 2, 3, 4, 5`

/**
 * Compares the roll-up with the rows, month by month, and returns how many of its lines are wrong; with `mend` they
 * are written anew. Who writes calls waits while a month is compared.
 */
export async function recountStats(db: Knex, { mend }: { readonly mend: boolean }): Promise<number> {
  const { rows: months } = await db.raw<{ rows: Days[] }>(
    `select m::date as from, (m + interval '1 month')::date as to
       from (select least((select min(day) from core.call_stats), (select min(started_at)::date - 1 from core.call_history)) as first,
                    greatest((select max(day) from core.call_stats), (select max(started_at)::date + 1 from core.call_history)) as last) d,
            generate_series(date_trunc('month', first), last, interval '1 month') m
      where first is not null`
  )
  let wrong = 0
  for (const month of months) wrong += await recountMonth(db, month, mend)
  return wrong
}

async function recountMonth(db: Knex, month: Days, mend: boolean): Promise<number> {
  return db.transaction(async trx => {
    await lockStats(trx)
    const { rows } = await trx.raw<{ rows: { wrong: number }[] }>(
      `select count(*)::int as wrong
         from (${recounted}) r
         full join (select * from core.call_stats
                     where day >= :from::date and day < :to::date and (calls <> 0 or talk_ms <> 0 or billable_ms <> 0)) s
           on (s.campaign_id, s.day, s.outcome) = (r.campaign_id, r.day, r.outcome)
          and coalesce(s.agent_id, 0) = coalesce(r.agent_id, 0)
          and coalesce(s.disposition_id, -1) = coalesce(r.disposition_id, -1)
        where (s.calls, s.talk_ms, s.billable_ms) is distinct from (r.calls, r.talk_ms, r.billable_ms)`,
      { ...month }
    )
    const wrongLines = rows[0]!.wrong // an aggregate has one row
    if (wrongLines > 0 && mend) {
      await trx('core.call_stats').where('day', '>=', month.from).where('day', '<', month.to).delete()
      // In the order of days, as daily work writes them: reports then read few pages.
      await trx.raw(
        `insert into core.call_stats (campaign_id, day, agent_id, outcome, disposition_id, calls, talk_ms, billable_ms)
         ${recounted} order by day, campaign_id, agent_id`,
        { ...month }
      )
    }
    const wrong = wrongLines + (await wrongSums(trx, month))
    if (wrong > 0 && mend) await sumAgain(trx, month)
    return wrong
  })
}

import type { Knex } from 'knex'

/** What the searches may ask for, as it lies in the data. */
export interface World {
  readonly agentIds: readonly number[]
  readonly campaignIds: readonly number[]
  /** Worked on in the first half of the year only. */
  readonly endedCampaignIds: readonly number[]
  readonly siteIds: readonly number[]
  readonly dispositionIds: readonly number[]
  readonly contacts: number
}

const months = 12
/** Different people who were called. */
const contacts = 500_000

/**
 * Fills a migrated database with calls of twelve months, evenly spread over them, made by the server itself. A tenth of
 * the campaigns is over; outcomes, sites, talk times and dispositions have the shares of an outbound centre;
 * an agent works for two campaigns.
 */
export async function fillHistory(db: Knex, rows: number, say: (line: string) => void): Promise<void> {
  const [found] = await db('core.call_history').count<{ n: number }[]>({ n: '*' })
  const perMonth = Math.round(rows / months)
  // A month is one statement, there or not: a fill that was broken off goes on where it was.
  const filled = Number(found!.n) / perMonth // an aggregate has one row
  if (!Number.isInteger(filled) || filled > months) {
    throw new Error(
      `This folder holds ${found!.n} calls, not ${rows}: remove it, or give their number as --rows.`
    )
  }
  if (filled === months) return
  if (filled === 0) await makeWorld(db)
  const world = await readWorld(db)
  await db.raw(
    `select core.call_history_partitions((date_trunc('month', now()) - interval '${months} months')::date, ${months + 2})`
  )
  for (let month = filled; month < months; month++) {
    const begun = performance.now()
    await insertMonth(db, world, month, perMonth)
    say(`month ${month + 1} of ${months}: ${Math.round(performance.now() - begun)} ms`)
  }
  await db.raw('vacuum analyze core.call_history')
}

async function makeWorld(db: Knex): Promise<void> {
  await db.raw(`insert into core.sites (name, time_zone, country)
    select 'Site ' || n, 'Europe/Paris', 'FR' from generate_series(1, 8) n`)
  await db.raw(`insert into core.users (login, display_name, role, password_hash, site_id)
    select 'agent' || n, 'Agent ' || n, 'agent', 'none', s.id from generate_series(1, 200) n
      join (select id, row_number() over (order by id) as k from core.sites) s on s.k = 1 + n % 8`)
  await db.raw(`with set as (insert into core.disposition_sets (name) values ('Bench') returning id),
    made as (insert into core.dispositions (set_id, code, label_fr, label_en, positive)
      select id, 'd' || n, 'Qualification ' || n, 'Disposition ' || n, n = 1 from set, generate_series(1, 12) n)
    insert into core.campaigns (name, dial_mode, time_zone, country, disposition_set_id)
      select 'Campaign ' || n, 'preview', 'Europe/Paris', 'FR', id from set, generate_series(1, 20) n`)
}

/** What lies in a filled database. */
export async function readWorld(db: Knex): Promise<World> {
  const ids = (table: string): Promise<number[]> => db(table).where('id', '>', 0).orderBy('id').pluck('id')
  const campaignIds = await ids('core.campaigns')
  return {
    agentIds: await db('core.users').where({ role: 'agent' }).orderBy('id').pluck('id'),
    campaignIds,
    endedCampaignIds: campaignIds.slice(0, 2),
    siteIds: await ids('core.sites'),
    dispositionIds: await ids('core.dispositions'),
    contacts
  }
}

/** Chooses from a list by a number in [0, 1): small indexes more often. */
const pick = (ids: readonly number[], x: string): string =>
  `(array[${ids.join()}])[1 + floor(${ids.length} * power(${x}, 1.5))::int]`

async function insertMonth(db: Knex, world: World, month: number, rows: number): Promise<void> {
  const running =
    month < months / 2
      ? world.campaignIds
      : world.campaignIds.filter(id => !world.endedCampaignIds.includes(id))
  await db.raw(`
    insert into core.call_history (campaign_id, id, started_at, ended_at, day, contact_id, agent_id, site_id, direction,
      number, outcome, ended_by, station, trunk, route, caller_id_requested, caller_id_presented, customer_dialled_at,
      customer_answered_at, talk_ms, billable_ms, cause, disposition_id, note, qualified_at, pbx, linkedid, end_quality,
      interpreter_version)
    select (array[${running.join()}])[1 + ((u.n + case when c < 0.9 then 0 else 7 end) % ${running.length})::int], gen_random_uuid(), s, s + make_interval(secs => 15 + talk / 1000.0),
           (s at time zone 'Europe/Paris')::date, contact, u.id, u.site_id,
           case when outcome in ('missed', 'abandoned') or (i < 0.03 and outcome = 'answered') then 'inbound' else 'outbound' end,
           '+331' || lpad((contact * 7919 % 100000000)::text, 8, '0'), outcome,
           case when i < 0.5 then 'agent' else 'customer' end, 'extension', 'trunk-' || (u.id % 4), 1,
           '+33199000001', '+33199000001', s + interval '3 seconds', case when talk > 0 then s + interval '12 seconds' end,
           talk, talk, 16, case when outcome = 'answered' then ${pick(world.dispositionIds, 'd')} end,
           case when i < 0.1 then 'Rappeler après 18 h, demander le service technique' end, s + interval '5 minutes',
           'asterisk', extract(epoch from s)::bigint || '.' || (i * 1e6)::int, 'exact', 1
      from (
        select *, case when outcome = 'answered' then (-ln(1 - t) * 120000)::int else 0 end as talk
          from (
            select date_trunc('milliseconds', now() - interval '365 days' * (1 - (${month} + random()) / ${months})) as s,
                   (random() * ${contacts})::bigint + 1 as contact, random() as c, random() as d, random() as i,
                   random() as t, 1 + floor(200 * power(random(), 1.5))::int as agent,
                   (array['answered', 'no_answer', 'busy', 'unreachable', 'cancelled', 'rejected', 'agent_no_answer', 'abandoned',
                          'invalid_number', 'blocked'])[
                     1 + width_bucket(random(), array[0.4, 0.75, 0.83, 0.89, 0.94, 0.97, 0.985, 0.995, 0.99999])] as outcome
              from generate_series(1, ${rows})) r
         order by s) x
      join (select id, site_id, row_number() over (order by id) as n from core.users where role = 'agent') u on u.n = agent`)
}

import type { Knex } from 'knex'

/** A rule whose counters differ from the recount of its contacts. */
export interface WrongCounter {
  readonly ruleId: number
  readonly completed: number
  readonly reserved: number
  readonly countedCompleted: number
  readonly countedReserved: number
}

/**
 * Recounts every rule of a campaign from its contacts, in one snapshot, and remembers the outcome for the health probe.
 * Reads all contacts that count or are in somebody's hands: about a second for a million. @returns none when all is right.
 */
export async function audit(db: Knex, campaignId: number, now: Date): Promise<WrongCounter[]> {
  const { rows } = await db.raw<{ rows: WrongCounter[] }>(
    `select id as "ruleId", completed, reserved, counted_completed as "countedCompleted", counted_reserved as "countedReserved"
       from quotas.recount(?) order by id`,
    [campaignId]
  )
  await db('quotas.campaigns')
    .insert({ campaign_id: campaignId, audited_at: now, audit_wrong: rows.length })
    .onConflict('campaign_id')
    .merge(['audited_at', 'audit_wrong'])
  return rows
}

/** What the last recount of each campaign says: a sentence when one found a difference, else null. */
export async function probeCounters(db: Knex): Promise<string | null> {
  const wrong: { campaign_id: number; audit_wrong: number }[] = await db('quotas.campaigns')
    .where('audit_wrong', '>', 0)
    .orderBy('campaign_id')
    .select('campaign_id', 'audit_wrong')
  if (wrong.length === 0) return null
  const list = wrong
    .map(({ campaign_id, audit_wrong }) => `campaign ${campaign_id}: ${audit_wrong}`)
    .join(', ')
  return `counters differ from the recount (${list}); look with 'evs quotas-recount'`
}

/** How many counters the last recounts of all campaigns found wrong. */
export async function wrongCounters(db: Knex): Promise<number> {
  const [row] = await db('quotas.campaigns').sum({ wrong: 'audit_wrong' })
  return Number(row?.wrong ?? 0)
}

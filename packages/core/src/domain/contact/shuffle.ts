import type { Knex } from 'knex'
import { CampaignNotFoundError } from '../errors.ts'

/** Contacts per transaction: the campaign's lock is held some 20 ms. */
const pageSize = 500

/**
 * Gives every contact of the campaign a random place in the list, page by page while the campaign runs: until the last
 * page old and new places are mixed. Contacts that are added later get their place by the same seed.
 * @returns how many contacts. Throws CORE_CAMPAIGN_NOT_FOUND.
 */
export async function shuffleContacts(db: Knex, campaignId: number, seed: number): Promise<number> {
  const changed =
    campaignId === 0 ? 0 : await db('core.campaigns').where({ id: campaignId }).update({ shuffle_seed: seed })
  if (changed === 0) throw new CampaignNotFoundError(campaignId)
  let after = 0
  for (let total = 0; ; ) {
    const { rows } = await db.raw<{ rows: { n: number; last: number | null }[] }>(
      'select n, last from core.dispatch_shuffle(?, ?, ?, ?)',
      [campaignId, seed, after, pageSize]
    )
    const { n, last } = rows[0]!
    total += n
    if (last === null) return total
    after = last
  }
}

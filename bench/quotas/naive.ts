import { type Condition, matchesOne } from '@evscallpro/plugin-quotas'
import type { Knex } from 'knex'
import { type Percentiles, percentiles } from './measure.ts'

/**
 * The algorithm that the FAQ warns about: for each request read the rules and try the contacts in their order, each
 * against every rule, until one meets no full rule. Reads only, on the same data.
 */
export async function naiveNext(db: Knex, campaignId: number, times: number): Promise<Percentiles> {
  const taken: number[] = []
  for (let i = 0; i < times; i++) {
    const started = performance.now()
    await first(db, campaignId)
    taken.push(performance.now() - started)
  }
  return percentiles(taken)
}

async function first(db: Knex, campaignId: number): Promise<number | null> {
  const rules: (Condition & { limit: number; completed: number; reserved: number })[] = await db(
    'quotas.rules'
  ).where({
    campaign_id: campaignId
  })
  for (let after = 0; ; ) {
    const page = await db('core.contacts')
      .where({ campaign_id: campaignId, status: 0 })
      .andWhere('id', '>', after)
      .orderBy(['priority', 'rank', 'id'])
      .limit(100)
    for (const contact of page) {
      const met = rules.filter(rule => matchesOne(rule, contact))
      if (met.every(rule => rule.completed + rule.reserved < rule.limit)) return contact.id
    }
    const last = page.at(-1)
    if (!last) return null
    after = last.id
  }
}

import type { TrunkSelector } from '@evscallpro/core'
import type { Knex } from 'knex'
import { greetingInUse } from './greeting-store.ts'

/** Sends the calls of a campaign by the trunk of its greeting, and by the site's own trunks when that one fails. */
export const campaignTrunk = (db: Knex, failover: boolean): TrunkSelector => ({
  name: 'greeting-trunk',
  async select({ number, campaignId, callerId, site }) {
    const chosen = (await greetingInUse(db, campaignId))?.trunk
    if (!chosen) return null // the next selector is asked
    const others = failover ? (site?.trunks ?? []).filter(trunk => trunk !== chosen) : []
    const presented = callerId ?? site?.callerId ?? null
    return [chosen, ...others].map(trunk => ({
      trunk,
      number: number.replace(/^\+/, ''),
      callerId: presented?.replace(/^\+/, '') ?? null
    }))
  }
})

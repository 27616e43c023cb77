import { type Command, connectDatabase } from '@evscallpro/core'
import { audit } from './audit.ts'
import { DatabaseUrlMissingError } from './errors.ts'

/** `evs quotas-recount [CAMPAIGN]`: exit code 0 when every counter equals the recount, 1 when one does not. */
export const recountCommand: Command = {
  summary: 'Recount all quota rules from their contacts and compare with their counters',
  usage: 'quotas-recount [CAMPAIGN]\n\nThe database is the one DATABASE_URL names.',
  async run([campaign], io) {
    const url = process.env.DATABASE_URL
    if (!url) throw new DatabaseUrlMissingError()
    const db = connectDatabase(url, {
      poolMax: 1,
      applicationName: 'evs quotas-recount',
      statementTimeoutMs: 600_000
    })
    try {
      const all: number[] = campaign
        ? [Number(campaign)]
        : await db('quotas.rules')
            .distinct('campaign_id')
            .whereNot({ state: 'removed' })
            .orderBy('campaign_id')
            .pluck('campaign_id')
      let wrong = 0
      for (const campaignId of all) {
        for (const rule of await audit(db, campaignId, new Date())) {
          wrong++
          io.out(
            `campaign ${campaignId}, rule ${rule.ruleId}: completed ${rule.completed} (recount ${rule.countedCompleted}), ` +
              `reserved ${rule.reserved} (recount ${rule.countedReserved})`
          )
        }
      }
      io.out(
        wrong === 0
          ? `All counters equal the recount (campaigns: ${all.length}).`
          : `${wrong} counters differ.`
      )
      return wrong === 0 ? 0 : 1
    } finally {
      await db.destroy()
    }
  }
}

import type { Knex } from 'knex'
import { isTimeZone } from '../campaign/time-zone.ts'
import {
  alwaysOpen,
  type Calendar,
  type Hours,
  horizonDays,
  inRegion,
  isOpen,
  nextChange,
  noHolidays
} from '../hours/index.ts'

/** When a campaign may call: as stored in `core.campaigns`. */
export interface CampaignHours {
  readonly time_zone: string
  readonly hours: Hours | null
  readonly calendar: Calendar | null
}

/** Hours and calendar where a contact lives; no zone, or none that this runtime knows: the campaign's own. */
export function hoursIn(campaign: CampaignHours, timeZone: string | null, region: string | null) {
  return {
    hours: campaign.hours ?? alwaysOpen,
    calendar: inRegion(campaign.calendar ?? noHolidays, region),
    zone: timeZone !== null && isTimeZone(timeZone) ? timeZone : campaign.time_zone
  }
}

interface ZoneRow {
  id: number
  time_zone: string | null
  region: string | null
}

/** Looks at the clock for all zones whose opening may have changed. The caller holds the campaign's lock. */
export async function refreshZones(trx: Knex.Transaction, campaignId: number, now: Date): Promise<void> {
  const campaign = await trx('core.campaigns')
    .where({ id: campaignId })
    .first<CampaignHours>('time_zone', 'hours', 'calendar')
  const zones = await trx('core.dispatch_zones')
    .where({ campaign_id: campaignId })
    .andWhere('changes_at', '<=', now)
    .select<ZoneRow[]>('id', 'time_zone', 'region')
  const horizon = new Date(now.getTime() + horizonDays * 86_400_000)
  for (const { id, time_zone, region } of zones) {
    const { hours, calendar, zone } = hoursIn(campaign, time_zone, region)
    await trx('core.dispatch_zones')
      .where({ campaign_id: campaignId, id })
      .update({
        open: isOpen(hours, calendar, now, zone),
        changes_at: nextChange(hours, calendar, now, zone) ?? horizon
      })
  }
}

/** The campaign's hours, calendar or time zone changed: every zone is looked at before the next hand-out. */
export async function forgetZones(trx: Knex.Transaction, campaignId: number): Promise<void> {
  await trx.raw('select core.dispatch_lock(?)', [campaignId])
  await trx('core.dispatch_zones').where({ campaign_id: campaignId }).update({ changes_at: '-infinity' })
  await trx.raw('select core.dispatch_wake(?)', [campaignId])
}

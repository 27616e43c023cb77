import type { Knex } from 'knex'
import { NumberSuppressedError, OutsideHoursError } from '../errors.ts'
import { whyClosed } from '../hours/index.ts'
import { type CampaignHours, hoursIn } from './zone-hours.ts'

export interface Dialled {
  readonly campaignId: number
  readonly contactId: number | null
  /** E.164 */
  readonly number: string
}

/**
 * Checked again before every call, also one without a contact (campaign 0): the number is not suppressed, and the
 * campaign may call now where the contact lives. Throws CORE_NUMBER_SUPPRESSED, CORE_OUTSIDE_HOURS.
 */
export async function checkDialling(
  db: Knex,
  { campaignId, contactId, number }: Dialled,
  now: Date
): Promise<void> {
  const { rows } = await db.raw<{
    rows: (CampaignHours & { suppressed: boolean; zone: string | null; region: string | null })[]
  }>(
    `select exists (select 1 from core.suppressions where number = ?) as suppressed,
            c.time_zone, c.hours, c.calendar, z.time_zone as zone, z.region
       from core.campaigns c
       left join core.contacts k on k.campaign_id = c.id and k.id = ?
       left join core.segments s on s.campaign_id = c.id and s.id = k.segment_id
       left join core.dispatch_zones z on z.campaign_id = c.id and z.id = s.zone_id
      where c.id = ?`,
    [number, contactId, campaignId]
  )
  const found = rows[0]!
  if (found.suppressed) throw new NumberSuppressedError()
  const { hours, calendar, zone } = hoursIn(found, found.zone, found.region)
  const closed = whyClosed(hours, calendar, now, zone)
  if (closed)
    throw new OutsideHoursError('name' in closed ? closed.name : 'outside the hours of the campaign')
}

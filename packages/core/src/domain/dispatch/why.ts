import type { Kernel } from '../../kernel/kernel.ts'
import { CampaignNotFoundError, ContactNotFoundError } from '../errors.ts'
import { nextOpening, whyClosed } from '../hours/index.ts'
import { gateReasons, type Reason, reason, whyHandedOut } from './reasons.ts'
import { type CampaignHours, hoursIn } from './zone-hours.ts'

interface Row extends CampaignHours {
  active: boolean
  name: string
  status: number
  closed_reason: string | null
  attempts: number
  phones: string[]
  due_at: Date | null
  priority: number
  rank: number
  segment_id: number
  marks: number[]
  zone: string | null
  region: string | null
  all_suppressed: boolean
  handout_id: number | null
  agent_id: number | null
  agent: string | null
  expires_at: Date | null
  callback_at: Date | null
  callback_agent: string | null
  callback_agent_id: number | null
  last_handout: number | null
}

export interface ContactDispatch {
  readonly dialable: boolean
  /** Why it is not handed out now; empty when it is dialable. */
  readonly reasons: readonly Reason[]
  /** Why it was handed out, now or last; null: never. */
  readonly handedOut: { readonly handoutId: number; readonly open: boolean; readonly why: string } | null
  readonly attempts: number
}

/** Why a contact was handed out, or why it is not dialable now. Reads only; the turn decides by the same facts. */
export async function explainContact(
  { db, clock, extensions }: Pick<Kernel, 'db' | 'clock' | 'extensions'>,
  campaignId: number,
  contactId: number
): Promise<ContactDispatch> {
  const { rows } = await db.raw<{ rows: Row[] }>(
    `select c.active, c.name, c.time_zone, c.hours, c.calendar, k.status, k.closed_reason, k.attempts, k.phones, k.due_at,
            k.priority, k.rank, k.segment_id, s.marks, z.time_zone as zone, z.region,
            (select bool_and(exists (select 1 from core.suppressions x where x.number = p)) from unnest(k.phones) p) as all_suppressed,
            h.id as handout_id, h.agent_id, u.display_name as agent, h.expires_at,
            b.due_at as callback_at, b.agent_id as callback_agent_id, a.display_name as callback_agent,
            (select max(id) from core.handouts o where o.campaign_id = k.campaign_id and o.contact_id = k.id) as last_handout
       from core.campaigns c
       left join core.contacts k on k.campaign_id = c.id and k.id = :contactId
       left join core.segments s on s.campaign_id = c.id and s.id = k.segment_id
       left join core.dispatch_zones z on z.campaign_id = c.id and z.id = s.zone_id
       left join core.handouts h on h.campaign_id = c.id and h.contact_id = k.id and h.ended_at is null
       left join core.users u on u.id = h.agent_id
       left join core.callbacks b on b.campaign_id = c.id and b.contact_id = k.id and b.done_at is null
       left join core.users a on a.id = b.agent_id
      where c.id = :campaignId`,
    { campaignId, contactId }
  )
  const [row] = rows
  if (!row || campaignId === 0) throw new CampaignNotFoundError(campaignId)
  if (row.status === null) throw new ContactNotFoundError(contactId, campaignId)
  const now = clock.now()
  const reasons = [...ownReasons(row, now)]
  if ([0, 4].includes(row.status)) reasons.push(...(await gateReasons(extensions, campaignId, row.marks)))
  const why = row.last_handout === null ? null : await whyHandedOut(db, row.last_handout)
  return {
    dialable: reasons.length === 0,
    reasons,
    handedOut: why === null ? null : { handoutId: row.last_handout!, open: row.handout_id !== null, why },
    attempts: row.attempts
  }
}

const closed: Readonly<Record<string, string>> = {
  qualified: 'Its last qualification closed it',
  stop: 'The person asked not to be called again',
  attempts_exhausted: 'All its attempts are used up',
  suppressed: 'All its numbers are suppressed',
  given_up: 'A supervisor gave up the callback that was promised'
}

function* ownReasons(row: Row, now: Date): Generator<Reason> {
  switch (row.status) {
    case 1:
    case 5:
      yield reason('handed_out', `It is with ${row.agent ?? 'an agent'}`, row.expires_at, row.agent_id)
      return
    case 2:
      yield reason('positive', 'It was qualified as positive')
      return
    case 6:
      yield reason('over_quota', 'It was positive when a limit was reached, and counts nowhere')
      return
    case 3:
      yield reason(row.closed_reason ?? 'qualified', closed[row.closed_reason ?? 'qualified']!)
      return
  }
  if (!row.active) yield reason('campaign_closed', `Campaign '${row.name}' is not active`)
  if (row.callback_at && row.callback_at > now)
    yield reason(
      'callback_later',
      `A callback is promised by ${row.callback_agent ?? 'the team'}`,
      row.callback_at,
      row.callback_agent_id
    )
  if (row.due_at && row.due_at > now) yield reason('retry_later', 'Its next try is later', row.due_at)
  if (row.all_suppressed) yield reason('suppressed', closed.suppressed!)
  const { hours, calendar, zone } = hoursIn(row, row.zone, row.region)
  const shut = whyClosed(hours, calendar, now, zone)
  if (shut) {
    const detail = 'name' in shut ? `${shut.name} in ${zone}` : `The campaign may not call now in ${zone}`
    yield reason(shut.reason, detail, nextOpening(hours, calendar, now, zone))
  }
}

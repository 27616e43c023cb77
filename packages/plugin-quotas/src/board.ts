import type { Knex } from 'knex'
import { type Forecast, forecast } from './forecast.ts'
import { type RuleRow, remainingOf } from './rule.ts'

/** Where a rule stands, for the supervisor's board. */
export interface BoardRow {
  readonly rule: RuleRow
  readonly remaining: number
  /** Contacts of the rule that can still be handed out, now or later. */
  readonly contactsLeft: number
  readonly forecast: Forecast
}

const quarterMs = 15 * 60_000

/**
 * Rules of a campaign with ids beyond `after`, in their order, or of these those of `only`; what other rules hold
 * back counts as left.
 */
export async function readBoard(
  db: Knex,
  campaignId: number,
  now: Date,
  after = 0,
  limit = 1_000,
  only: readonly number[] | null = null
): Promise<BoardRow[]> {
  const { rows } = await db.raw<{ rows: (RuleRow & { contacts_left: number })[] }>(
    `select r.*, coalesce(w.waiting, 0)::int as contacts_left
       from (select * from quotas.rules where campaign_id = :campaignId and state <> 'removed' and id > :after
              and (:only::int[] is null or id = any(:only)) order by id limit :limit) r
       left join lateral (select sum(s.waiting) as waiting from core.segment_marks m
                            join core.segments s on s.campaign_id = m.campaign_id and s.id = m.segment_id
                           where m.campaign_id = r.campaign_id and m.mark = r.mark) w on true
      order by r.id`,
    { campaignId, after, limit, only: only as number[] | null }
  )
  return rows.map(({ contacts_left: contactsLeft, ...rule }) => {
    const { completed, reserved, worked, limit: places } = rule
    const standing = {
      completed,
      reserved,
      worked,
      limit: places,
      contactsLeft,
      recent: recentOf(rule, now),
      now
    }
    return { rule, remaining: remainingOf(rule), contactsLeft, forecast: forecast(standing) }
  })
}

/** The quarter of an hour under way and the one before. */
function recentOf({ pace_from, pace_worked, pace_before }: RuleRow, now: Date) {
  const ms = Math.min(quarterMs, Math.max(1, now.getTime() - pace_from.getTime()))
  return [
    { ms, worked: pace_worked },
    { ms: quarterMs, worked: pace_before }
  ]
}

import type { Knex } from 'knex'
import { type Static, Type } from 'typebox'
import type { RowScope } from '../../kernel/actor.ts'
import { outcomes } from './call-record.ts'

const day = 86_400_000
/** A search that names no period covers the last 90 days: without one, every month there is would be read. */
const defaultPeriodMs = 90 * day

/** What calls can be searched by. All given conditions hold at once. */
export const HistoryFilterFields = {
  campaignId: Type.Optional(Type.Integer({ minimum: 0, description: '0: calls without a campaign' })),
  agentId: Type.Optional(Type.Integer({ minimum: 1 })),
  contactId: Type.Optional(Type.Integer({ minimum: 1 })),
  handoutId: Type.Optional(Type.Integer({ minimum: 1 })),
  siteId: Type.Optional(Type.Integer({ minimum: 1 })),
  number: Type.Optional(
    Type.String({
      pattern: '^[+ ]?[1-9][0-9]{3,14}$',
      description: 'Whole number, E.164; in an address + is written %2B, or left out'
    })
  ),
  numberEnds: Type.Optional(
    Type.String({ pattern: '^[0-9]{4,15}$', description: 'Last digits of the number, 4 at least' })
  ),
  outcome: Type.Optional(
    Type.Array(Type.Enum([...outcomes]), {
      minItems: 1,
      uniqueItems: true,
      description: 'One of these; repeat the parameter'
    })
  ),
  dispositionId: Type.Optional(Type.Integer({ minimum: 0 })),
  direction: Type.Optional(Type.Enum(['outbound', 'inbound'])),
  from: Type.Optional(Type.String({ format: 'date-time', description: 'Started at or after' })),
  to: Type.Optional(Type.String({ format: 'date-time', description: 'Started before' }))
}
const FilterSchema = Type.Object(HistoryFilterFields)
export type HistoryFilter = Static<typeof FilterSchema>

/** A filter whose period is decided. */
export type PeriodFilter = HistoryFilter & {
  readonly from: string
  readonly to: string
  /** What whoever searches may see; without it everything. */
  readonly scope?: RowScope
}

/**
 * Decides the period: up to a day from now (clocks of PBXs run ahead), from 90 days before its end, unless given.
 * The number becomes E.164, whatever became of its + on the way.
 */
export function withPeriod(filter: HistoryFilter & { scope?: RowScope }, now: Date): PeriodFilter {
  const to = filter.to ?? new Date(now.getTime() + day).toISOString()
  const from = filter.from ?? new Date(Date.parse(to) - defaultPeriodMs).toISOString()
  const { number } = filter
  return { ...filter, from, to, ...(number !== undefined && { number: `+${number.replace(/^[+ ]/, '')}` }) }
}

/** Adds the conditions of a filter to a query on core.call_history (as `h`). */
export function applyFilter(query: Knex.QueryBuilder, filter: PeriodFilter): void {
  query.where('h.started_at', '>=', filter.from).where('h.started_at', '<', filter.to)
  const equal = {
    'h.campaign_id': filter.campaignId,
    'h.agent_id': filter.agentId,
    'h.contact_id': filter.contactId,
    'h.handout_id': filter.handoutId,
    'h.site_id': filter.siteId,
    'h.disposition_id': filter.dispositionId,
    'h.direction': filter.direction
  }
  for (const [column, value] of Object.entries(equal)) if (value !== undefined) query.where(column, value)
  const { siteIds = null, campaignIds = null } = filter.scope ?? {}
  if (siteIds) query.whereIn('h.site_id', siteIds)
  if (campaignIds) query.whereIn('h.campaign_id', campaignIds)
  if (filter.outcome) query.whereIn('h.outcome', filter.outcome)
  // One index over the digits from behind serves both: equality, and the prefix of what is reversed.
  if (filter.number !== undefined) query.whereRaw('reverse(h.number) = reverse(?)', [filter.number])
  if (filter.numberEnds !== undefined) {
    const reversed = [...filter.numberEnds].reverse().join('')
    query.whereRaw('reverse(h.number) like ?', [`${reversed}%`])
  }
}

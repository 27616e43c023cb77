import { Type } from 'typebox'
import type { Kernel } from '../../kernel/kernel.ts'
import type { PluginScope } from '../../kernel/plugin.ts'
import { campaignsOf } from '../campaign/campaign-scope.ts'
import { floorStats } from './call-day-stats.ts'
import { outcomes } from './call-record.ts'
import { PeriodError } from './history-errors.ts'

const groups = {
  campaign: 's.campaign_id as campaignId',
  day: 's.day',
  agent: 's.agent_id as agentId',
  outcome: 's.outcome',
  disposition: 's.disposition_id as dispositionId'
} as const
type Group = keyof typeof groups

const NullableInt = Type.Union([Type.Integer(), Type.Null()])
const Day = Type.String({ format: 'date' })
const Line = Type.Object({
  campaignId: Type.Optional(Type.Integer()),
  day: Type.Optional(Day),
  agentId: Type.Optional(NullableInt),
  outcome: Type.Optional(Type.String()),
  dispositionId: Type.Optional(NullableInt),
  calls: Type.Integer(),
  answered: Type.Integer(),
  positive: Type.Integer({ description: 'With a disposition that is positive today' }),
  talkMs: Type.Integer(),
  billableMs: Type.Integer()
})

const dayMs = 86_400_000
/** Days without `from`: the search's period. */
const defaultDays = 90
const maxLines = 10_000

/** Sums over finished calls, from the roll-up that their writer keeps. */
export function registerCallStatsRoutes(scope: PluginScope, { db, clock }: Kernel): void {
  scope.get(
    '/call-stats',
    {
      config: { permission: 'calls:read' },
      schema: {
        operationId: 'callStats',
        summary: "Calls, talk time and results by day of the campaign's zone, agent, outcome or disposition",
        tags: ['call history'],
        querystring: Type.Object({
          groupBy: Type.Array(Type.Enum(Object.keys(groups) as Group[]), {
            uniqueItems: true,
            default: ['day'],
            description: 'Repeat the parameter to group by several'
          }),
          campaignId: Type.Optional(Type.Integer({ minimum: 0 })),
          agentId: Type.Optional(Type.Integer({ minimum: 1 })),
          outcome: Type.Optional(Type.Array(Type.Enum([...outcomes]), { uniqueItems: true })),
          dispositionId: Type.Optional(Type.Integer({ minimum: 0 })),
          from: Type.Optional(Day),
          to: Type.Optional({ ...Day, description: 'Last day, included' })
        }),
        response: { 200: Type.Object({ from: Day, to: Day, items: Type.Array(Line) }) }
      }
    },
    async ({ actor, query: { groupBy, campaignId, agentId, outcome, dispositionId, ...period } }) => {
      // A day more than today's: in the zone of a campaign tomorrow may have begun.
      const to = period.to ?? dayOf(clock.now().getTime() + dayMs)
      const from = period.from ?? dayOf(Date.parse(to) - defaultDays * dayMs)
      if (from > to) throw new PeriodError('from must not lie after to')
      const siteIds = actor.scope?.siteIds ?? null
      const campaignIds = campaignsOf(actor)
      const ofAgents = agentId !== undefined || groupBy.includes('agent') || siteIds !== null
      const lines = db
        .from(ofAgents ? 'core.call_stats as s' : db.raw(floorStats, { from, to }))
        .leftJoin('core.dispositions as d', 'd.id', 's.disposition_id')
        .whereBetween('s.day', [from, to])
        .select(
          db.raw(`sum(s.calls)::int as calls,
            coalesce(sum(s.calls) filter (where s.outcome = 'answered'), 0)::int as answered,
            coalesce(sum(s.calls) filter (where d.positive), 0)::int as positive,
            sum(s.talk_ms)::bigint as "talkMs", sum(s.billable_ms)::bigint as "billableMs"`)
        )
        .havingRaw('sum(s.calls) > 0')
        .limit(maxLines + 1)
      if (siteIds) lines.whereIn('s.agent_id', db('core.users').whereIn('site_id', siteIds).select('id'))
      if (campaignIds) lines.whereIn('s.campaign_id', campaignIds)
      if (campaignId !== undefined) lines.where('s.campaign_id', campaignId)
      if (agentId !== undefined) lines.where('s.agent_id', agentId)
      if (outcome) lines.whereIn('s.outcome', outcome)
      if (dispositionId !== undefined) lines.where('s.disposition_id', dispositionId)
      for (const group of groupBy) {
        const [column] = groups[group].split(' as ')
        lines.select(groups[group]).groupBy(column!).orderBy(column!) // split has a first part
      }
      const items = await lines
      if (items.length > maxLines) {
        throw new PeriodError(
          `More than ${maxLines} lines: choose a shorter period, one campaign or fewer groups`
        )
      }
      return { from, to, items }
    }
  )
}

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

import { type Static, Type } from 'typebox'
import type { RowScope } from '../../kernel/actor.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { PluginScope } from '../../kernel/plugin.ts'
import { HistoryEntry } from './call-history-row.ts'
import { type HistoryFilter, HistoryFilterFields, withPeriod } from './call-history-search.ts'
import { CallHistoryView, cursorPattern, type HistorySort, historySorts } from './call-history-view.ts'
import { PeriodError } from './history-errors.ts'

const paging = {
  sort: Type.Enum([...historySorts], {
    default: '-startedAt',
    description: '- is downwards. By talkMs: answered calls only; by talkMs and endedAt: in 13 months at most'
  }),
  limit: Type.Integer({ minimum: 1, maximum: 500, default: 50 }),
  after: Type.Optional(Type.String({ pattern: cursorPattern, description: "The page before's `next`" }))
}
const { agentId: _, ...ownFields } = HistoryFilterFields
const Search = Type.Object({ ...HistoryFilterFields, ...paging })
const OwnSearch = Type.Object({ ...ownFields, ...paging })
type Search = Static<typeof Search>

const Page = Type.Object({ items: Type.Array(HistoryEntry), next: Type.Union([Type.String(), Type.Null()]) })

/** Throws CORE_PERIOD when the period ends before it begins. */
export function checkPeriod({ from, to }: HistoryFilter): void {
  if (from !== undefined && to !== undefined && Date.parse(from) >= Date.parse(to)) {
    throw new PeriodError('from must lie before to')
  }
}

/** The search in finished calls: everybody's for those who may, and each agent's own. */
export function registerCallHistoryRoutes(scope: PluginScope, { db, clock }: Kernel): void {
  const history = new CallHistoryView(db)
  const search = async ({ sort, limit, after, ...filter }: Search & { scope?: RowScope }) => {
    checkPeriod(filter)
    return history.list(withPeriod(filter, clock.now()), { sort: sort as HistorySort, limit, after })
  }

  scope.get(
    '/call-history',
    {
      config: { permission: 'calls:read' },
      schema: {
        operationId: 'listCallHistory',
        summary: 'Finished calls, newest first; the last 90 days unless a period is given',
        tags: ['call history'],
        querystring: Search,
        response: { 200: Page }
      }
    },
    async ({ actor, query }) => search({ ...query, ...(actor.scope && { scope: actor.scope }) })
  )

  scope.get(
    '/agent/call-history',
    {
      config: { permission: 'calls:read-own' },
      schema: {
        operationId: 'listOwnCallHistory',
        summary: 'Finished calls of the agent who asks',
        tags: ['call history'],
        querystring: OwnSearch,
        response: { 200: Page }
      }
    },
    async ({ actor, query }) => search({ ...query, agentId: actor.kind === 'user' ? actor.id : 0 })
  )
}

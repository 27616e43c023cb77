/** Which finished calls are asked for. */
export interface HistoryQuery {
  readonly scope: 'own' | 'all'
  readonly contactId: number | null
  readonly campaignId: number | null
  readonly agentId: number | null
  readonly outcome: string
  /** Last digits of the number; fewer than 4 are no condition. */
  readonly numberEnds: string
  /** First day, `2026-11-01`; empty: the server's 90 days. */
  readonly from: string
  readonly oldestFirst: boolean
  readonly limit: number
}

/** The conditions alone, as the server's history, and an export of it, take them. */
export interface HistoryFilter {
  readonly contactId?: number
  readonly campaignId?: number
  readonly agentId?: number
  readonly outcome?: readonly string[]
  readonly numberEnds?: string
  /** ISO 8601. */
  readonly from?: string
}

/** What a query asks for, in a fixed order, without its order and paging. */
export const historyFilter = (query: HistoryQuery): HistoryFilter => ({
  ...(query.contactId !== null && { contactId: query.contactId }),
  ...(query.campaignId !== null && { campaignId: query.campaignId }),
  ...(query.scope === 'all' && query.agentId !== null && { agentId: query.agentId }),
  ...(query.outcome && { outcome: [query.outcome] }),
  ...(query.numberEnds.length >= 4 && { numberEnds: query.numberEnds }),
  ...(query.from && { from: new Date(`${query.from}T00:00:00`).toISOString() })
})

/** The address that answers it, in a fixed order of parameters. */
export function historyPath(query: HistoryQuery, after: string | null): string {
  const { scope, oldestFirst, limit } = query
  const search = new URLSearchParams({ sort: oldestFirst ? 'startedAt' : '-startedAt', limit: String(limit) })
  for (const [name, value] of Object.entries(historyFilter(query))) search.set(name, String(value))
  if (after) search.set('after', after)
  return `/api/${scope === 'own' ? 'agent/' : ''}call-history?${search}`
}

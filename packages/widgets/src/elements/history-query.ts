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

/** The address that answers it, in a fixed order of parameters. */
export function historyPath(query: HistoryQuery, after: string | null): string {
  const { scope, contactId, campaignId, agentId, outcome, numberEnds, from, oldestFirst, limit } = query
  const search = new URLSearchParams({ sort: oldestFirst ? 'startedAt' : '-startedAt', limit: String(limit) })
  if (contactId !== null) search.set('contactId', String(contactId))
  if (campaignId !== null) search.set('campaignId', String(campaignId))
  if (scope === 'all' && agentId !== null) search.set('agentId', String(agentId))
  if (outcome) search.set('outcome', outcome)
  if (numberEnds.length >= 4) search.set('numberEnds', numberEnds)
  if (from) search.set('from', new Date(`${from}T00:00:00`).toISOString())
  if (after) search.set('after', after)
  return `/api/${scope === 'own' ? 'agent/' : ''}call-history?${search}`
}

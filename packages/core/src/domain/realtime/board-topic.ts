import type { Kernel } from '../../kernel/kernel.ts'
import type { BothLanguages } from '../telephony/agent-leg.ts'
import type { RealtimeTopic, TopicRow } from './realtime-topic.ts'

interface BoardRow {
  readonly agentId: number
  readonly displayName: string
  readonly siteId: number | null
  readonly siteName: string | null
  readonly state: string
  readonly since: Date
  readonly pauseReason: string | null
  readonly pauseRequested: string | null
  /** Of either; null when the list of reasons does not name it. */
  readonly pauseLabels: BothLanguages | null
  readonly station: string | null
  readonly campaignId: number | null
  readonly campaignName: string | null
  readonly callId: string | null
  readonly revision: number
  /** Campaigns he is assigned to. */
  readonly assigned: number[]
}

/** The floor: every active user who was ever at work, with what he does now. */
export const boardTopic = ({ db }: Pick<Kernel, 'db'>): RealtimeTopic => {
  const read = async (ids: readonly number[] | null): Promise<BoardRow[]> => {
    const { rows } = await db.raw<{ rows: BoardRow[] }>(
      `select u.id as "agentId", u.display_name as "displayName", u.site_id as "siteId", s.name as "siteName", a.state, a.since,
              a.pause_reason as "pauseReason", a.pause_requested as "pauseRequested", w.station,
              case when p.code is not null then json_build_object('fr', p.label_fr, 'en', p.label_en) end as "pauseLabels",
              coalesce(c.campaign_id, h.campaign_id) as "campaignId", k.name as "campaignName", a.call_id as "callId", a.revision,
              array(select campaign_id from core.campaign_agents m where m.agent_id = u.id) as assigned
         from core.agent_states a join core.users u on u.id = a.agent_id and u.active
         left join core.sites s on s.id = u.site_id
         left join core.agent_sessions w on w.agent_id = u.id and w.logged_out_at is null
         left join core.pause_reasons p on p.code = coalesce(a.pause_reason, a.pause_requested)
         left join core.calls c on c.id = a.call_id
         left join core.handouts h on h.id = a.handout_id
         left join core.campaigns k on k.id = coalesce(c.campaign_id, h.campaign_id)
        where a.until is null and (?::int[] is null or a.agent_id = any(?))
        order by u.id`,
      [ids as number[] | null, ids as number[] | null]
    )
    return rows
  }
  return {
    name: 'board',
    permission: 'agents:watch',
    of: 'all',
    kinds: ['agents', 'profiles'],
    gatherMs: 100,
    snapshot: async () => (await read(null)).map(rowOf),
    async changes(_query, facts) {
      const ids = [...new Set([...facts.values()].flatMap(some => [...some].map(Number)))]
      const rows = await read(ids)
      const found = new Set(rows.map(({ agentId }) => agentId))
      return { rows: rows.map(rowOf), gone: ids.filter(id => !found.has(id)) }
    }
  }
}

function rowOf({ assigned, since, ...row }: BoardRow): TopicRow {
  const campaignIds = row.campaignId === null ? assigned : [...assigned, row.campaignId]
  return {
    key: row.agentId,
    owner: { siteId: row.siteId, campaignIds },
    row: { ...row, since: since.toISOString() }
  }
}

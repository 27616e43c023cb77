import type { Kernel } from '../../kernel/kernel.ts'
import type { RealtimeTopic, TopicRow } from './realtime-topic.ts'

interface CampaignRow {
  readonly id: number
  readonly name: string
  readonly active: boolean
  readonly dialMode: string
  readonly contactsLeft: number
  readonly inHand: number
  readonly agentsAtWork: number
  readonly revision: number
}

/** Campaigns with what is left of them. */
export const campaignsTopic = ({ db }: Pick<Kernel, 'db'>): RealtimeTopic => {
  const read = async (ids: readonly number[] | null): Promise<CampaignRow[]> => {
    const { rows } = await db.raw<{ rows: CampaignRow[] }>(
      `select c.id, c.name, c.active, c.dial_mode as "dialMode",
              (select coalesce(sum(s.waiting), 0)::int from core.segments s where s.campaign_id = c.id and s.blocked = 0) as "contactsLeft",
              (select count(*)::int from core.handouts h where h.campaign_id = c.id and h.ended_at is null) as "inHand",
              (select count(*)::int from core.campaign_agents m join core.agent_sessions w
                 on w.agent_id = m.agent_id and w.logged_out_at is null
                and (w.campaign_ids is null or m.campaign_id = any(w.campaign_ids)) where m.campaign_id = c.id) as "agentsAtWork",
              c.revision
         from core.campaigns c where c.id > 0 and (?::int[] is null or c.id = any(?)) order by c.priority, c.id`,
      [ids as number[] | null, ids as number[] | null]
    )
    return rows
  }
  return {
    name: 'campaigns',
    permission: 'agents:watch',
    of: 'all',
    kinds: ['campaigns', 'lists'],
    gatherMs: 1_000,
    snapshot: async () => (await read(null)).map(rowOf),
    changes: async (_query, facts) => ({
      rows: (await read([...facts.values()].flatMap(ids => [...ids].map(Number)))).map(rowOf),
      gone: []
    })
  }
}

/** A campaign belongs to no site: who may see one site only sees the campaigns, but no agent of other sites. */
const rowOf = (row: CampaignRow): TopicRow => ({
  key: row.id,
  owner: { siteId: 'every', campaignIds: [row.id] },
  row
})

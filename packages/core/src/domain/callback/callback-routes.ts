import { type Static, Type } from 'typebox'
import type { Kernel } from '../../kernel/kernel.ts'
import { Nullable } from '../../kernel/nullable.ts'
import type { PluginScope } from '../../kernel/plugin.ts'
import { campaignsOf } from '../campaign/campaign-scope.ts'
import { gateReasons, Reason } from '../dispatch/reasons.ts'
import { giveUpCallback } from './give-up.ts'

const Callback = Type.Object(
  {
    id: Type.Integer(),
    campaignId: Type.Integer(),
    campaignName: Type.String(),
    contactId: Type.Integer(),
    lastName: Nullable(Type.String()),
    firstName: Nullable(Type.String()),
    agentId: Nullable(Type.Integer({ description: 'null: anybody of the campaign' })),
    agentName: Nullable(Type.String()),
    dueAt: Type.String({ format: 'date-time' }),
    teamAt: Nullable(Type.String({ format: 'date-time', description: 'From then on anybody' })),
    heldBack: Type.Boolean({
      description: 'A limit is reached: it is kept and handed out when there is room again'
    }),
    heldBackBy: Type.Array(Reason, {
      description: 'The limits; raise one, as a supervisor may, and the callback is served when it is due'
    })
  },
  { $id: 'Core.Callback' }
)

type Row = Omit<Static<typeof Callback>, 'dueAt' | 'teamAt' | 'heldBackBy'> & {
  readonly dueAt: Date
  readonly teamAt: Date | null
  readonly segment: number
  readonly marks: readonly number[]
}

/** Promised callbacks that are open: an agent sees his own and the team's, who reads contacts sees all. */
export function registerCallbackRoutes(scope: PluginScope, { db, extensions, log }: Kernel): void {
  scope.get(
    '/callbacks',
    {
      config: { permission: 'agent:work' },
      schema: {
        operationId: 'listCallbacks',
        summary: 'Open callbacks, the next first',
        querystring: Type.Object({
          campaignId: Type.Optional(Type.Integer({ minimum: 1 })),
          heldBack: Type.Optional(Type.Boolean({ description: 'Only those that are, or are not' })),
          limit: Type.Integer({ minimum: 1, maximum: 500, default: 100 })
        }),
        response: { 200: Type.Object({ items: Type.Array(Callback) }) }
      }
    },
    async ({ actor, query }) => {
      const all = actor.permissions.has('contacts:read')
      const { rows } = await db.raw<{ rows: Row[] }>(
        `with shut as materialized (select campaign_id, core.dispatch_excluded(campaign_id) as marks
           from (select distinct campaign_id from core.callbacks where done_at is null) open)
         select b.id, b.campaign_id as "campaignId", c.name as "campaignName", b.contact_id as "contactId",
                k.last_name as "lastName", k.first_name as "firstName", b.agent_id as "agentId", u.display_name as "agentName",
                b.due_at as "dueAt", b.team_at as "teamAt", s.id as segment, s.marks, x.held as "heldBack"
           from core.callbacks b
           join core.campaigns c on c.id = b.campaign_id
           join core.contacts k on k.campaign_id = b.campaign_id and k.id = b.contact_id
           join core.segments s on s.campaign_id = b.campaign_id and s.id = k.segment_id
           join shut on shut.campaign_id = b.campaign_id
          cross join lateral (select s.blocked > 0 or s.marks && shut.marks as held) x
           left join core.users u on u.id = b.agent_id
          where b.done_at is null and (cast(:campaignId as int) is null or b.campaign_id = :campaignId)
            and (cast(:heldBack as boolean) is null or x.held = :heldBack)
            and (cast(:within as int[]) is null or b.campaign_id = any(:within))
            and (:all or b.agent_id = :agentId or (b.agent_id is null and b.campaign_id in
                 (select campaign_id from core.campaign_agents where agent_id = :agentId)))
          order by b.due_at, b.id limit :limit`,
        {
          campaignId: query.campaignId ?? null,
          heldBack: query.heldBack ?? null,
          all,
          within: campaignsOf(actor),
          agentId: actor.id,
          limit: query.limit
        }
      )
      const held = new Map<string, Promise<Reason[]>>()
      const heldBy = ({ campaignId, segment, marks }: Row): Promise<Reason[]> => {
        const key = `${campaignId} ${segment}`
        const reasons = held.get(key) ?? gateReasons(extensions, campaignId, marks)
        held.set(key, reasons)
        return reasons
      }
      const items = rows.map(async row => {
        const { segment, marks, ...callback } = row
        return {
          ...callback,
          dueAt: row.dueAt.toISOString(),
          teamAt: row.teamAt?.toISOString() ?? null,
          heldBackBy: row.heldBack ? await heldBy(row) : []
        }
      })
      return { items: await Promise.all(items) }
    }
  )

  scope.delete(
    '/callbacks/:id',
    {
      config: { permission: 'handouts:correct' },
      schema: {
        operationId: 'giveUpCallback',
        summary: 'Give up an open callback: its contact is closed and called no more',
        params: Type.Object({ id: Type.Integer({ minimum: 1 }) }),
        response: { 204: Type.Null() }
      }
    },
    async ({ actor, params }, reply) => {
      await giveUpCallback(db, actor, params.id)
      log.info({ callbackId: params.id, by: actor.id }, 'a callback was given up')
      return reply.code(204).send(null)
    }
  )
}

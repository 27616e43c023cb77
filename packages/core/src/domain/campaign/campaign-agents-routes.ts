import { Type } from 'typebox'
import type { Kernel } from '../../kernel/kernel.ts'
import type { PluginScope } from '../../kernel/plugin.ts'
import { CampaignNotFoundError, UnknownReferenceError } from '../errors.ts'
import { checkCampaign } from './campaign-scope.ts'

const Id = Type.Object({ id: Type.Integer({ minimum: 0 }) })
const CampaignAgents = Type.Object({ agentIds: Type.Array(Type.Integer()) })

/** Who works in a campaign: read and set as a whole. */
export function registerCampaignAgents(scope: PluginScope, { db }: Kernel): void {
  scope.get(
    '/campaigns/:id/agents',
    {
      config: { permission: 'users:read' },
      schema: {
        operationId: 'listCampaignAgents',
        summary: 'Who works in this campaign',
        params: Id,
        response: { 200: CampaignAgents }
      }
    },
    async ({ actor, params }) => {
      checkCampaign(actor, params.id)
      if (!(await db('core.campaigns').where({ id: params.id }).first('id')))
        throw new CampaignNotFoundError(params.id)
      const agentIds: number[] = await db('core.campaign_agents')
        .where({ campaign_id: params.id })
        .orderBy('agent_id')
        .pluck('agent_id')
      return { agentIds }
    }
  )

  scope.put(
    '/campaigns/:id/agents',
    {
      config: { permission: 'campaigns:write' },
      schema: {
        operationId: 'setCampaignAgents',
        summary: 'Say who works in this campaign; whoever is not named no longer does',
        params: Id,
        body: Type.Object({
          agentIds: Type.Array(Type.Integer({ minimum: 1 }), { maxItems: 10_000, uniqueItems: true })
        }),
        response: { 200: CampaignAgents }
      }
    },
    async ({ actor, params, body }) => {
      checkCampaign(actor, params.id)
      await db.transaction(async trx => {
        const campaign = await trx('core.campaigns').where({ id: params.id }).forUpdate().first('id')
        if (!campaign || params.id === 0) throw new CampaignNotFoundError(params.id)
        const known = await trx('core.users').whereIn('id', body.agentIds).pluck('id')
        const unknown = body.agentIds.find(id => !known.includes(id))
        if (unknown !== undefined) throw new UnknownReferenceError('User', unknown)
        await trx('core.campaign_agents')
          .where({ campaign_id: params.id })
          .whereNotIn('agent_id', body.agentIds)
          .delete()
        const rows = body.agentIds.map(agent_id => ({ campaign_id: params.id, agent_id }))
        if (rows.length > 0)
          await trx('core.campaign_agents').insert(rows).onConflict(['campaign_id', 'agent_id']).ignore()
      })
      return { agentIds: [...body.agentIds].sort((a, b) => a - b) }
    }
  )
}

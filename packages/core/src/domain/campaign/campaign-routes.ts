import { Type } from 'typebox'
import { mapConstraints } from '../../kernel/constraint.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { PluginScope } from '../../kernel/plugin.ts'
import { invalidField } from '../../kernel/problem.ts'
import { checkRevision, etagOf, IfMatch, readIfMatch } from '../../kernel/revision.ts'
import { forgetZones } from '../dispatch/zone-hours.ts'
import { CampaignNotFoundError, CampaignReservedError, duplicateField } from '../errors.ts'
import { campaignsOf, checkCampaign } from './campaign-scope.ts'
import {
  Campaign,
  CampaignChanges,
  campaignColumns,
  NewCampaign,
  toCampaignRow
} from './campaign-settings.ts'

const Id = Type.Object({ id: Type.Integer({ minimum: 0 }) })
const refusals = {
  campaigns_name_key: () => duplicateField('name', 'A campaign of this name exists already.'),
  campaigns_disposition_set_id_fkey: () =>
    invalidField('dispositionSetId', 'is not the id of a disposition set')
}

/** Campaigns: made, read, changed; they are never deleted, as calls refer to them. */
export function registerCampaignRoutes(scope: PluginScope, { db }: Kernel): void {
  const read = { permission: 'campaigns:read' }
  const write = { permission: 'campaigns:write' }

  scope.post(
    '/campaigns',
    {
      config: write,
      schema: {
        operationId: 'createCampaign',
        summary: 'Create a campaign',
        body: NewCampaign,
        response: { 201: Campaign }
      }
    },
    async ({ body }, reply) => {
      const insert = db('core.campaigns').insert(toCampaignRow(body)).returning(campaignColumns)
      const [row] = await mapConstraints(insert, refusals)
      return reply.code(201).header('etag', etagOf(row!)).send(row!) // one inserted row
    }
  )

  scope.get(
    '/campaigns',
    {
      config: read,
      schema: {
        operationId: 'listCampaigns',
        summary: 'Campaigns; an agent sees those he works in',
        response: { 200: Type.Object({ items: Type.Array(Campaign) }) }
      }
    },
    async ({ actor }) => {
      const query = db('core.campaigns')
        .where('id', '>', 0)
        .orderBy(['priority', 'id'])
        .select(campaignColumns)
      if (!actor.permissions.has('campaigns:write')) {
        query.whereIn('id', db('core.campaign_agents').where({ agent_id: actor.id }).select('campaign_id'))
      }
      const seen = campaignsOf(actor)
      if (seen) query.whereIn('id', seen)
      return { items: await query }
    }
  )

  scope.patch(
    '/campaigns/:id',
    {
      config: write,
      schema: {
        operationId: 'updateCampaign',
        summary: 'Change a campaign',
        params: Id,
        headers: IfMatch,
        body: CampaignChanges,
        response: { 200: Campaign }
      }
    },
    async ({ actor, params: { id }, body, headers }, reply) => {
      if (id === 0) throw new CampaignReservedError()
      checkCampaign(actor, id)
      const row = await db.transaction(async trx => {
        const found = await trx('core.campaigns').where({ id }).forUpdate().first('revision')
        if (!found) throw new CampaignNotFoundError(id)
        checkRevision(found, readIfMatch(headers['if-match']))
        const update = trx('core.campaigns')
          .where({ id })
          .update({ ...toCampaignRow(body), revision: trx.raw('revision + 1') })
          .returning(campaignColumns)
        const [changed] = await mapConstraints(update, refusals)
        await forgetZones(trx, id) // hours, zone or whether it is active: look again, and tell who waits
        return changed! // locked above
      })
      reply.header('etag', etagOf(row))
      return row
    }
  )
}

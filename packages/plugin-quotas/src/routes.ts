import { type Actor, type Kernel, Nullable, type PluginScope, seesCampaign } from '@evscallpro/core'
import { Type } from 'typebox'
import { audit } from './audit.ts'
import { type BoardRow, readBoard } from './board.ts'
import { CampaignUnknownError, RuleNotFoundError } from './errors.ts'
import type { RuleBook } from './rule-book.ts'

const Mode = Type.Enum(['strict', 'soft'], {
  description: 'strict: a call in progress reserves, so the limit is never passed; soft: only positives count'
})
// What the rule asks is read by the plugin itself, which names the field and the mend.
const fields = {
  label: Type.Optional(Nullable(Type.String({ maxLength: 120 }))),
  field: Type.Optional(Type.Unknown({ description: 'A column such as postal_code, or custom_fields.<key>' })),
  operator: Type.Optional(
    Type.Unknown({
      description: 'equals, not_equals, starts_with, contains, in, lt, lte, gt, gte, between or is_set'
    })
  ),
  value: Type.Optional(Type.Unknown({ description: 'A list for in and between; absent for is_set' })),
  limit: Type.Optional(Type.Unknown({ description: 'Positive contacts at most, from 1' })),
  mode: Type.Optional(Mode)
}
const RuleInput = Type.Object(fields)

const Rule = Type.Object(
  {
    id: Type.Integer(),
    campaignId: Type.Integer(),
    label: Nullable(Type.String()),
    field: Type.String(),
    operator: Type.String(),
    values: Type.Array(Type.Union([Type.String(), Type.Number()])),
    mode: Mode,
    limit: Type.Integer(),
    state: Type.Enum(['building', 'active'], {
      description: 'building: contacts are still being counted, page by page'
    }),
    completed: Type.Integer(),
    reserved: Type.Integer({ description: 'Calls of the rule in progress' }),
    remaining: Type.Integer(),
    contactsLeft: Type.Integer(),
    completionRate: Nullable(
      Type.Number({ description: 'Positives per worked contact; null: too few to say' })
    ),
    forecast: Type.Object({
      state: Type.Enum(['full', 'fills', 'short', 'unknown']),
      at: Nullable(Type.String({ format: 'date-time', description: 'fills: around when' })),
      contacts: Nullable(Type.Integer({ description: 'short: about so many contacts are missing' })),
      reason: Nullable(Type.String({ description: 'unknown: why' }))
    }),
    revision: Type.Integer()
  },
  { $id: 'Quotas.Rule' }
)

/** A rule as the API and the boards show it. */
export function toWire({ rule, remaining, contactsLeft, forecast: { rate, outcome } }: BoardRow) {
  const {
    id,
    campaign_id: campaignId,
    label,
    field,
    operator,
    values,
    mode,
    limit,
    completed,
    reserved,
    revision
  } = rule
  return {
    ...{
      id,
      campaignId,
      label,
      field,
      operator,
      values: [...values],
      mode,
      limit,
      completed,
      reserved,
      revision
    },
    state: rule.state === 'building' ? ('building' as const) : ('active' as const),
    remaining,
    contactsLeft,
    completionRate: rate,
    forecast: {
      state: outcome.state,
      at: outcome.state === 'fills' ? outcome.at.toISOString() : null,
      contacts: outcome.state === 'short' ? outcome.contacts : null,
      reason: outcome.state === 'unknown' ? outcome.reason : null
    }
  }
}

const Id = Type.Object({ id: Type.Integer({ minimum: 1 }) })

function checkCampaign(actor: Actor, id: number): void {
  if (!seesCampaign(actor, id)) throw new CampaignUnknownError(id)
}

/** Rules of a campaign: the board, and everything that changes them. */
export function registerRoutes(scope: PluginScope, { db, clock }: Kernel, book: RuleBook): void {
  const read = { permission: 'quotas:read' }
  const write = { permission: 'quotas:write' }

  const checkRule = async (actor: Actor, id: number): Promise<void> => {
    if (!seesCampaign(actor, (await book.find(id)).campaign_id)) throw new RuleNotFoundError(id)
  }

  const one = async (id: number) => {
    const { campaign_id: campaignId } = await book.find(id)
    const [row] = await readBoard(db, campaignId, clock.now(), id - 1, 1)
    return toWire(row!)
  }

  scope.get(
    '/campaigns/:id/rules',
    {
      config: read,
      schema: {
        operationId: 'listQuotaRules',
        summary: 'The rules of a campaign and where they stand, by id',
        params: Id,
        querystring: Type.Object({
          after: Type.Integer({ minimum: 0, default: 0 }),
          limit: Type.Integer({ minimum: 1, maximum: 1000, default: 200 })
        }),
        response: { 200: Type.Object({ items: Type.Array(Rule), next: Nullable(Type.Integer()) }) }
      }
    },
    async ({ actor, params, query }) => {
      checkCampaign(actor, params.id)
      if (!(await db('core.campaigns').where({ id: params.id }).first('id')))
        throw new CampaignUnknownError(params.id)
      const rows = await readBoard(db, params.id, clock.now(), query.after, query.limit + 1)
      const items = rows.slice(0, query.limit).map(toWire)
      return { items, next: rows.length > query.limit ? items.at(-1)!.id : null }
    }
  )

  scope.post(
    '/campaigns/:id/rules',
    {
      config: write,
      schema: {
        operationId: 'createQuotaRule',
        summary: 'Add a rule; the campaign may be running',
        params: Id,
        body: RuleInput,
        response: { 201: Rule }
      }
    },
    async ({ actor, params, body }, reply) => {
      checkCampaign(actor, params.id)
      const [id] = await book.add(params.id, [body])
      return reply.code(201).send(await one(id!))
    }
  )

  scope.post(
    '/campaigns/:id/rules/import',
    {
      config: write,
      bodyLimit: 20 * 1024 * 1024,
      schema: {
        operationId: 'importQuotaRules',
        summary: 'Add many rules at once; one that is wrong refuses them all, with every field named',
        params: Id,
        body: Type.Object({ rules: Type.Array(RuleInput, { minItems: 1, maxItems: 20_000 }) }),
        response: { 201: Type.Object({ ids: Type.Array(Type.Integer()) }) }
      }
    },
    async ({ actor, params, body }, reply) => {
      checkCampaign(actor, params.id)
      return reply.code(201).send({ ids: await book.add(params.id, body.rules) })
    }
  )

  scope.patch(
    '/rules/:id',
    {
      config: write,
      schema: {
        operationId: 'updateQuotaRule',
        summary: 'Change a rule; counters follow from the contacts and are never part of an edit',
        params: Id,
        body: Type.Object(fields, { minProperties: 1 }),
        response: { 200: Rule }
      }
    },
    async ({ actor, params, body }) => {
      await checkRule(actor, params.id)
      await book.change(params.id, body)
      return one(params.id)
    }
  )

  scope.delete(
    '/rules/:id',
    {
      config: write,
      schema: {
        operationId: 'deleteQuotaRule',
        summary: 'Remove a rule; what it alone held back may be handed out again',
        params: Id,
        response: { 204: Type.Null() }
      }
    },
    async ({ actor, params }, reply) => {
      await checkRule(actor, params.id)
      await book.remove(params.id)
      return reply.code(204).send(null)
    }
  )

  scope.get(
    '/campaigns/:id/audit',
    {
      config: read,
      schema: {
        operationId: 'recountQuotas',
        summary: 'Recount every rule from the contacts: rules whose counters differ; none is right',
        params: Id,
        response: {
          200: Type.Object({
            wrong: Type.Array(
              Type.Object({
                ruleId: Type.Integer(),
                completed: Type.Integer(),
                reserved: Type.Integer(),
                countedCompleted: Type.Integer(),
                countedReserved: Type.Integer()
              })
            )
          })
        }
      }
    },
    async ({ actor, params }) => {
      checkCampaign(actor, params.id)
      return { wrong: await audit(db, params.id, clock.now()) }
    }
  )
}

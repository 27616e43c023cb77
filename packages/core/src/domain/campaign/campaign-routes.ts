import { Type } from 'typebox'
import { InvalidFieldError } from '../../kernel/errors.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { PluginScope } from '../../kernel/plugin.ts'
import type { Issue } from '../../kernel/problem.ts'
import { forgetZones } from '../dispatch/zone-hours.ts'
import {
  CampaignNotFoundError,
  CampaignReservedError,
  NameTakenError,
  UnknownReferenceError
} from '../errors.ts'
import { hoursPresets, type Parsed, parseCalendar, parseHours } from '../hours/index.ts'
import { callableClasses } from '../telephony/number-class.ts'
import { isTimeZone } from './time-zone.ts'

const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()])

const settings = {
  name: Type.String({ minLength: 1, maxLength: 80 }),
  active: Type.Boolean(),
  dialMode: Type.Enum(['manual', 'preview', 'direct', 'progressive'], {
    description: 'progressive: the server dials after a countdown that the agent can stop'
  }),
  countdownSeconds: Type.Integer({ minimum: 1, maximum: 60, description: 'Of dial mode progressive' }),
  priority: Type.Integer({ minimum: 0, maximum: 1000, description: 'Low is served first' }),
  timeZone: Type.String({ description: 'IANA name, such as Europe/Paris' }),
  country: Type.String({ pattern: '^[A-Z]{2}$' }),
  callerId: Nullable(Type.String({ pattern: '^\\+[1-9]\\d{6,14}$', description: 'E.164' })),
  dispositionSetId: Nullable(Type.Integer({ minimum: 1 })),
  wrapUpSeconds: Type.Integer({ minimum: 0, maximum: 3600, description: '0: no limit' }),
  wrapUpExtensions: Type.Integer({
    minimum: 0,
    maximum: 10,
    description: 'How often an agent may ask for as much again'
  }),
  ringSeconds: Type.Integer({
    minimum: 5,
    maximum: 120,
    description: "How long the customer's phone may ring"
  }),
  maxCallSeconds: Type.Integer({ minimum: 10, maximum: 43_200 }),
  numberClasses: Type.Array(Type.Enum([...callableClasses]), {
    uniqueItems: true,
    description: "Kinds of numbers that may be called, seen from the campaign's country"
  }),
  recordCalls: Type.Boolean({
    description: 'Record every call on the PBX; tell the people you call, as the law asks'
  }),
  leaseMinutes: Type.Integer({
    minimum: 1,
    maximum: 480,
    description: 'How long a contact stays with one agent'
  }),
  maxAttempts: Nullable(
    Type.Integer({ minimum: 1, maximum: 1000, description: 'Of a contact; null: no limit' })
  ),
  maxAttemptsPerNumber: Nullable(Type.Integer({ minimum: 1, maximum: 1000 })),
  callbackTeamMinutes: Nullable(
    Type.Integer({
      minimum: 0,
      maximum: 525_600,
      description: "So long after its time a personal callback is anybody's; null: only ever his"
    })
  ),
  hours: Nullable(
    Type.Unknown({
      description:
        'When contacts may be called, in their local time: { monday: [{ from: "10:00", to: "13:00" }], … }; null: always'
    })
  ),
  calendar: Nullable(
    Type.Unknown({ description: '{ holidays: "FR", closures: [{ from: "2026-12-24" }] }; null: no holidays' })
  )
}

const column: Record<keyof typeof settings, string> = {
  name: 'name',
  active: 'active',
  dialMode: 'dial_mode',
  priority: 'priority',
  timeZone: 'time_zone',
  country: 'country',
  callerId: 'caller_id',
  dispositionSetId: 'disposition_set_id',
  wrapUpSeconds: 'wrap_up_seconds',
  wrapUpExtensions: 'wrap_up_extensions',
  ringSeconds: 'ring_seconds',
  maxCallSeconds: 'max_call_seconds',
  numberClasses: 'number_classes',
  recordCalls: 'record_calls',
  leaseMinutes: 'lease_minutes',
  countdownSeconds: 'countdown_seconds',
  maxAttempts: 'max_attempts',
  maxAttemptsPerNumber: 'max_attempts_per_number',
  callbackTeamMinutes: 'callback_team_minutes',
  hours: 'hours',
  calendar: 'calendar'
}

const Campaign = Type.Object(
  { id: Type.Integer(), ...settings, revision: Type.Integer() },
  { $id: 'Core.Campaign' }
)
const { name, dialMode, timeZone, country, ...rest } = settings
const NewCampaign = Type.Object({ name, dialMode, timeZone, country, ...optional(rest) })
const Changes = Type.Object(optional(settings), { minProperties: 1 })
const Id = Type.Object({ id: Type.Integer({ minimum: 0 }) })
const CampaignAgents = Type.Object({ agentIds: Type.Array(Type.Integer()) })

function optional<P extends Record<string, Parameters<typeof Type.Optional>[0]>>(properties: P) {
  return Type.Partial(Type.Object(properties)).properties
}

/** Columns to write. Throws CORE_INVALID_FIELD for hours and calendars that make no sense. */
function toRow(body: Partial<Record<keyof typeof settings, unknown>>): Record<string, unknown> {
  const row = Object.fromEntries(
    (Object.keys(column) as (keyof typeof settings)[])
      .filter(key => key in body)
      .map(key => [column[key], body[key]])
  )
  if (body.hours != null) row.hours = JSON.stringify(parsed(parseHours(body.hours)))
  if (body.calendar != null) row.calendar = JSON.stringify(parsed(parseCalendar(body.calendar)))
  return row
}

function parsed<T>(result: Parsed<T>): T {
  if ('value' in result) return result.value
  const issues: Issue[] = result.issues.map(({ field, detail }) => ({
    in: 'body',
    pointer: `/${field}`,
    detail
  }))
  const sentence = result.issues.map(({ field, detail }) => `${field} ${detail}`).join('; ')
  throw Object.assign(new InvalidFieldError(sentence), { issues })
}

/** Campaigns and who works in them. */
export function registerCampaignRoutes(scope: PluginScope, { db }: Kernel): void {
  const read = { permission: 'campaigns:read' }
  const write = { permission: 'campaigns:write' }
  const select = { id: 'id', ...column, revision: 'revision' }

  const check = async (
    body: { timeZone?: string; dispositionSetId?: number | null; name?: string },
    id?: number
  ) => {
    if (body.timeZone !== undefined && !isTimeZone(body.timeZone))
      throw new UnknownReferenceError('Time zone', body.timeZone)
    if (body.dispositionSetId != null) {
      const set = await db('core.disposition_sets').where({ id: body.dispositionSetId }).first('id')
      if (!set) throw new UnknownReferenceError('Disposition set', body.dispositionSetId)
    }
    if (body.name !== undefined) {
      const other = await db('core.campaigns').where({ name: body.name }).first('id')
      if (other && other.id !== id) throw new NameTakenError('Campaign', body.name)
    }
  }

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
      await check(body)
      const [row] = await db('core.campaigns').insert(toRow(body)).onConflict('name').ignore().returning('id')
      if (!row) throw new NameTakenError('Campaign', body.name)
      return reply.code(201).send(await db('core.campaigns').where({ id: row.id }).first(select))
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
      const query = db('core.campaigns').where('id', '>', 0).orderBy(['priority', 'id']).select(select)
      if (!actor.permissions.has('campaigns:write')) {
        query.whereIn('id', db('core.campaign_agents').where({ agent_id: actor.id }).select('campaign_id'))
      }
      return { items: await query }
    }
  )

  scope.get(
    '/hours-presets',
    {
      config: read,
      schema: {
        operationId: 'listHoursPresets',
        summary: 'Hours and holidays to choose for a campaign, with the text they come from',
        response: {
          200: Type.Object({
            items: Type.Array(
              Type.Object({
                id: Type.String(),
                labelFr: Type.String(),
                labelEn: Type.String(),
                hours: Type.Unknown(),
                calendar: Type.Unknown(),
                source: Type.String()
              })
            )
          })
        }
      }
    },
    async () => ({ items: [...hoursPresets] })
  )

  scope.patch(
    '/campaigns/:id',
    {
      config: write,
      schema: {
        operationId: 'updateCampaign',
        summary: 'Change a campaign',
        params: Id,
        body: Changes,
        response: { 200: Campaign }
      }
    },
    async ({ params, body }) => {
      if (params.id === 0) throw new CampaignReservedError()
      await check(body, params.id)
      const changed = await db.transaction(async trx => {
        const rows = await trx('core.campaigns')
          .where({ id: params.id })
          .update({ ...toRow(body), revision: trx.raw('revision + 1') })
        if (rows > 0) await forgetZones(trx, params.id) // hours, zone or whether it is active: look again, and tell who waits
        return rows
      })
      if (changed === 0) throw new CampaignNotFoundError(params.id)
      return db('core.campaigns').where({ id: params.id }).first(select)
    }
  )

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
    async ({ params }) => {
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
      config: write,
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
    async ({ params, body }) => {
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

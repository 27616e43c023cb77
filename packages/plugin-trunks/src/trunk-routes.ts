import {
  answerSupervisions,
  checkRevision,
  etagOf,
  IfMatch,
  invalidField,
  type Kernel,
  type PluginScope,
  readIfMatch,
  tryNormaliseNumber
} from '@evscallpro/core'
import { type Static, Type } from 'typebox'
import { checkCauseMap } from './cause-rules.ts'
import { SiteNotFoundError } from './errors.ts'
import type { TrunkHealth, TrunksHealth } from './health/trunk-health.ts'
import { callerIdModes, dtmfModes } from './trunk.ts'
import type { TrunkBook, TrunkRow } from './trunk-book.ts'

const PrefixRule = Type.Object({
  prefix: Type.String({
    pattern: '^[0-9]{0,15}$',
    description: 'First digits of E.164, without +; empty: every number'
  }),
  strip: Type.Integer({ minimum: 0, maximum: 15, description: 'Digits taken off the front' }),
  prepend: Type.String({ pattern: '^[+*#0-9]{0,15}$', description: 'Put before the rest' })
})

const Cause = (description: string) => Type.Integer({ minimum: 1, maximum: 127, description })
const CauseRule = Type.Object({
  gives: Cause('Q.850 cause as the PBX reads it from the gateway'),
  means: Cause('Q.850 cause that it is taken for, by fail-over and in the call record')
})

const TrunkFields = Type.Object({
  name: Type.String({
    pattern: '^trunk-[a-z0-9-]{1,40}$',
    description: "Of the endpoint on the PBX; begins with 'trunk-', which is how call records know it"
  }),
  label: Type.String({ minLength: 1, maxLength: 80 }),
  siteId: Type.Integer({ minimum: 1, description: 'Where the gateway stands' }),
  address: Type.Union([
    Type.String({
      pattern: '^[A-Za-z0-9.-]{1,200}(:[0-9]{1,5})?$',
      description: 'Host or host:port, when the SIP configuration of this trunk is to be generated'
    }),
    Type.Null()
  ]),
  channels: Type.Integer({ minimum: 1, maximum: 10_000, description: 'Calls at the same time' }),
  answerSupervision: Type.Enum([...answerSupervisions], {
    description: 'early: the gateway says answered before the phone rings'
  }),
  dtmfMode: Type.Enum([...dtmfModes]),
  callerIdMode: Type.Enum([...callerIdModes], {
    description: 'any: shows what it is asked for; listed: one of callerIds; sim: always its first'
  }),
  callerIds: Type.Array(Type.String({ maxLength: 32 }), { maxItems: 1000, description: 'Stored as E.164' }),
  prefixRules: Type.Array(PrefixRule, {
    maxItems: 50,
    description: 'The longest prefix counts; none: E.164 without +'
  }),
  causeMap: Type.Array(CauseRule, {
    maxItems: 50,
    description: 'Causes that the gateway gets wrong; the PBX heeds a change when it has the new files'
  }),
  enabled: Type.Boolean()
})
type TrunkFields = Static<typeof TrunkFields>

const Health = Type.Object({
  state: Type.Enum(['up', 'down', 'missing', 'unknown']),
  attempts: Type.Integer({ description: 'Calls in the last 30 minutes' }),
  answered: Type.Integer(),
  down: Type.Union([Type.String(), Type.Null()], { description: 'Why no call is sent there now' })
})
const Trunk = Type.Object(
  {
    id: Type.Integer(),
    ...TrunkFields.properties,
    createdAt: Type.String({ format: 'date-time' }),
    revision: Type.Integer()
  },
  { $id: 'Trunks.Trunk' }
)
const { name, label, siteId, channels, ...optional } = TrunkFields.properties
const NewTrunk = Type.Object({
  name,
  label,
  siteId,
  channels,
  ...Type.Partial(Type.Object(optional)).properties
})
const Changes = Type.Partial(TrunkFields, { minProperties: 1 })
const Id = Type.Object({ id: Type.Integer({ minimum: 1 }) })
const tags = ['trunks']
const read = { permission: 'trunks:read' }
const write = { permission: 'trunks:write' }

const defaults = {
  address: null,
  answerSupervision: 'unknown',
  dtmfMode: 'rfc4733',
  callerIdMode: 'any',
  callerIds: [] as string[],
  prefixRules: [] as TrunkFields['prefixRules'],
  causeMap: [] as TrunkFields['causeMap'],
  enabled: true
} as const

/** Trunks: the ways out that exist, with what is known of their health. */
export function registerTrunkRoutes(
  scope: PluginScope,
  { db, clock }: Kernel,
  { book, health }: { readonly book: TrunkBook; readonly health: TrunksHealth }
): void {
  /** Fields as they are stored; `found` is what stands, for a change. Throws CORE_INVALID_FIELD. */
  const check = async (fields: Partial<TrunkFields>, found?: TrunkRow): Promise<Partial<TrunkFields>> => {
    const site = fields.siteId ?? found?.site_id
    const { country } = (await db('core.sites').where({ id: site }).first('country')) ?? {}
    if (country === undefined) throw new SiteNotFoundError(site ?? 0)
    const callerIds = fields.callerIds?.map(given => {
      const number = tryNormaliseNumber(given, country)
      if (number === null) throw invalidField('callerIds', `holds what is no telephone number of ${country}`)
      return number
    })
    const mode = fields.callerIdMode ?? found?.caller_id_mode ?? 'any'
    const known = callerIds ?? found?.caller_ids ?? []
    if (mode !== 'any' && known.length === 0)
      throw invalidField('callerIds', `must name at least one number when callerIdMode is '${mode}'`)
    const twice = fields.prefixRules?.find(
      (rule, at, all) => all.findIndex(one => one.prefix === rule.prefix) < at
    )
    if (twice) throw invalidField('prefixRules', `has two rules for prefix '${twice.prefix}': keep one`)
    const long = fields.prefixRules?.find(({ prefix, strip }) => strip > Math.max(prefix.length, 0))
    if (long) throw invalidField('prefixRules', `strips more digits than prefix '${long.prefix}' has`)
    if (fields.causeMap) checkCauseMap(fields.causeMap)
    return { ...fields, ...(callerIds && { callerIds: [...new Set(callerIds)] }) }
  }

  scope.get(
    '',
    {
      config: read,
      schema: {
        operationId: 'listTrunks',
        summary: 'All trunks, with their health',
        tags,
        response: {
          200: Type.Object({ items: Type.Array(Type.Object({ ...Trunk.properties, health: Health })) })
        }
      }
    },
    async () => {
      const rows = await book.all()
      const known = await health.of(rows.map(row => row.name))
      return { items: rows.map(row => ({ ...toWire(row), health: healthWire(known.get(row.name)!) })) }
    }
  )

  scope.post(
    '',
    {
      config: write,
      schema: {
        operationId: 'createTrunk',
        summary: 'Add a trunk',
        tags,
        body: NewTrunk,
        response: { 201: Trunk }
      }
    },
    async ({ body }, reply) => {
      const fields = { ...defaults, ...body }
      const row = await book.create({ ...fields, ...(await check(fields)) }, clock.now())
      return reply.code(201).header('etag', etagOf(row)).send(toWire(row))
    }
  )

  scope.get(
    '/:id',
    {
      config: read,
      schema: { operationId: 'getTrunk', summary: 'One trunk', tags, params: Id, response: { 200: Trunk } }
    },
    async ({ params: { id } }, reply) => {
      const row = await book.one(id)
      reply.header('etag', etagOf(row))
      return toWire(row)
    }
  )

  scope.patch(
    '/:id',
    {
      config: write,
      schema: {
        operationId: 'updateTrunk',
        summary: 'Change a trunk',
        tags,
        params: Id,
        headers: IfMatch,
        body: Changes,
        response: { 200: Trunk }
      }
    },
    async ({ params: { id }, body, headers }, reply) => {
      const wanted = readIfMatch(headers['if-match'])
      const fields = await check(body, await book.one(id))
      const row = await book.change(id, fields, found => checkRevision(found, wanted))
      reply.header('etag', etagOf(row))
      return toWire(row)
    }
  )

  scope.delete(
    '/:id',
    {
      config: write,
      schema: {
        operationId: 'deleteTrunk',
        summary: 'Delete a trunk that no site goes out by',
        tags,
        params: Id,
        response: { 204: Type.Null() }
      }
    },
    async ({ params: { id } }, reply) => {
      await book.remove(id)
      return reply.code(204).send(null)
    }
  )
}

const toWire = (row: TrunkRow) => ({
  id: row.id,
  name: row.name,
  label: row.label,
  siteId: row.site_id,
  address: row.address,
  channels: row.channels,
  answerSupervision: row.answer_supervision,
  dtmfMode: row.dtmf_mode,
  callerIdMode: row.caller_id_mode,
  callerIds: row.caller_ids,
  causeMap: row.cause_map.map(({ gives, means }) => ({ gives, means })),
  prefixRules: row.prefix_rules.map(({ prefix, strip, prepend }) => ({ prefix, strip, prepend })),
  enabled: row.enabled,
  createdAt: row.created_at.toISOString(),
  revision: row.revision
})

const healthWire = ({ state, traffic, down }: TrunkHealth) => ({ state, ...traffic, down })

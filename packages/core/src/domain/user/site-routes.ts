import { isSupportedCountry } from 'libphonenumber-js'
import { type Static, Type } from 'typebox'
import { mapConstraints, violatedConstraint } from '../../kernel/constraint.ts'
import { NotFoundError } from '../../kernel/errors.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { cutPage, PageQuery, pageOf } from '../../kernel/page.ts'
import type { PluginScope } from '../../kernel/plugin.ts'
import { invalidField } from '../../kernel/problem.ts'
import { checkRevision, etagOf, IfMatch, readIfMatch } from '../../kernel/revision.ts'
import { toColumns, toWire } from '../../kernel/wire.ts'
import { isTimeZone } from '../campaign/time-zone.ts'
import { tryNormaliseNumber } from '../contact/phone-number.ts'
import { duplicateField } from '../errors.ts'
import { SiteInUseError } from './errors.ts'

const SiteFields = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 80 }),
  timeZone: Type.String({ description: 'IANA name, such as Europe/Paris' }),
  country: Type.String({
    pattern: '^[A-Z]{2}$',
    description: 'ISO 3166-1 alpha-2: how numbers are read here'
  }),
  callerId: Type.Union([Type.String({ maxLength: 32, description: 'Stored as E.164' }), Type.Null()]),
  trunks: Type.Array(Type.String({ pattern: '^[A-Za-z0-9_-]+$', maxLength: 80 }), {
    maxItems: 20,
    uniqueItems: true,
    description: 'Names of trunks on the PBX, in the order to be tried'
  })
})
type SiteFields = Static<typeof SiteFields>

const Site = Type.Object(
  {
    id: Type.Integer(),
    ...SiteFields.properties,
    createdAt: Type.String({ format: 'date-time' }),
    revision: Type.Integer()
  },
  { $id: 'Core.Site' }
)

interface SiteRow {
  readonly id: number
  readonly name: string
  readonly time_zone: string
  readonly country: string
  readonly caller_id: string | null
  readonly trunks: string[]
  readonly created_at: Date
  readonly revision: number
}

const { name, timeZone, country, callerId, trunks } = SiteFields.properties
const NewSite = Type.Object({
  name,
  timeZone,
  country,
  ...Type.Partial(Type.Object({ callerId, trunks })).properties
})
const SiteChanges = Type.Partial(SiteFields, { minProperties: 1 })
const Id = Type.Object({ id: Type.Integer() })
const tags = ['sites']
const read = { permission: 'sites:read' }
const write = { permission: 'sites:write' }
const refusals = { sites_name_key: () => duplicateField('name', 'A site of this name exists already.') }

/** The fields as they are stored; throws CORE_INVALID_FIELD. `country` is the one that will hold. */
function check(fields: Partial<SiteFields>, country: string): Partial<SiteFields> {
  if (!isSupportedCountry(country)) throw invalidField('country', 'is not a country code of ISO 3166-1')
  if (fields.timeZone !== undefined && !isTimeZone(fields.timeZone)) {
    throw invalidField('timeZone', 'must be an IANA time zone, such as Europe/Paris')
  }
  if (fields.callerId === undefined || fields.callerId === null) return fields
  const number = tryNormaliseNumber(fields.callerId, country)
  if (!number) throw invalidField('callerId', `must be a telephone number of ${country}`)
  return { ...fields, callerId: number }
}

/** Sites: the places where agents work; they decide trunks, numbers and zone. */
export function registerSiteCrud(scope: PluginScope, { db, clock }: Kernel): void {
  scope.get(
    '/sites',
    {
      config: read,
      schema: {
        operationId: 'listSites',
        summary: 'Sites, by id',
        tags,
        querystring: PageQuery,
        response: { 200: pageOf(Site) }
      }
    },
    async ({ query: { after = '0', limit } }) => {
      const rows = await db('core.sites')
        .where('id', '>', Number(after) || 0)
        .orderBy('id')
        .limit(limit + 1)
        .select<SiteRow[]>('*')
      return cutPage(rows.map(toWire), limit, row => row.id)
    }
  )

  scope.get(
    '/sites/:id',
    {
      config: read,
      schema: { operationId: 'getSite', summary: 'One site', tags, params: Id, response: { 200: Site } }
    },
    async ({ params: { id } }, reply) => {
      const row = await db('core.sites').where({ id }).first<SiteRow | undefined>('*')
      if (!row) throw new NotFoundError(`There is no site ${id}.`)
      reply.header('etag', etagOf(row))
      return toWire(row)
    }
  )

  scope.post(
    '/sites',
    {
      config: write,
      schema: {
        operationId: 'createSite',
        summary: 'Create a site',
        tags,
        body: NewSite,
        response: { 201: Site }
      }
    },
    async ({ body }, reply) => {
      const insert = db('core.sites')
        .insert({ ...toColumns(check(body, body.country)), created_at: clock.now() })
        .returning<SiteRow[]>('*')
      const [row] = await mapConstraints(insert, refusals)
      return reply.code(201).header('etag', etagOf(row!)).send(toWire(row!)) // one inserted row
    }
  )

  scope.patch(
    '/sites/:id',
    {
      config: write,
      schema: {
        operationId: 'updateSite',
        summary: 'Change a site',
        tags,
        params: Id,
        headers: IfMatch,
        body: SiteChanges,
        response: { 200: Site }
      }
    },
    async ({ params: { id }, body, headers }, reply) => {
      const row = await db.transaction(async trx => {
        const found = await trx('core.sites').where({ id }).forUpdate().first<SiteRow | undefined>('*')
        if (!found) throw new NotFoundError(`There is no site ${id}.`)
        checkRevision(found, readIfMatch(headers['if-match']))
        const fields = check(body, body.country ?? found.country)
        const update = trx('core.sites')
          .where({ id })
          .update({ ...toColumns(fields), revision: trx.raw('revision + 1') })
          .returning<SiteRow[]>('*')
        const [changed] = await mapConstraints(update, refusals)
        return changed! // locked above
      })
      reply.header('etag', etagOf(row))
      return toWire(row)
    }
  )

  scope.delete(
    '/sites/:id',
    {
      config: write,
      schema: {
        operationId: 'deleteSite',
        summary: 'Delete a site that nobody and nothing refers to',
        tags,
        params: Id,
        response: { 204: Type.Null() }
      }
    },
    async ({ params: { id } }, reply) => {
      let deleted: number
      try {
        deleted = await db('core.sites').where({ id }).delete()
      } catch (error) {
        throw violatedConstraint(error) ? new SiteInUseError() : error // any table may refer to a site
      }
      if (deleted === 0) throw new NotFoundError(`There is no site ${id}.`)
      return reply.code(204).send(null)
    }
  )
}

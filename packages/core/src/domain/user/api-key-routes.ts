import { Type } from 'typebox'
import { mapConstraints } from '../../kernel/constraint.ts'
import { NotFoundError } from '../../kernel/errors.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { cutPage, PageQuery, pageOf } from '../../kernel/page.ts'
import type { PluginScope } from '../../kernel/plugin.ts'
import { invalidField } from '../../kernel/problem.ts'
import { toWire } from '../../kernel/wire.ts'
import { duplicateField } from '../errors.ts'
import { newApiKey } from './api-keys.ts'
import { UserOnlyError } from './errors.ts'
import { hashToken } from './token.ts'

const ApiKey = Type.Object(
  {
    id: Type.Integer(),
    name: Type.String(),
    permissions: Type.Array(Type.String()),
    createdBy: Type.Integer(),
    createdAt: Type.String({ format: 'date-time' }),
    revokedAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
    lastUsedAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()])
  },
  { $id: 'Core.ApiKey' }
)

interface ApiKeyRow {
  readonly id: number
  readonly name: string
  readonly permissions: string[]
  readonly created_by: number
  readonly created_at: Date
  readonly revoked_at: Date | null
  readonly last_used_at: Date | null
}

const columns = [
  'id',
  'name',
  'permissions',
  'created_by',
  'created_at',
  'revoked_at',
  'last_used_at'
] as const
const config = { permission: 'api-keys:write' }
const tags = ['api-keys']

/** API keys, for the back end of a CRM. */
export function registerApiKeyRoutes(scope: PluginScope, { db, clock, permissions }: Kernel): void {
  scope.post(
    '/auth/api-keys',
    {
      config,
      schema: {
        operationId: 'createApiKey',
        summary: 'Create an API key; it is shown in this answer only',
        tags,
        body: Type.Object({
          name: Type.String({ minLength: 1, maxLength: 80 }),
          permissions: Type.Array(Type.String(), { minItems: 1, uniqueItems: true })
        }),
        response: { 201: Type.Object({ ...ApiKey.properties, key: Type.String() }) }
      }
    },
    async ({ actor, body }, reply) => {
      if (actor.kind !== 'user') throw new UserOnlyError()
      const unknown = body.permissions.find(name => !permissions.has(name))
      if (unknown !== undefined)
        throw invalidField('permissions', `has '${unknown}', which no plugin declares`)
      const beyond = body.permissions.find(name => !actor.permissions.has(name))
      if (beyond !== undefined)
        throw invalidField('permissions', `has '${beyond}', which you do not hold yourself`)
      const key = newApiKey()
      const insert = db('core.api_keys')
        .insert({ ...body, key_hash: hashToken(key), created_by: actor.id, created_at: clock.now() })
        .returning<ApiKeyRow[]>([...columns])
      const [row] = await mapConstraints(insert, {
        api_keys_name_key: () => duplicateField('name', 'An API key of this name exists already.')
      })
      return reply.code(201).send({ ...toWire(row!), key }) // `returning` of one inserted row
    }
  )

  scope.get(
    '/auth/api-keys',
    {
      config,
      schema: {
        operationId: 'listApiKeys',
        summary: 'API keys, without the keys themselves',
        tags,
        querystring: PageQuery,
        response: { 200: pageOf(ApiKey) }
      }
    },
    async ({ query: { after = '0', limit } }) => {
      const rows = await db('core.api_keys')
        .where('id', '>', Number(after) || 0)
        .orderBy('id')
        .limit(limit + 1)
        .select<ApiKeyRow[]>([...columns])
      return cutPage(rows.map(toWire), limit, row => row.id)
    }
  )

  scope.delete(
    '/auth/api-keys/:id',
    {
      config,
      schema: {
        operationId: 'revokeApiKey',
        summary: 'Revoke an API key at once',
        tags,
        params: Type.Object({ id: Type.Integer() }),
        response: { 204: Type.Null() }
      }
    },
    async ({ params: { id } }, reply) => {
      const revoked = await db('core.api_keys')
        .where({ id, revoked_at: null })
        .update({ revoked_at: clock.now() })
      if (revoked === 0) throw new NotFoundError(`There is no active API key ${id}.`)
      return reply.code(204).send(null)
    }
  )
}

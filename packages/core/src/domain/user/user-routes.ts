import { Type } from 'typebox'
import { type Actor, roles } from '../../kernel/actor.ts'
import { NotFoundError } from '../../kernel/errors.ts'
import { defineEvent } from '../../kernel/events.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { cutPage, PageQuery, pageOf } from '../../kernel/page.ts'
import type { PluginScope } from '../../kernel/plugin.ts'
import { etagOf, IfMatch, readIfMatch } from '../../kernel/revision.ts'
import { toWire } from '../../kernel/wire.ts'
import { AdminOnlyError } from './errors.ts'
import { hashPassword } from './password.ts'
import { changeUser, createUser, type UserChange, UserFields, type UserRow, userColumns } from './users.ts'

/** A user has been deactivated: he may not go on with what he has open. */
export const userDeactivated = defineEvent('core.user-deactivated', { userId: Type.Integer() })

const { password: _secret, ...visible } = UserFields.properties
const User = Type.Object(
  {
    id: Type.Integer(),
    ...visible,
    createdAt: Type.String({ format: 'date-time' }),
    revision: Type.Integer()
  },
  { $id: 'Core.User' }
)
const { login, displayName, role, password, active: _onByDefault, ...optional } = UserFields.properties
const NewUserBody = Type.Object({
  login,
  displayName,
  role,
  password,
  ...Type.Partial(Type.Object(optional)).properties
})
const UserChanges = Type.Partial(UserFields, { minProperties: 1 })
const Id = Type.Object({ id: Type.Integer() })
const tags = ['users']
const read = { permission: 'users:read' }
const write = { permission: 'users:write' }

/** An API key or a delegate with `users:write` must not make himself an administrator. */
const mayTouchAdmins = (actor: Actor): boolean => actor.role === 'admin'

export function registerUserCrud(scope: PluginScope, { db, clock, events }: Kernel): void {
  const change = (actor: Actor, id: number, changes: UserChange, revision?: number): Promise<UserRow> =>
    db.transaction(async trx => {
      const row = await changeUser(trx, id, changes, { revision, mayTouchAdmins: mayTouchAdmins(actor) })
      if (changes.active === false) await events.emit(userDeactivated, { userId: id }, { trx })
      return row
    })

  scope.get(
    '/users',
    {
      config: read,
      schema: {
        operationId: 'listUsers',
        summary: 'Users, by id',
        tags,
        querystring: Type.Object({
          ...PageQuery.properties,
          active: Type.Optional(Type.Boolean()),
          role: Type.Optional(Type.Enum(roles)),
          siteId: Type.Optional(Type.Integer())
        }),
        response: { 200: pageOf(User) }
      }
    },
    async ({ query: { after = '0', limit, active, role, siteId } }) => {
      const query = db('core.users').where('id', '>', Number(after) || 0)
      if (active !== undefined) query.where({ active })
      if (role !== undefined) query.where({ role })
      if (siteId !== undefined) query.where({ site_id: siteId })
      const rows = await query
        .orderBy('id')
        .limit(limit + 1)
        .select<UserRow[]>([...userColumns])
      return cutPage(rows.map(toWire), limit, row => row.id)
    }
  )

  scope.get(
    '/users/:id',
    {
      config: read,
      schema: { operationId: 'getUser', summary: 'One user', tags, params: Id, response: { 200: User } }
    },
    async ({ params: { id } }, reply) => {
      const row = await db('core.users')
        .where({ id })
        .first<UserRow | undefined>([...userColumns])
      if (!row) throw new NotFoundError(`There is no user ${id}.`)
      reply.header('etag', etagOf(row))
      return toWire(row)
    }
  )

  scope.post(
    '/users',
    {
      config: write,
      schema: {
        operationId: 'createUser',
        summary: 'Create a user',
        tags,
        body: NewUserBody,
        response: { 201: User }
      }
    },
    async ({ actor, body }, reply) => {
      if (body.role === 'admin' && !mayTouchAdmins(actor)) throw new AdminOnlyError()
      const row = await createUser(db, clock.now(), body)
      return reply.code(201).header('etag', etagOf(row)).send(toWire(row))
    }
  )

  scope.patch(
    '/users/:id',
    {
      config: write,
      schema: {
        operationId: 'updateUser',
        summary: 'Change a user; deactivation and a new password end his sessions',
        tags,
        params: Id,
        headers: IfMatch,
        body: UserChanges,
        response: { 200: User }
      }
    },
    async ({ actor, params: { id }, body, headers }, reply) => {
      const { password, ...changes } = body
      const passwordHash = password === undefined ? undefined : await hashPassword(password)
      const row = await change(actor, id, { ...changes, passwordHash }, readIfMatch(headers['if-match']))
      reply.header('etag', etagOf(row))
      return toWire(row)
    }
  )

  scope.delete(
    '/users/:id',
    {
      config: write,
      schema: {
        operationId: 'deactivateUser',
        summary: 'Deactivate a user: he cannot sign in, his past calls stay his',
        tags,
        params: Id,
        response: { 204: Type.Null() }
      }
    },
    async ({ actor, params: { id } }, reply) => {
      await change(actor, id, { active: false })
      return reply.code(204).send(null)
    }
  )
}

import { Type } from 'typebox'
import { roles } from '../../kernel/actor.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { PluginScope } from '../../kernel/plugin.ts'
import { LoginRefusedError, UserOnlyError } from './errors.ts'
import { bookAttempt, clearFailures } from './login-limit.ts'
import { hashPassword, verifyPassword } from './password.ts'
import { sessionCookie } from './token.ts'
import { endSession, endSessionsOf, issueSession, sessionTokenOf } from './user-sessions.ts'
import { Password } from './users.ts'

const Identity = Type.Object(
  {
    kind: Type.Enum(['user', 'api-key', 'system']),
    id: Type.Integer(),
    role: Type.Union([Type.Enum(roles), Type.Null()]),
    siteId: Type.Union([Type.Integer(), Type.Null()]),
    login: Type.Union([Type.String(), Type.Null()]),
    displayName: Type.Union([Type.String(), Type.Null()]),
    language: Type.Union([Type.String(), Type.Null()]),
    permissions: Type.Array(Type.String())
  },
  { $id: 'Core.Identity' }
)

interface LoginRow {
  readonly id: number
  readonly password_hash: string
}

/** Signing in and out, who am I, own password. */
export function registerAuthRoutes(scope: PluginScope, kernel: Kernel): void {
  const { db, clock } = kernel

  /** The user's id; throws when the password is wrong or the attempts are used up. */
  const provePassword = async (login: string, password: string, address: string): Promise<number> => {
    await bookAttempt(db, clock.now(), login, address)
    const user = await db('core.users')
      .whereRaw('lower(login) = lower(?)', [login])
      .where({ active: true })
      .first<LoginRow | undefined>('id', 'password_hash')
    if (!(await verifyPassword(password, user?.password_hash ?? null)) || !user) throw new LoginRefusedError()
    await clearFailures(db, login, address)
    return user.id
  }

  scope.post(
    '/auth/login',
    {
      config: { permission: 'public' },
      schema: {
        operationId: 'login',
        summary: 'Sign in: exchange login and password for a session token',
        tags: ['auth'],
        body: Type.Object({
          login: Type.String({ minLength: 1, maxLength: 64 }),
          password: Type.String({ minLength: 1, maxLength: 200 }),
          cookie: Type.Optional(
            Type.Boolean({ description: "For the server's own pages: keep the session in a cookie instead" })
          )
        }),
        response: {
          200: Type.Object({
            token: Type.Union([Type.String(), Type.Null()], {
              description: 'Send it as Authorization: Bearer …; null: it is in the cookie'
            }),
            expiresAt: Type.String({ format: 'date-time' })
          })
        }
      }
    },
    async (request, reply) => {
      const { body, ip } = request
      const userId = await provePassword(body.login, body.password, ip)
      const session = await issueSession(kernel, userId, ip)
      if (body.cookie) reply.header('set-cookie', sessionCookie(request, session))
      return { token: body.cookie ? null : session.token, expiresAt: session.expiresAt.toISOString() }
    }
  )

  scope.delete(
    '/auth/session',
    {
      config: { permission: 'authenticated', cookie: true },
      schema: {
        operationId: 'logout',
        summary: 'Sign out: end the session, and with it the tokens it was exchanged for',
        tags: ['auth'],
        response: { 204: Type.Null() }
      }
    },
    async (request, reply) => {
      await endSession(db, sessionTokenOf(request) ?? '')
      return reply.code(204).header('set-cookie', sessionCookie(request, null)).send(null)
    }
  )

  scope.get(
    '/auth/me',
    {
      config: { permission: 'authenticated' },
      schema: {
        operationId: 'whoAmI',
        summary: 'The actor behind this request and what he may do',
        tags: ['auth'],
        response: { 200: Identity }
      }
    },
    async ({ actor }) => {
      const user =
        actor.kind === 'user'
          ? await db('core.users').where({ id: actor.id }).first('login', 'display_name', 'language')
          : undefined
      return {
        kind: actor.kind,
        id: actor.id,
        role: actor.role,
        siteId: actor.siteId,
        login: user?.login ?? null,
        displayName: user?.display_name ?? null,
        language: user?.language ?? null,
        permissions: [...actor.permissions].sort()
      }
    }
  )

  scope.put(
    '/auth/password',
    {
      config: { permission: 'authenticated' },
      schema: {
        operationId: 'changePassword',
        summary: 'Change the own password; other sessions end',
        tags: ['auth'],
        body: Type.Object({ current: Type.String({ minLength: 1, maxLength: 200 }), next: Password }),
        response: { 204: Type.Null() }
      }
    },
    async (request, reply) => {
      const { actor, body, ip } = request
      if (actor.kind !== 'user') throw new UserOnlyError()
      const { login } = await db('core.users').where({ id: actor.id }).first('login')
      await provePassword(login, body.current, ip)
      const hash = await hashPassword(body.next)
      await db('core.users').where({ id: actor.id }).update({ password_hash: hash })
      await endSessionsOf(db, actor.id, sessionTokenOf(request))
      return reply.code(204).send(null)
    }
  )
}

import { Type } from 'typebox'
import { type Role, roles } from '../../kernel/actor.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { isApproved } from '../../kernel/origin.ts'
import type { PluginScope } from '../../kernel/plugin.ts'
import { issueEmbedToken } from './embed-tokens.ts'
import { EmbedTokenNotFoundError, EmbedUserError, NoSessionError, OriginNotApprovedError } from './errors.ts'
import { parseOrigin } from './origin-routes.ts'

const Ids = Type.Optional(
  Type.Array(Type.Integer({ minimum: 1 }), { minItems: 1, maxItems: 200, uniqueItems: true })
)
const Token = Type.Object({
  id: Type.String({ format: 'uuid' }),
  token: Type.String({ description: 'Keep it in memory: Authorization: Bearer evt_…' }),
  expiresAt: Type.String({ format: 'date-time' })
})
const tags = ['auth']

/** Tokens for pages that embed widgets: a CRM's back end asks for them, our own pages exchange their session. */
export function registerEmbedTokenRoutes(scope: PluginScope, kernel: Kernel): void {
  const { db } = kernel

  scope.post(
    '/embed-tokens',
    {
      config: { permission: 'embed-tokens:write' },
      schema: {
        operationId: 'createEmbedToken',
        summary:
          "For a CRM's back end: a token of ten minutes for a page that shows widgets to one of your users",
        tags,
        body: Type.Object({
          login: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
          userId: Type.Optional(Type.Integer({ minimum: 1 })),
          as: Type.Enum(['agent', 'supervisor'], {
            default: 'agent',
            description: 'Rights on the page: those of this role'
          }),
          origin: Type.String({
            maxLength: 255,
            description: 'Of the page, such as https://crm.example.com'
          }),
          siteIds: Ids,
          campaignIds: Ids
        }),
        response: { 201: Token }
      }
    },
    async (request, reply) => {
      const { actor, body } = request
      if (actor.kind !== 'api-key')
        throw new EmbedUserError('Ask for tokens with an API key, from the back end of your CRM')
      const origin = parseOrigin(body.origin)
      if (!(await isApproved(db, request, origin))) throw new OriginNotApprovedError(origin)
      const user = await findUser(body)
      if (body.as === 'supervisor' && user.role === 'agent')
        throw new EmbedUserError('This user is an agent: ask for a token as agent')
      const { id, token, expiresAt } = await issueEmbedToken(kernel, {
        userId: user.id,
        role: body.as,
        origin,
        siteIds: body.siteIds ?? null,
        campaignIds: body.campaignIds ?? null,
        from: { apiKeyId: actor.id }
      })
      return reply.code(201).send({ id, token, expiresAt: expiresAt.toISOString() })
    }
  )

  scope.post(
    '/auth/embed-token',
    {
      config: { permission: 'authenticated', cookie: true },
      schema: {
        operationId: 'exchangeSession',
        summary: "For the server's own pages: exchange the session for the token of a page",
        tags,
        body: Type.Object({
          as: Type.Optional(Type.Enum(roles, { description: 'With the rights of a lesser role' }))
        }),
        response: { 201: Token }
      }
    },
    async (request, reply) => {
      const { actor, body } = request
      if (actor.sessionId === undefined || actor.role === null) throw new NoSessionError()
      const { id, token, expiresAt } = await issueEmbedToken(kernel, {
        userId: actor.id,
        role: body.as ?? actor.role,
        origin: request.headers.origin ?? `${request.protocol}://${request.host}`,
        siteIds: null,
        campaignIds: null,
        from: { sessionId: actor.sessionId }
      })
      return reply.code(201).send({ id, token, expiresAt: expiresAt.toISOString() })
    }
  )

  scope.delete(
    '/embed-tokens/:id',
    {
      config: { permission: 'embed-tokens:write' },
      schema: {
        operationId: 'revokeEmbedToken',
        summary: 'End a token before its time; its page is disconnected within seconds',
        tags,
        params: Type.Object({ id: Type.String({ format: 'uuid' }) }),
        response: { 204: Type.Null() }
      }
    },
    async ({ actor, params }, reply) => {
      const query = db('core.embed_tokens').where({ id: params.id })
      if (actor.kind === 'api-key') query.where({ api_key_id: actor.id }) // a CRM ends what it asked for
      if ((await query.delete()) === 0) throw new EmbedTokenNotFoundError()
      return reply.code(204).send(null)
    }
  )

  const findUser = async (wanted: {
    login?: string
    userId?: number
  }): Promise<{ id: number; role: Role }> => {
    const { login, userId } = wanted
    if ((login === undefined) === (userId === undefined))
      throw new EmbedUserError('Say whose page it is: login or userId, one of the two')
    const query = db('core.users').where({ active: true })
    if (login === undefined) query.where({ id: userId })
    else query.whereRaw('lower(login) = lower(?)', [login])
    const user = await query.first<{ id: number; role: Role } | undefined>('id', 'role')
    if (!user) throw new EmbedUserError('There is no active user of this login or id')
    return user
  }
}

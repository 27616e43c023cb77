import type { FastifyRequest } from 'fastify'
import type { Knex } from 'knex'
import { type Role, scopeOfUser } from '../../kernel/actor.ts'
import type { Authenticator } from '../../kernel/auth.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { isOwnOrigin } from '../../kernel/origin.ts'
import { bearerOf, cookieOf, hashToken, newToken } from './token.ts'

/** A session ends after this long without a request … */
const idleMs = 12 * 3_600_000
/** … and in any case this long after the login. */
const absoluteMs = 7 * 24 * 3_600_000
/** `last_seen_at` is written at most this often. */
const touchMs = 60_000

type SessionKernel = Pick<Kernel, 'db' | 'clock' | 'newId'>

interface SessionRow {
  readonly id: string
  readonly last_seen_at: Date
  readonly user_id: number
  readonly role: Role
  readonly site_id: number | null
}

/**
 * Opens a session for a user whose identity is proved, and returns its token, which is not stored.
 * `address` is the client's, for the list of sessions.
 */
export async function issueSession(
  { db, clock, newId }: SessionKernel,
  userId: number,
  address: string
): Promise<{ token: string; expiresAt: Date }> {
  const now = clock.now()
  const token = newToken()
  const expiresAt = new Date(now.getTime() + absoluteMs)
  await db('core.user_sessions').where('expires_at', '<', now).delete()
  await db('core.user_sessions').insert({
    id: newId(),
    user_id: userId,
    token_hash: hashToken(token),
    created_at: now,
    expires_at: expiresAt,
    last_seen_at: now,
    address
  })
  return { token, expiresAt }
}

/** Ends the session of a token; nothing happens when there is none. */
export async function endSession(db: Knex, token: string): Promise<void> {
  await db('core.user_sessions')
    .where({ token_hash: hashToken(token) })
    .delete()
}

/** Ends all sessions of a user, except the one of `keep`. */
export async function endSessionsOf(db: Knex, userId: number, keep: string | null = null): Promise<void> {
  const query = db('core.user_sessions').where({ user_id: userId })
  if (keep !== null) query.whereNot({ token_hash: hashToken(keep) })
  await query.delete()
}

/** The session token of a request: the bearer's, or the cookie's on a route that takes it from the server's own pages. */
export function sessionTokenOf(request: FastifyRequest): string | null {
  const bearer = bearerOf(request)
  if (bearer !== null || !request.routeOptions.config.cookie) return bearer
  const { origin } = request.headers
  return origin === undefined || isOwnOrigin(request, origin) ? cookieOf(request) : null
}

/** Recognises session tokens. */
export const sessionAuthenticator = ({ db, clock, permissions }: Kernel): Authenticator => ({
  name: 'session',
  async authenticate(request) {
    const token = sessionTokenOf(request)
    if (token === null) return null
    const now = clock.now()
    const session = await db('core.user_sessions as s')
      .join('core.users as u', 'u.id', 's.user_id')
      .where({ 's.token_hash': hashToken(token), 'u.active': true })
      .where('s.expires_at', '>', now)
      .where('s.last_seen_at', '>', new Date(now.getTime() - idleMs))
      .first<SessionRow | undefined>('s.id', 's.last_seen_at', 's.user_id', 'u.role', 'u.site_id')
    if (!session) return null
    if (now.getTime() - session.last_seen_at.getTime() > touchMs) {
      await db('core.user_sessions').where({ id: session.id }).update({ last_seen_at: now })
    }
    const { user_id: id, role, site_id: siteId } = session
    return {
      kind: 'user',
      id,
      role,
      siteId,
      permissions: permissions.ofRole(role),
      scope: scopeOfUser(role, siteId),
      sessionId: session.id
    }
  }
})

import type { Knex } from 'knex'
import { isWithin, type Role, type RowScope, scopeOfUser } from '../../kernel/actor.ts'
import type { Authenticator } from '../../kernel/auth.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { isFrom } from '../../kernel/origin.ts'
import { bearerOf, hashToken, newToken } from '../user/token.ts'

/** Makes tokens of pages recognisable: they are refused wherever an API key or a session is asked for. */
const prefix = 'evt_'
/** Life of a token, ms. The page asks for a new one when most of it is over. */
export const embedTokenMs = 10 * 60_000
/** Tokens that ended so long ago, ms, are cleared away. */
const forgottenMs = 3_600_000

export interface NewEmbedToken {
  readonly userId: number
  /** Rights of this role; never above the user's own. */
  readonly role: Role
  readonly origin: string
  readonly siteIds: readonly number[] | null
  readonly campaignIds: readonly number[] | null
  readonly from: { readonly apiKeyId: number } | { readonly sessionId: string }
}

export interface EmbedToken {
  readonly id: string
  /** Shown here only; the database has its hash. */
  readonly token: string
  readonly expiresAt: Date
}

/** Issues a token for a page of `origin`. Its caller has checked who asks and for whom. */
export async function issueEmbedToken(
  { db, clock, newId }: Pick<Kernel, 'db' | 'clock' | 'newId'>,
  { userId, role, origin, siteIds, campaignIds, from }: NewEmbedToken
): Promise<EmbedToken> {
  const now = clock.now()
  const token = `${prefix}${newToken()}`
  const id = newId()
  const expiresAt = new Date(now.getTime() + embedTokenMs)
  await db('core.embed_tokens')
    .where('expires_at', '<', new Date(now.getTime() - forgottenMs))
    .delete()
  await db('core.embed_tokens').insert({
    id,
    token_hash: hashToken(token),
    user_id: userId,
    role,
    origin,
    site_ids: siteIds,
    campaign_ids: campaignIds,
    api_key_id: 'apiKeyId' in from ? from.apiKeyId : null,
    session_id: 'sessionId' in from ? from.sessionId : null,
    created_at: now,
    expires_at: expiresAt
  })
  return { id, token, expiresAt }
}

interface TokenRow {
  readonly id: string
  readonly user_id: number
  readonly role: Role
  readonly origin: string
  readonly site_ids: number[] | null
  readonly campaign_ids: number[] | null
  readonly expires_at: Date
  readonly user_role: Role
  readonly site_id: number | null
}

/** Tokens that still stand: neither their user nor what they were issued for has been withdrawn. */
const standing = (db: Knex, now: Date) =>
  db('core.embed_tokens as t')
    .join('core.users as u', 'u.id', 't.user_id')
    .leftJoin('core.api_keys as k', 'k.id', 't.api_key_id')
    .where('u.active', true)
    .where('t.expires_at', '>', now)
    .whereNull('k.revoked_at')

/** Which of these tokens still stand. */
export const standingTokens = async (db: Knex, now: Date, ids: readonly string[]): Promise<Set<string>> =>
  new Set(await standing(db, now).whereIn('t.id', ids).pluck('t.id'))

/** The lesser of two roles. */
const lesser = (a: Role, b: Role): Role => (ranks.indexOf(a) < ranks.indexOf(b) ? a : b)
const ranks: readonly Role[] = ['agent', 'supervisor', 'admin']

/** What a token shows: what the user may see, and of that what the token names. */
function narrowed(user: RowScope, siteIds: number[] | null, campaignIds: number[] | null): RowScope {
  const sites =
    siteIds && user.siteIds
      ? siteIds.filter(siteId => isWithin(user, { siteId, campaignIds: [] }))
      : (siteIds ?? user.siteIds)
  return { siteIds: sites, campaignIds: campaignIds ?? user.campaignIds }
}

/** Recognises tokens of pages, and only from pages of the origin that they were issued for. */
export const embedTokenAuthenticator = ({ db, clock, permissions }: Kernel): Authenticator => ({
  name: 'embed-token',
  async authenticate(request) {
    const token = bearerOf(request)
    if (!token?.startsWith(prefix)) return null
    const row = await standing(db, clock.now())
      .where({ 't.token_hash': hashToken(token) })
      .first<TokenRow | undefined>('t.*', 'u.role as user_role', 'u.site_id')
    if (!row || !isFrom(request, row.origin)) return null
    const role = lesser(row.role, row.user_role)
    return {
      kind: 'user',
      id: row.user_id,
      role,
      siteId: row.site_id,
      permissions: permissions.ofRole(role),
      scope: narrowed(scopeOfUser(role, row.site_id), row.site_ids, row.campaign_ids),
      embedToken: { id: row.id, expiresAt: row.expires_at }
    }
  }
})

import type { Authenticator } from '../../kernel/auth.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { bearerOf, hashToken, newToken } from './token.ts'

/** Makes keys recognisable in a leak, for people and for secret scanners. */
const prefix = 'evs_'
/** `last_used_at` is written at most this often. */
const touchMs = 60_000

export const newApiKey = (): string => `${prefix}${newToken()}`

interface KeyRow {
  readonly id: number
  readonly permissions: string[]
  readonly last_used_at: Date | null
}

/** Recognises API keys: `Authorization: Bearer evs_…`. A key has no role and no site, only its permissions. */
export const apiKeyAuthenticator = ({ db, clock }: Kernel): Authenticator => ({
  name: 'api-key',
  async authenticate(request) {
    const token = bearerOf(request)
    if (!token?.startsWith(prefix)) return null
    const key = await db('core.api_keys')
      .where({ key_hash: hashToken(token), revoked_at: null })
      .first<KeyRow | undefined>('id', 'permissions', 'last_used_at')
    if (!key) return null
    const now = clock.now()
    if (!key.last_used_at || now.getTime() - key.last_used_at.getTime() > touchMs) {
      await db('core.api_keys').where({ id: key.id }).update({ last_used_at: now })
    }
    return { kind: 'api-key', id: key.id, role: null, siteId: null, permissions: new Set(key.permissions) }
  }
})

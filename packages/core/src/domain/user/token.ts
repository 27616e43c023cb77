import { createHash, randomBytes } from 'node:crypto'
import type { FastifyRequest } from 'fastify'

/** 256 random bits; only their SHA-256 is stored (with that much entropy a slow hash adds nothing). */
export const newToken = (): string => randomBytes(32).toString('base64url')

export const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest()

/** The token of `Authorization: Bearer …` (RFC 6750), else null. */
export function bearerOf({ headers }: Pick<FastifyRequest, 'headers'>): string | null {
  const match = /^Bearer ([\w.~+/=-]{16,512})$/i.exec(headers.authorization ?? '')
  return match?.[1] ?? null
}

/** Name of the cookie in which pages of the server itself keep their session. */
const cookieName = 'evs_session'

/** The session token of the cookie, else null. */
export function cookieOf({ headers }: Pick<FastifyRequest, 'headers'>): string | null {
  for (const pair of (headers.cookie ?? '').split(';')) {
    const [name, value] = pair.trim().split('=')
    if (name === cookieName && value !== undefined && /^[\w-]{43}$/.test(value)) return value
  }
  return null
}

/**
 * The header that keeps a session in the browser until `expiresAt`, out of reach of scripts and of other sites; null ends
 * it. `Secure` where the request came by TLS.
 */
export function sessionCookie(
  { protocol }: Pick<FastifyRequest, 'protocol'>,
  session: { readonly token: string; readonly expiresAt: Date } | null
): string {
  const attributes = `Path=/api/auth; HttpOnly; SameSite=Strict${protocol === 'https' ? '; Secure' : ''}`
  if (!session) return `${cookieName}=; Max-Age=0; ${attributes}`
  return `${cookieName}=${session.token}; Expires=${session.expiresAt.toUTCString()}; ${attributes}`
}

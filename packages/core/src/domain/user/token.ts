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

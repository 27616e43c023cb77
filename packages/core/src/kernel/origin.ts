import cors from '@fastify/cors'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Knex } from 'knex'

/** Preflights are kept by browsers for so long, s. */
const preflightSeconds = 600

/** Whether this origin is the address under which the request reached us: the server's own pages. */
export function isOwnOrigin(request: Pick<FastifyRequest, 'host'>, origin: string): boolean {
  try {
    const { protocol, host } = new URL(origin)
    return new URL(`${protocol}//${request.host}`).host === host // either may spell out the scheme's own port
  } catch {
    return false // `null` of a sandboxed frame, or nonsense
  }
}

/**
 * The origin of the page behind a request. Browsers send none with a GET of the same origin; then it is our own, whatever
 * scheme a proxy in front of us speaks.
 */
export const isFrom = (request: Pick<FastifyRequest, 'host' | 'headers'>, origin: string): boolean =>
  request.headers.origin === undefined ? isOwnOrigin(request, origin) : request.headers.origin === origin

/** Whether pages of this origin may talk to the server: the server's own, and those an administrator approved. */
export async function isApproved(
  db: Knex,
  request: Pick<FastifyRequest, 'host'>,
  origin: string
): Promise<boolean> {
  if (isOwnOrigin(request, origin)) return true
  return (await db('core.approved_origins').where({ origin }).first('id')) !== undefined
}

/** Lets pages of approved origins read answers (CORS); never with cookies. Other origins get no such header. */
export async function allowOrigins(app: FastifyInstance, db: Knex): Promise<void> {
  await app.register(cors, {
    delegator: async (request: FastifyRequest) => {
      const { origin } = request.headers
      if (origin === undefined || isOwnOrigin(request, origin)) return { origin: false }
      return {
        origin: await isApproved(db, request, origin),
        methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
        allowedHeaders: ['authorization', 'content-type', 'idempotency-key', 'if-match'],
        exposedHeaders: ['etag', 'idempotency-replayed', 'retry-after', 'www-authenticate'],
        maxAge: preflightSeconds
      }
    }
  })
}

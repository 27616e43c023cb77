import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import type { Knex } from 'knex'
import type { Clock } from './clock.ts'
import { IdempotencyKeyReusedError, InvalidRequestError, RequestInProgressError } from './errors.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A repeated `Idempotency-Key` gets the first answer again; the work is done once. Not for public routes. */
    idempotent?: boolean
  }
}

/** How long an answer is kept. */
const keptMs = 24 * 3_600_000
/** No request lasts this long: one without an answer by then died with its process, and the key is free again. */
const abandonedMs = 60_000
const keyPattern = /^[\x21-\x7e]{1,200}$/

interface StoredAnswer {
  readonly request_hash: Buffer
  readonly status: number | null
  readonly body: string | null
}

/**
 * Makes a route honour `Idempotency-Key` (IETF draft-ietf-httpapi-idempotency-key-header): same key and request →
 * the stored answer with `Idempotency-Replayed: true`; another request → 422 CORE_IDEMPOTENCY_KEY_REUSED; the first
 * still running → 409 CORE_REQUEST_IN_PROGRESS with Retry-After. Answers below 500 are kept for 24 hours, in
 * `core.idempotency_keys`, so it holds over processes. Keys belong to the actor who sent them.
 */
export function makeIdempotent(route: RouteOptions, { db, clock }: { db: Knex; clock: Clock }): void {
  const claimed = new WeakSet<FastifyRequest>()

  const claim = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const key = request.headers['idempotency-key']
    if (key === undefined) return
    if (typeof key !== 'string' || !keyPattern.test(key)) {
      throw new InvalidRequestError('Idempotency-Key must be 1 to 200 visible ASCII characters.')
    }
    const hash = hashOf(request)
    if (await claimKey(db, clock.now(), request, key, hash)) {
      claimed.add(request)
      return
    }
    const stored = await keysOf(db, request, key).first<StoredAnswer | undefined>()
    if (stored && !stored.request_hash.equals(hash)) throw new IdempotencyKeyReusedError()
    if (!stored || stored.status === null) {
      throw Object.assign(new RequestInProgressError(), { headers: { 'retry-after': '1' } })
    }
    const type = stored.status < 400 ? 'application/json' : 'application/problem+json'
    reply.code(stored.status).header('idempotency-replayed', 'true')
    return stored.body === null ? reply.send() : reply.type(`${type}; charset=utf-8`).send(stored.body)
  }

  const store = async (request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> => {
    if (!claimed.delete(request)) return payload
    const row = keysOf(db, request, String(request.headers['idempotency-key']))
    try {
      if (reply.statusCode >= 500) await row.delete()
      else await row.update({ status: reply.statusCode, body: typeof payload === 'string' ? payload : null })
    } catch (err) {
      // The work is done: its answer counts more than a later repetition's.
      request.log.error({ err }, 'answer not kept for its idempotency key')
    }
    return payload
  }

  route.preHandler = [...listOf(route.preHandler), claim]
  route.onSend = [...listOf(route.onSend), store]
}

const listOf = <T>(hooks: T | T[] | undefined): T[] =>
  hooks === undefined ? [] : Array.isArray(hooks) ? hooks : [hooks]

const keysOf = (db: Knex, { actor }: FastifyRequest, key: string) =>
  db('core.idempotency_keys').where({ actor_kind: actor.kind, actor_id: actor.id, key })

/** Takes the key when it is new, outdated or abandoned; clears away a few outdated ones of others. */
async function claimKey(
  db: Knex,
  now: Date,
  request: FastifyRequest,
  key: string,
  hash: Buffer
): Promise<boolean> {
  const { kind, id } = request.actor
  const route = `${request.method} ${request.routeOptions.url}`
  const outdated = new Date(now.getTime() - keptMs)
  const abandoned = new Date(now.getTime() - abandonedMs)
  const { rows } = await db.raw(
    `with cleared as (
       delete from core.idempotency_keys where ctid = any (array(
         select ctid from core.idempotency_keys where created_at < :outdated and key <> :key
         limit 100 for update skip locked)))
     insert into core.idempotency_keys as held (actor_kind, actor_id, key, route, request_hash, created_at)
     values (:kind, :id, :key, :route, :hash, :now)
     on conflict (actor_kind, actor_id, key) do update
       set route = excluded.route, request_hash = excluded.request_hash, created_at = excluded.created_at,
           status = null, body = null
       where held.created_at < :outdated or (held.status is null and held.created_at < :abandoned)
     returning 1`,
    { kind, id, key, route, hash, now, outdated, abandoned }
  )
  return rows.length > 0
}

function hashOf({ method, url, body }: FastifyRequest): Buffer {
  return createHash('sha256')
    .update(`${method} ${url}\0${canonical(body)}`)
    .digest()
}

/** JSON with sorted keys: a client may write the same body in another order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member
  )
}

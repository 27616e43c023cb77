import { STATUS_CODES } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { InvalidFieldError, NotFoundError } from './errors.ts'

/** One wrong field of a request. */
export const Issue = Type.Object({
  in: Type.String({ description: 'Part of the request: body, querystring, params or headers' }),
  pointer: Type.String({ description: 'JSON pointer (RFC 6901) of the field within that part' }),
  detail: Type.String()
})
export type Issue = Static<typeof Issue>

/** Body of every error (RFC 9457). `code` is stable; `detail` is for people and absent from 500 on. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: 'urn:problem:<code in kebab-case>' }),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String(),
    detail: Type.Optional(Type.String()),
    instance: Type.String({ description: 'Id of the request, as in the log' }),
    errors: Type.Optional(Type.Array(Issue))
  },
  { $id: 'Problem' }
)
export type Problem = Static<typeof Problem>

/** What `4xx` and `5xx` look like in the schema of each route. */
export const problemResponse = {
  description: 'Problem details (RFC 9457)',
  content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } }
}

/** Optional properties of errors that end up in the answer. */
interface AnswerParts {
  readonly statusCode?: number
  readonly code?: unknown
  readonly issues?: readonly Issue[]
  readonly headers?: Readonly<Record<string, string>>
}

/** 422 CORE_INVALID_FIELD about one field of the body; `detail` completes the sentence "<field> …". */
export function invalidField(field: string, detail: string): Error {
  const issues: Issue[] = [{ in: 'body', pointer: `/${field}`, detail }]
  return Object.assign(new InvalidFieldError(`${field} ${detail}`), { issues })
}

/** The error handler of the application: logs, then answers with a Problem. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const parts: AnswerParts = typeof error === 'object' && error !== null ? error : {}
  const known = parts.statusCode !== undefined && parts.statusCode >= 400
  const status = known ? (parts.statusCode ?? 500) : 500
  // A code without a status comes from below (PostgreSQL, the socket): it stays in the log.
  const code = known && typeof parts.code === 'string' ? parts.code : 'CORE_INTERNAL'
  if (status >= 500) request.log.error({ err: error }, 'request failed')
  else request.log.info({ code, issues: parts.issues }, 'request refused') // a client's mistake needs no stack
  const problem: Problem = {
    type: `urn:problem:${code.toLowerCase().replaceAll('_', '-')}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    code,
    ...(status < 500 && error instanceof Error && { detail: error.message }),
    instance: request.id,
    ...(parts.issues && { errors: [...parts.issues] })
  }
  if (parts.headers) reply.headers(parts.headers)
  return reply.code(status).type('application/problem+json').send(problem)
}

/** Answer of every address that no route serves. */
export function answerNotFound(request: FastifyRequest): never {
  throw new NotFoundError(`There is nothing at ${request.method} ${request.url.split('?')[0]}`)
}

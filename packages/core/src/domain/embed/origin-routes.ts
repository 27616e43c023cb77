import { Type } from 'typebox'
import { NotFoundError } from '../../kernel/errors.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { PluginScope } from '../../kernel/plugin.ts'
import { toWire } from '../../kernel/wire.ts'
import { OriginInvalidError } from './errors.ts'

const Origin = Type.Object(
  {
    id: Type.Integer(),
    origin: Type.String(),
    createdBy: Type.Union([Type.Integer(), Type.Null()]),
    createdAt: Type.String({ format: 'date-time' })
  },
  { $id: 'Core.Origin' }
)

/**
 * An origin as browsers send it (RFC 6454 §6.1): scheme, host in small letters, port unless it is the scheme's own.
 * Throws CORE_ORIGIN_INVALID for anything else, such as an address with a path.
 */
export function parseOrigin(text: string): string {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw new OriginInvalidError()
  }
  const plain = `${url.protocol}//${url.host}`
  if (!/^https?:$/.test(url.protocol) || text.toLowerCase().replace(/\/$/, '') !== plain)
    throw new OriginInvalidError()
  return plain
}

interface OriginRow {
  readonly id: number
  readonly origin: string
  readonly created_by: number | null
  readonly created_at: Date
}

/** The origins whose pages may embed widgets; CORS and the WebSocket are open to them and to nobody else. */
export function registerOriginRoutes(scope: PluginScope, { db, clock }: Kernel): void {
  const config = { permission: 'origins:write' }
  const tags = ['auth']

  scope.get(
    '/origins',
    {
      config,
      schema: {
        operationId: 'listOrigins',
        summary: 'Origins whose pages may embed widgets',
        tags,
        response: { 200: Type.Object({ items: Type.Array(Origin) }) }
      }
    },
    async () => ({ items: (await db<OriginRow>('core.approved_origins').orderBy('origin')).map(toWire) })
  )

  scope.post(
    '/origins',
    {
      config,
      schema: {
        operationId: 'approveOrigin',
        summary: 'Approve an origin; one that is approved already stays so',
        tags,
        body: Type.Object({ origin: Type.String({ minLength: 8, maxLength: 255 }) }),
        response: { 201: Origin }
      }
    },
    async ({ actor, body }, reply) => {
      const [row] = await db<OriginRow>('core.approved_origins')
        .insert({
          origin: parseOrigin(body.origin),
          created_by: actor.kind === 'user' ? actor.id : null,
          created_at: clock.now()
        })
        .onConflict('origin')
        .merge(['origin'])
        .returning('*')
      return reply.code(201).send(toWire(row!)) // one row, inserted or found
    }
  )

  scope.delete(
    '/origins/:id',
    {
      config,
      schema: {
        operationId: 'withdrawOrigin',
        summary: 'Withdraw an origin; tokens of its pages end',
        tags,
        params: Type.Object({ id: Type.Integer({ minimum: 1 }) }),
        response: { 204: Type.Null() }
      }
    },
    async ({ params }, reply) => {
      await db.transaction(async trx => {
        const [row] = await trx('core.approved_origins')
          .where({ id: params.id })
          .delete()
          .returning<{ origin: string }[]>('origin')
        if (!row) throw new NotFoundError(`Origin ${params.id} does not exist`)
        await trx('core.embed_tokens').where({ origin: row.origin }).whereNotNull('api_key_id').delete()
      })
      return reply.code(204).send(null)
    }
  )
}

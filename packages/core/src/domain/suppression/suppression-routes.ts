import { Type } from 'typebox'
import { NotFoundError } from '../../kernel/errors.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { cutPage, PageQuery, pageOf } from '../../kernel/page.ts'
import type { PluginScope } from '../../kernel/plugin.ts'
import { lift, type Suppression, suppress } from './suppressions.ts'

const number = Type.String({ pattern: '^\\+[1-9]\\d{6,14}$', description: 'E.164' })

const SuppressionView = Type.Object(
  {
    number,
    reason: Type.Enum(['asked', 'imported', 'manual']),
    note: Type.Union([Type.String(), Type.Null()]),
    createdAt: Type.String({ format: 'date-time' })
  },
  { $id: 'Core.Suppression' }
)

/** Numbers that nobody may call. */
export function registerSuppressionRoutes(scope: PluginScope, kernel: Kernel): void {
  const { db } = kernel

  scope.post(
    '/suppressions',
    {
      config: { permission: 'suppressions:write' },
      bodyLimit: 5 * 1024 * 1024,
      schema: {
        operationId: 'suppressNumbers',
        summary: 'Nobody may call these numbers any more',
        body: Type.Object({
          numbers: Type.Array(number, { minItems: 1, maxItems: 50_000 }),
          reason: Type.Enum(['asked', 'imported', 'manual'], { default: 'manual' }),
          note: Type.Optional(Type.Union([Type.String({ maxLength: 400 }), Type.Null()]))
        }),
        response: { 200: Type.Object({ added: Type.Integer() }) }
      }
    },
    async ({ actor, body }) => {
      let added = 0
      for (let from = 0; from < body.numbers.length; from += 5_000) {
        const page = body.numbers.slice(from, from + 5_000)
        const by = actor.kind === 'user' ? actor.id : null
        added += await suppress(kernel, page, { reason: body.reason, note: body.note ?? null }, by)
      }
      return { added }
    }
  )

  scope.get(
    '/suppressions',
    {
      config: { permission: 'suppressions:read' },
      schema: {
        operationId: 'listSuppressions',
        summary: 'Suppressed numbers, in their order',
        querystring: PageQuery,
        response: { 200: pageOf(SuppressionView) }
      }
    },
    async ({ query }) => {
      const rows: Suppression[] = await db('core.suppressions')
        .where('number', '>', query.after ?? '')
        .orderBy('number')
        .limit(query.limit + 1)
      const { items, next } = cutPage(rows, query.limit, row => row.number)
      return {
        items: items.map(({ number, reason, note, created_at }) => ({
          number,
          reason,
          note,
          createdAt: created_at.toISOString()
        })),
        next
      }
    }
  )

  scope.delete(
    '/suppressions/:number',
    {
      config: { permission: 'suppressions:write' },
      schema: {
        operationId: 'liftSuppression',
        summary: 'The number may be called again; contacts closed for it are ready again',
        params: Type.Object({ number }),
        response: { 200: Type.Object({ reopened: Type.Integer() }) }
      }
    },
    async ({ params }) => {
      const reopened = await lift(kernel, params.number)
      if (reopened === null) throw new NotFoundError('This number is not suppressed.')
      return { reopened }
    }
  )
}

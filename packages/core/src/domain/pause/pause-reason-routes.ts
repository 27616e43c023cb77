import { Type } from 'typebox'
import type { Kernel } from '../../kernel/kernel.ts'
import type { PluginScope } from '../../kernel/plugin.ts'
import { invalidField } from '../../kernel/problem.ts'
import { readPauseReasons } from '../realtime/me-view.ts'

const PauseReason = Type.Object(
  {
    code: Type.String({ pattern: '^[a-z][a-z0-9_]{0,39}$' }),
    labelFr: Type.String({ minLength: 1, maxLength: 80 }),
    labelEn: Type.String({ minLength: 1, maxLength: 80 }),
    paid: Type.Boolean({ description: 'Counts as working time' }),
    maxMinutes: Type.Union([Type.Integer({ minimum: 1, maximum: 1440 }), Type.Null()], {
      description: 'How long it should last at most; null: no such time'
    })
  },
  { $id: 'Core.PauseReason' }
)

/** Why agents pause: the list they choose from. */
export function registerPauseReasonRoutes(scope: PluginScope, { db }: Kernel): void {
  scope.get(
    '/pause-reasons',
    {
      config: { permission: 'agent:work' },
      schema: {
        operationId: 'listPauseReasons',
        summary: 'Reasons for a pause, in the order in which they are offered',
        response: { 200: Type.Object({ items: Type.Array(PauseReason) }) }
      }
    },
    async () => ({ items: await readPauseReasons(db) })
  )

  scope.put(
    '/pause-reasons',
    {
      config: { permission: 'campaigns:write' },
      schema: {
        operationId: 'setPauseReasons',
        summary: 'Set the whole list; its order is that of the answer. Pauses of the past keep their codes',
        body: Type.Object({ items: Type.Array(PauseReason, { minItems: 1, maxItems: 50 }) }),
        response: { 200: Type.Object({ items: Type.Array(PauseReason) }) }
      }
    },
    async ({ body }) => {
      const codes = body.items.map(({ code }) => code)
      const twice = codes.findIndex((code, at) => codes.indexOf(code) !== at)
      if (twice >= 0) throw invalidField(`items/${twice}/code`, 'stands in the list twice')
      await db.transaction(async trx => {
        await trx('core.pause_reasons').delete()
        const rows = body.items.map(({ code, labelFr, labelEn, paid, maxMinutes }, rank) => ({
          code,
          label_fr: labelFr,
          label_en: labelEn,
          paid,
          max_minutes: maxMinutes,
          rank
        }))
        await trx('core.pause_reasons').insert(rows)
      })
      return { items: await readPauseReasons(db) }
    }
  )
}

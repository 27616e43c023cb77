import type { Knex } from 'knex'
import { Type } from 'typebox'
import type { Actor } from '../../kernel/actor.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { PluginScope } from '../../kernel/plugin.ts'
import { diallingChanged } from '../events.ts'
import { callableClasses } from './number-class.ts'

const Classes = Type.Array(Type.Enum([...callableClasses]), { uniqueItems: true })
const State = Type.Object(
  {
    stopped: Type.Boolean(),
    stoppedAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
    reason: Type.Union([Type.String(), Type.Null()]),
    directClasses: Type.Array(Type.String(), {
      description: 'Classes of numbers for calls without a campaign: click-to-dial and dialled by hand'
    })
  },
  { $id: 'Core.Dialling' }
)
const tags = ['dialling']

/** The switch that stops new calls, and what may be called without a campaign. Each change is logged. */
export function registerDiallingRoutes(scope: PluginScope, { db, clock, events }: Kernel): void {
  const state = async () => {
    const { stopped_at, reason } = await db('core.dialling').first('stopped_at', 'reason')
    const direct = await db('core.campaigns').where({ id: 0 }).first('number_classes')
    return {
      stopped: stopped_at !== null,
      stoppedAt: stopped_at === null ? null : stopped_at.toISOString(),
      reason,
      directClasses: direct.number_classes
    }
  }
  const changed = async () => {
    const now = await state()
    await events.emit(diallingChanged, { stopped: now.stopped, directClasses: now.directClasses })
    return now
  }
  const log = (trx: Knex.Transaction, actor: Actor, action: string, detail: string) =>
    trx('core.dialling_log').insert({
      at: clock.now(),
      actor_kind: actor.kind,
      actor_id: actor.id,
      action,
      detail
    })

  scope.get(
    '/dialling',
    {
      config: { permission: 'dialling:read' },
      schema: {
        operationId: 'getDialling',
        summary: 'Whether calls may be started, and where to without a campaign',
        tags,
        response: { 200: State }
      }
    },
    state
  )

  scope.put(
    '/dialling/stop',
    {
      config: { permission: 'dialling:stop' },
      schema: {
        operationId: 'stopDialling',
        summary:
          'Stop new calls, those that phones dial by hand too; calls that run go on, and help can be called',
        tags,
        body: Type.Object({
          reason: Type.String({ minLength: 1, maxLength: 200, description: 'Shown to whoever tries to call' })
        }),
        response: { 200: State }
      }
    },
    async ({ actor, body: { reason } }) => {
      await db.transaction(async trx => {
        await trx('core.dialling').update({
          stopped_at: trx.raw('coalesce(stopped_at, ?)', [clock.now()]),
          reason
        })
        await log(trx, actor, 'stopped', reason)
      })
      return changed()
    }
  )

  scope.delete(
    '/dialling/stop',
    {
      config: { permission: 'dialling:stop' },
      schema: {
        operationId: 'resumeDialling',
        summary: 'Let calls start again',
        tags,
        response: { 200: State }
      }
    },
    async ({ actor }) => {
      await db.transaction(async trx => {
        const resumed = await trx('core.dialling')
          .whereNotNull('stopped_at')
          .update({ stopped_at: null, reason: null })
        if (resumed > 0) await log(trx, actor, 'resumed', '')
      })
      return changed()
    }
  )

  scope.put(
    '/dialling/direct-classes',
    {
      config: { permission: 'dialling:write' },
      schema: {
        operationId: 'setDirectClasses',
        summary: 'Classes of numbers that may be called without a campaign',
        tags,
        body: Type.Object({ classes: Classes }),
        response: { 200: State }
      }
    },
    async ({ actor, body: { classes } }) => {
      await db.transaction(async trx => {
        await trx('core.campaigns').where({ id: 0 }).update({ number_classes: classes })
        await log(trx, actor, 'direct_classes', classes.join(' '))
      })
      return changed()
    }
  )
}

import { Type } from 'typebox'
import type { Kernel } from '../../kernel/kernel.ts'
import { Nullable } from '../../kernel/nullable.ts'
import type { PluginScope } from '../../kernel/plugin.ts'

const Time = Type.String({ format: 'date-time' })
const AuditEntry = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    action: Type.Enum(['listen', 'whisper']),
    actorId: Type.Integer({ description: 'Who listened' }),
    agentId: Nullable(Type.Integer({ description: 'Who was heard' })),
    callId: Type.String({ format: 'uuid' }),
    requestedAt: Time,
    beganAt: Nullable(Type.String({ format: 'date-time', description: 'null: he never heard anything' })),
    endedAt: Nullable(Time)
  },
  { $id: 'Core.AuditEntry' }
)

/** Who listened to whom, in which call, from when to when. */
export function registerAuditRoutes(scope: PluginScope, { db }: Kernel): void {
  scope.get(
    '/audit',
    {
      config: { permission: 'audit:read' },
      schema: {
        operationId: 'listAudit',
        summary: 'Who listened to whom, newest first',
        querystring: Type.Object({
          callId: Type.Optional(Type.String({ format: 'uuid' })),
          before: Type.Optional(
            Type.String({ format: 'date-time', description: 'requestedAt of the last entry seen' })
          ),
          limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 })
        }),
        response: { 200: Type.Object({ items: Type.Array(AuditEntry) }) }
      }
    },
    async ({ query: { callId, before, limit } }) => {
      const found = db('core.audit').orderBy([
        { column: 'requested_at', order: 'desc' },
        { column: 'id', order: 'desc' }
      ])
      if (callId !== undefined) found.where({ call_id: callId })
      if (before !== undefined) found.where('requested_at', '<', new Date(before))
      const rows = await found.limit(limit)
      return {
        items: rows.map(row => ({
          id: row.id,
          action: row.action,
          actorId: row.actor_id,
          agentId: row.agent_id,
          callId: row.call_id,
          requestedAt: row.requested_at.toISOString(),
          beganAt: row.began_at?.toISOString() ?? null,
          endedAt: row.ended_at?.toISOString() ?? null
        }))
      }
    }
  )
}

import type { Knex } from 'knex'
import { type Static, Type } from 'typebox'
import { toWire } from '../../kernel/wire.ts'

const NullableTime = Type.Union([Type.String({ format: 'date-time' }), Type.Null()])

/** One leg of a call: a phone that rang, with its own times. */
export const CallLeg = Type.Object(
  {
    leg: Type.String({ description: 'a1, a2 … on the agent’s side, c1 … the customer’s' }),
    role: Type.Enum(['agent', 'customer']),
    endpoint: Type.String({ description: 'Such as PJSIP/1001 or PJSIP/trunk-site-a' }),
    trunk: Type.Boolean(),
    createdAt: NullableTime,
    ringingAt: NullableTime,
    answeredAt: NullableTime,
    bridgedAt: NullableTime,
    endedAt: NullableTime,
    cause: Type.Union([Type.Integer(), Type.Null()])
  },
  { $id: 'Core.CallLeg' }
)
type CallLegWire = Static<typeof CallLeg>

const columns = ['leg', 'role', 'endpoint', 'trunk', 'cause'] as const
const times = ['created_at', 'ringing_at', 'answered_at', 'bridged_at', 'ended_at'] as const

/** The legs of a call in the order of their beginnings; `startedAt` of a call that is over, null for one in flight. */
export async function legsOf(db: Knex, callId: string, startedAt: Date | null): Promise<CallLegWire[]> {
  const legs = startedAt
    ? db('core.call_history_legs').where({ call_id: callId, started_at: startedAt })
    : db('core.call_legs').where({ call_id: callId })
  const rows: object[] = await legs.select(...columns, ...times).orderBy(['created_at', 'leg'])
  return rows.map(row => toWire(row) as CallLegWire) // the columns above under the names of the schema
}

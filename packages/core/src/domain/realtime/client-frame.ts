import { type Static, Type } from 'typebox'
import { Check } from 'typebox/value'

const Token = Type.String({ minLength: 16, maxLength: 512 })

/** What a page sends. The first frame is `hello`; it carries the token, so that it stands in no address and no log. */
const ClientFrame = Type.Union([
  Type.Object({
    type: Type.Literal('hello'),
    version: Type.Literal(1),
    token: Token,
    focused: Type.Boolean(),
    topics: Type.Array(Type.String({ maxLength: 80 }), { maxItems: 20 }),
    /** Where an earlier connection of this page broke off: the number of the last frame of each topic. */
    resume: Type.Union([
      Type.Object({
        epoch: Type.String({ maxLength: 40 }),
        n: Type.Record(Type.String({ maxLength: 80 }), Type.Integer({ minimum: 0 }))
      }),
      Type.Null()
    ])
  }),
  Type.Object({ type: Type.Literal('renew'), token: Token }),
  Type.Object({ type: Type.Literal('subscribe'), topic: Type.String({ maxLength: 80 }) }),
  Type.Object({ type: Type.Literal('unsubscribe'), topic: Type.String({ maxLength: 80 }) }),
  Type.Object({ type: Type.Literal('focus'), focused: Type.Boolean() }),
  Type.Object({ type: Type.Literal('done'), eventId: Type.String({ maxLength: 120 }) }),
  Type.Object({ type: Type.Literal('ping'), id: Type.Integer() }),
  /** A request of the REST API over this connection: one round trip, the same answer. */
  Type.Object({
    type: Type.Literal('command'),
    id: Type.Integer(),
    method: Type.Enum(['POST', 'PUT', 'PATCH', 'DELETE']),
    path: Type.String({ pattern: '^/api/[a-z0-9/-]{1,120}$' }),
    body: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    /** Idempotency-Key. */
    key: Type.String({ pattern: '^[\\x21-\\x7e]{8,200}$' }),
    /** The server's time, ms since 1970, after which nobody waits any more: it is then not carried out. */
    notAfter: Type.Integer()
  })
])
export type ClientFrame = Static<typeof ClientFrame>
export type CommandFrame = Extract<ClientFrame, { type: 'command' }>
export type HelloFrame = Extract<ClientFrame, { type: 'hello' }>

/** The frame in a message; null when it is none. */
export function parseFrame(text: string): ClientFrame | null {
  try {
    const frame: unknown = JSON.parse(text)
    return Check(ClientFrame, frame) ? frame : null
  } catch {
    return null
  }
}

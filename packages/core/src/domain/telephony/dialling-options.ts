import { Type } from 'typebox'
import { callableClasses } from './number-class.ts'

const prefix = Type.String({ pattern: '^\\+[0-9]{1,15}$' })

/** Option `destinations` of the core domain. */
export const DestinationOptions = Type.Object(
  {
    allow: Type.Array(prefix, {
      default: [],
      description: 'E.164 prefixes that may be called; empty: none'
    }),
    deny: Type.Array(prefix, { default: [], description: 'E.164 prefixes that may never be called' })
  },
  { default: {} }
)

/** Option `numberClasses` of the core domain. */
export const NumberClassOptions = Type.Array(Type.Enum([...callableClasses]), {
  default: callableClasses.filter(name => name !== 'premium' && name !== 'satellite' && name !== 'other'),
  description: 'Classes of numbers that campaigns and agents can be allowed at all'
})

/** Option `maxCallSeconds` of the core domain. */
export const MaxCallOption = Type.Integer({
  minimum: 10,
  maximum: 43_200,
  default: 14_400,
  description: 'Longest call, from the customer’s answer; no campaign goes beyond'
})

const rate = (burst: number, perMinute: number, description: string) =>
  Type.Object(
    {
      burst: Type.Integer({ minimum: 1, maximum: 100_000, default: burst }),
      perMinute: Type.Integer({ minimum: 1, maximum: 100_000, default: perMinute })
    },
    { default: {}, description }
  )

/** Option `dialLimits` of the core domain: token buckets, against scripts that have got hold of a login or a key. */
export const DialLimitOptions = Type.Object(
  {
    agent: rate(60, 60, 'Calls that one agent may start: so many at once, then so many a minute'),
    trunk: rate(300, 1_200, 'Calls that may be started by one trunk'),
    'api-key': rate(60, 300, 'Calls that one API key may start')
  },
  { default: {} }
)

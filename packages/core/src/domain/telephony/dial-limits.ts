import type { Knex } from 'knex'
import { DialLimitError } from '../errors.ts'

/** A token bucket: `burst` calls at once, then `perMinute`. */
export interface Rate {
  readonly burst: number
  readonly perMinute: number
}

/** What is limited: each agent, each trunk, each API key. */
export type Limited = 'agent' | 'trunk' | 'api-key'
export type DialLimits = Readonly<Record<Limited, Rate>>

const words: Readonly<Record<Limited, string>> = { agent: 'agent', trunk: 'trunk', 'api-key': 'API key' }

/**
 * Takes one token of each bucket, or none at all: the transaction is the caller's and a refusal ends it. Buckets stand in
 * the database, so that several server processes share them. Throws CORE_DIAL_LIMIT.
 */
export async function takeTokens(
  trx: Knex.Transaction,
  limits: DialLimits,
  keys: readonly (readonly [Limited, string])[],
  now: Date
): Promise<void> {
  // One order for all: two calls never wait for one another.
  const sorted = [...keys].sort((a, b) => `${a[0]} ${a[1]}`.localeCompare(`${b[0]} ${b[1]}`))
  for (const [kind, key] of sorted) {
    const { burst, perMinute } = limits[kind]
    const filled = `least(?::float8, b.tokens + greatest(0, extract(epoch from excluded.refilled_at - b.refilled_at)) * ? / 60)`
    const { rows } = await trx.raw<{ rows: unknown[] }>(
      `insert into core.dial_buckets as b (kind, key, tokens, refilled_at) values (?, ?, ?::float8 - 1, ?)
       on conflict (kind, key) do update set tokens = ${filled} - 1, refilled_at = excluded.refilled_at
        where ${filled} >= 1 returning 1`,
      [kind, key, burst, now, burst, perMinute, burst, perMinute]
    )
    if (rows.length === 0) throw new DialLimitError(words[kind], Math.ceil(60 / perMinute))
  }
}

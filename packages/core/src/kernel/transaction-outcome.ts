import type { Knex } from 'knex'

const outcomes = new WeakMap<Knex.Transaction, Promise<boolean>>()

/**
 * Whether the outermost transaction around `trx` has committed, once that is decided; never rejects.
 * `executionPromise` alone does not tell: it also resolves after `trx.rollback()` without an error, when only a
 * savepoint is released, and when PostgreSQL turns the COMMIT of an aborted transaction into a rollback.
 */
export function committed(trx: Knex.Transaction): Promise<boolean> {
  const known = outcomes.get(trx)
  if (known) return known
  const outcome = watch(trx)
  outcomes.set(trx, outcome)
  return outcome
}

async function watch(trx: Knex.Transaction): Promise<boolean> {
  let last = ''
  let aborted = false
  trx.on('query', ({ sql }: { sql: string }) => {
    last = sql
    if (/^rollback to savepoint/i.test(sql)) aborted = false
  })
  trx.on('query-error', () => {
    aborted = true
  })
  try {
    await trx.executionPromise
  } catch {
    return false
  }
  if (aborted || !/^(commit|release savepoint)/i.test(last)) return false
  return trx.parentTransaction ? committed(trx.parentTransaction) : true
}

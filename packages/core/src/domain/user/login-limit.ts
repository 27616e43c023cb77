import { createHash } from 'node:crypto'
import type { Knex } from 'knex'
import { TooManyFailuresError } from './errors.ts'

const windowMs = 15 * 60_000
/** Failed guesses for one login within the window. */
const perLogin = 5
/** A whole site may stand behind one address: one forgetful agent must not lock out his colleagues. */
const perAddress = 50

/**
 * Books one attempt before the password is looked at, so that any number of processes and parallel requests
 * together get no more guesses than the limit. Throws CORE_TOO_MANY_FAILURES with Retry-After (s).
 */
export async function bookAttempt(db: Knex, now: Date, login: string, address: string): Promise<void> {
  const subjects = [
    { subject: subjectOf(login), limit: perLogin },
    { subject: `address:${address}`, limit: perAddress }
  ]
  await db.transaction(async trx => {
    for (const { subject, limit } of subjects) {
      // Held to the end of the transaction; login before address in every process, so no deadlock.
      await trx.raw('select pg_advisory_xact_lock(hashtextextended(?, 0))', [subject])
      await refuseAbove(trx, now, subject, limit)
    }
    await trx('core.login_failures').insert(subjects.map(({ subject }) => ({ subject, failed_at: now })))
    await clearOutdated(trx, now)
  })
}

/** The attempt was no failure: forgets those of this login, and this one of the address. */
export async function clearFailures(db: Knex, login: string, address: string): Promise<void> {
  await db.raw(
    `delete from core.login_failures where subject = :login
       or id = (select max(id) from core.login_failures where subject = :address)`,
    { login: subjectOf(login), address: `address:${address}` }
  )
}

/** Skips what another attempt is clearing: waiting for each other's rows could end in a deadlock. */
async function clearOutdated(trx: Knex.Transaction, now: Date): Promise<void> {
  await trx.raw(
    `delete from core.login_failures where id in (
       select id from core.login_failures where failed_at < ? limit 1000 for update skip locked)`,
    [new Date(now.getTime() - windowMs)]
  )
}

async function refuseAbove(trx: Knex.Transaction, now: Date, subject: string, limit: number): Promise<void> {
  const decisive = await trx('core.login_failures')
    .where({ subject })
    .where('failed_at', '>', new Date(now.getTime() - windowMs))
    .orderBy('failed_at', 'desc')
    .offset(limit - 1)
    .first<{ failed_at: Date } | undefined>('failed_at')
  if (!decisive) return
  const seconds = Math.ceil((decisive.failed_at.getTime() + windowMs - now.getTime()) / 1000)
  throw Object.assign(new TooManyFailuresError(Math.ceil(seconds / 60)), {
    headers: { 'retry-after': String(seconds) }
  })
}

/** People type passwords into the wrong field: the login is kept as a hash. */
const subjectOf = (login: string): string =>
  `login:${createHash('sha256').update(login.toLowerCase()).digest('base64url')}`

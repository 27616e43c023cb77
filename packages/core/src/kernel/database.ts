import knex, { type Knex } from 'knex'
import pg from 'pg'
import {
  DatabaseRefusedError,
  DatabaseTooOldError,
  DatabaseUnreachableError,
  UnsafeIntegerError
} from './errors.ts'

export interface DatabaseOptions {
  /** Connections of this process's pool at most; default 10. Dispatch has 6 beside it, and what listens one each. */
  readonly poolMax?: number
  /** What `pg_stat_activity` shows; default `evscallpro`. */
  readonly applicationName?: string
  /** Longest statement in ms; default 30 000. */
  readonly statementTimeoutMs?: number
}

/** Longest time a transaction may sit idle, in ms: a forgotten one would hold its locks for ever. */
const idleInTransactionMs = 15_000
const connectMs = 5_000

/** PostgreSQL 15 brought `nulls not distinct` and `merge`, which our SQL uses. */
const oldestServer = 15

/**
 * A Knex over pg for `url` (`postgres://user@host:port/database`, socket directories as `?host=`). Nothing is
 * opened until the first query; call `checkServer` to fail early. bigint arrives as number (an error beyond
 * 2^53), date as `YYYY-MM-DD`, timestamptz as Date; the session runs in UTC.
 */
export function connectDatabase(url: string, options: DatabaseOptions = {}): Knex {
  return knex({
    client: 'pg',
    connection: {
      connectionString: url,
      application_name: options.applicationName ?? 'evscallpro',
      statement_timeout: options.statementTimeoutMs ?? 30_000,
      idle_in_transaction_session_timeout: idleInTransactionMs,
      connectionTimeoutMillis: connectMs,
      options: '-c timezone=UTC',
      types: { getTypeParser }
    } as Knex.PgConnectionConfig, // knex's type lacks `types` and `options`, which pg reads
    pool: { min: 0, max: options.poolMax ?? 10 },
    acquireConnectionTimeout: 10_000,
    // What knex would print on the console it also throws.
    log: { warn() {}, error() {}, deprecate() {}, debug() {} },
    // Values of a failed statement (phone numbers, hashes) stay out of its error message.
    compileSqlOnError: false
  })
}

/**
 * At most `max` sessions of one use beside the pool of `db`, to the same database, opened when they are needed. Reports that
 * take all of the pool hold nothing up here; and as a pool hands out the session that came back last, one after the other
 * gets the same one, whose plans and caches are warm. `opening` is the statement that each begins with. Destroy it before the
 * process is to end.
 */
export function sessionsBeside(db: Knex, max: number, opening?: string): Knex {
  const { config } = db.client
  const begins = opening !== undefined && {
    afterCreate: (connection: pg.Client, done: (error: Error | null, connection: pg.Client) => void): void =>
      connection.query(opening, error => done(error, connection))
  }
  return knex({ ...config, pool: { ...config.pool, min: 0, max, ...begins } })
}

type Parse = (value: string) => unknown

const parsers: Readonly<Record<number, Parse>> = {
  20: toSafeInteger,
  1016: value => value.slice(1, -1).split(',').filter(Boolean).map(toSafeInteger),
  1082: value => value
}

function getTypeParser(oid: number, format?: 'text' | 'binary'): Parse {
  const own = parsers[oid]
  if (own && format !== 'binary') return own
  return pg.types.getTypeParser(oid, format) as Parse
}

function toSafeInteger(value: string): number {
  const number = Number(value)
  if (!Number.isSafeInteger(number)) throw new UnsafeIntegerError(value)
  return number
}

/**
 * Resolves when the server answers, lets us in and is recent enough. Throws CORE_DATABASE_UNREACHABLE,
 * CORE_DATABASE_REFUSED or CORE_DATABASE_TOO_OLD; the sentence says what was found and what to do, and never
 * contains the password.
 */
export async function checkServer(db: Knex): Promise<void> {
  let version: number
  try {
    const { rows } = await db.raw("select current_setting('server_version_num')::int as version")
    version = rows[0].version
  } catch (error) {
    throw explainConnectionError(error, whereIs(db))
  }
  const refusal = refuseVersion(version)
  if (refusal) throw refusal
}

/** The error for a `server_version_num` that is too low, else null. */
export function refuseVersion(version: number): Error | null {
  const major = Math.floor(version / 10_000)
  if (major >= oldestServer) return null
  return new DatabaseTooOldError(
    `PostgreSQL ${major} answers at DATABASE_URL; version ${oldestServer} or newer is needed. Upgrade the server, ` +
      'or leave DATABASE_URL unset to use the embedded one.'
  )
}

interface Address {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
}

function whereIs(db: Knex): Address {
  const { host, port, user = '', database = '' } = new pg.Client(db.client.config.connection)
  return { host, port, user, database }
}

function explainConnectionError(error: unknown, { host, port, user, database }: Address): unknown {
  const code = codeOf(error)
  const at = `${host}:${port}`
  switch (code) {
    case '28P01':
    case '28000':
      return new DatabaseRefusedError(
        `PostgreSQL at ${at} refuses user '${user}' (DATABASE_URL). Correct the user or the password, or allow it in pg_hba.conf.`
      )
    case '3D000':
      return new DatabaseRefusedError(
        `PostgreSQL at ${at} has no database '${database}' (DATABASE_URL). Create it (createdb ${database}) or correct the name.`
      )
    case '53300':
      return new DatabaseUnreachableError(
        `PostgreSQL at ${at} has no free connection (DATABASE_URL). Raise max_connections, or lower the pools of its clients.`
      )
    default:
      if (!networkCodes.test(code)) return error
      return new DatabaseUnreachableError(
        `No PostgreSQL answers at ${at} (DATABASE_URL): ${code}. Start the server, or correct host and port.`
      )
  }
}

const networkCodes = /^(ECONN|EAI_|ENOTFOUND|ENOENT|ETIMEDOUT|EHOST|ENET|EPIPE|57P0[123]|08)/

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  if ('code' in error && typeof error.code === 'string') return error.code
  if (error instanceof AggregateError) return codeOf(error.errors[0]) // both addresses of localhost refused
  return /timeout|terminated/i.test(error.message) ? 'ETIMEDOUT' : ''
}

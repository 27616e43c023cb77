import { randomBytes } from 'node:crypto'
import knex, { type Knex } from 'knex'
import type pg from 'pg'
import { locks, ownedDatabase } from './locks.ts'
import { dropOldTemplates, dropOrphans, ensureTemplate } from './template.ts'
import { type Lease, leaseTestServer } from './test-server.ts'

export interface FreshDatabaseOptions {
  /** Names the migrations' content, for instance a hash of it: a new key means a new template. */
  key: string
  /** Brings an empty database to the newest schema. Runs once per key and server, not per test. */
  migrate(db: Knex): Promise<void>
}

export interface FreshDatabase {
  /** Pool of up to 10 sessions. */
  db: Knex
  /** URL of the same database, for other processes. */
  url: string
}

/** Sessions of one test database at most; two test files at once stay below a server's usual 100, three in CI below its 200. */
const poolSize = 10

/**
 * Gives a test a database of its own with all migrations applied, as a copy of a template that is migrated once; drops
 * it on teardown. Uses DATABASE_URL (PostgreSQL 15 or newer, direct, not through a transaction pooler) where set, else
 * an embedded server that all tests share.
 * Throws when the role of DATABASE_URL may not create databases, and what migrate throws.
 */
export async function freshDatabase(
  t: { teardown(fn: () => unknown): void },
  { key, migrate }: FreshDatabaseOptions
): Promise<FreshDatabase> {
  const lease = await leaseTestServer()
  t.teardown(() => lease.release())
  const name = await make(lease, key, migrate)
  t.teardown(() => lease.session.query(`drop database if exists "${name}" with (force)`))
  const url = withDatabase(lease.url, name)
  const db = openPool(url)
  t.teardown(() => db.destroy())
  return { db, url }
}

/** One at a time on a server: a template must have no sessions while it is copied, and is copied in milliseconds. */
async function make(
  { session, url }: Lease,
  key: string,
  migrate: (db: Knex) => Promise<void>
): Promise<string> {
  await mayCreate(session)
  await session.query('select pg_advisory_lock($1, $2)', locks.making)
  try {
    await dropOrphans(session)
    const template = await ensureTemplate(session, key, async building => {
      const db = openPool(withDatabase(url, building))
      try {
        await migrate(db)
      } finally {
        await db.destroy()
      }
    })
    const name = `evs_test_${randomBytes(6).toString('hex')}`
    await session.query(`create database "${name}" template "${template}"`)
    // As long as our session holds this lock the database has an owner, whatever becomes of its pool.
    await session.query('select pg_advisory_lock($1, hashtext($2))', [ownedDatabase, name])
    await dropOldTemplates(session, template)
    return name
  } finally {
    await session.query('select pg_advisory_unlock($1, $2)', locks.making)
  }
}

function openPool(connection: string): Knex {
  return knex({ client: 'pg', connection, pool: { min: 0, max: poolSize } })
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed.href
}

async function mayCreate(session: pg.Client): Promise<void> {
  const { rows } = await session.query(
    'select rolname as name, rolcreatedb or rolsuper as may from pg_roles where rolname = current_user'
  )
  if (rows[0].may === true) return
  throw new Error(
    `The role of DATABASE_URL may not create databases, which tests need. Run: alter role "${rows[0].name}" createdb`
  )
}

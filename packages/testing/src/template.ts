import { createHash } from 'node:crypto'
import type pg from 'pg'
import { ownedDatabase } from './locks.ts'

/** How many templates a server keeps: the branches somebody works on; about 8 MB each. */
const templatesKept = 6

/**
 * The template of a key, migrated now if it is not there. It gets its name when it is complete, and then takes no
 * sessions, as PostgreSQL does not copy a database that has any. Call under the lock `making`.
 */
export async function ensureTemplate(
  session: pg.Client,
  key: string,
  migrate: (building: string) => Promise<void>
): Promise<string> {
  const name = `evs_base_${createHash('sha256').update(key).digest('hex').slice(0, 16)}`
  const { rowCount } = await session.query('select from pg_database where datname = $1', [name])
  if (rowCount === 0) {
    const building = 'evs_building'
    await session.query(`drop database if exists ${building} with (force)`)
    // template0 is the same everywhere and never in use.
    await session.query(`create database ${building} template template0 encoding 'UTF8'`)
    await migrate(building)
    await session.query(`alter database ${building} rename to "${name}"`)
    await session.query(`alter database "${name}" allow_connections false`)
  }
  await session.query(`comment on database "${name}" is '${new Date().toISOString()}'`)
  return name
}

/** Drops databases whose test process was killed: nobody holds their lock. Call under the lock `making`. */
export async function dropOrphans(session: pg.Client): Promise<void> {
  const { rows } = await session.query(
    `select datname as name from pg_database
     where datname ~ '^evs_test_[0-9a-f]{12}$' and pg_try_advisory_xact_lock($1, hashtext(datname))`,
    [ownedDatabase]
  )
  for (const { name } of rows) await session.query(`drop database if exists "${name}" with (force)`)
}

/** Drops the templates that were not used for longest. Call under the lock `making`. */
export async function dropOldTemplates(session: pg.Client, used: string): Promise<void> {
  const { rows } = await session.query(
    `select datname as name from pg_database
     where datname ~ '^evs_base_[0-9a-f]{16}$' and datname <> $1
     order by shobj_description(oid, 'pg_database') desc nulls last offset $2`,
    [used, templatesKept - 1]
  )
  for (const { name } of rows) await session.query(`drop database if exists "${name}"`)
}

import knex, { type Knex } from 'knex'
import { LedgerCorruptError } from './errors.ts'
import type { Migration, Plugin, PluginManifest } from './plugin.ts'
import { orderPlugins } from './plugin-order.ts'

/** Session lock all processes of one database take before they migrate. */
const advisoryLock = 727_001
const ledger = 'migration'

type Migrations = Readonly<Record<string, Migration>>

/** The PostgreSQL schema of a plugin: its name with underscores. */
export const schemaOf = (plugin: string): string => plugin.replaceAll('-', '_')

/**
 * Brings the schemas of all plugins up to date, dependencies first, and returns what ran as `<plugin>/<name>`.
 * Each plugin owns one PostgreSQL schema with a ledger of its own, so plugins upgrade and leave independently.
 * Any number of processes may call this at once: one works, the others wait. Throws CORE_LEDGER_CORRUPT, before
 * anything runs, when a migration that this database has run is no longer shipped.
 */
export async function migrate(db: Knex, plugins: readonly Plugin[]): Promise<string[]> {
  const ordered = orderPlugins(plugins)
  // A connection of its own pool: it holds the lock, and neither time limit of the application's applies to it.
  const own = knex({ ...db.client.config, pool: { min: 0, max: 2, afterCreate: liftTimeLimits } })
  try {
    const lock = await own.client.acquireConnection()
    try {
      await own.raw('select pg_advisory_lock(?)', [advisoryLock]).connection(lock)
      for (const { manifest } of ordered) await refuseVanished(own, manifest)
      const applied: string[] = []
      for (const { manifest } of ordered) applied.push(...(await migrateOne(own, manifest)))
      return applied
    } finally {
      await own.client.releaseConnection(lock)
    }
  } finally {
    await own.destroy() // ends the session, and with it the lock
  }
}

/** Migrations that are shipped and not yet run here, as `<plugin>/<name>`. */
export async function pendingMigrations(db: Knex, plugins: readonly Plugin[]): Promise<string[]> {
  const pending: string[] = []
  for (const { manifest } of orderPlugins(plugins)) {
    const applied = new Set(await appliedMigrations(db, manifest.name))
    for (const name of namesOf(manifest)) if (!applied.has(name)) pending.push(`${manifest.name}/${name}`)
  }
  return pending
}

const namesOf = ({ migrations = {} }: PluginManifest): string[] => Object.keys(migrations).sort()

async function refuseVanished(db: Knex, manifest: PluginManifest): Promise<void> {
  const shipped = new Set(namesOf(manifest))
  const vanished = (await appliedMigrations(db, manifest.name)).filter(name => !shipped.has(name))
  if (vanished.length === 0) return
  const names = vanished.map(name => `'${name}'`).join(', ')
  throw new LedgerCorruptError(manifest.name, names, manifest.version)
}

async function appliedMigrations(db: Knex, plugin: string): Promise<string[]> {
  const table = `${schemaOf(plugin)}.${ledger}`
  const { rows } = await db.raw('select to_regclass(?) is not null as present', [table])
  if (!rows[0].present) return []
  return db(table).orderBy('id').pluck('name')
}

async function migrateOne(db: Knex, { name, migrations }: PluginManifest): Promise<string[]> {
  if (!migrations) return []
  const schemaName = schemaOf(name)
  await db.raw('create schema if not exists ??', [schemaName])
  const config = { migrationSource: sourceOf(migrations), schemaName, tableName: ledger }
  // Knex keeps a lock row besides, which a killed process leaves behind. Ours is held, so it is void.
  await db.migrate.forceFreeMigrationsLock(config)
  const [, ran]: [number, string[]] = await db.migrate.latest(config)
  return ran.map(migration => `${name}/${migration}`)
}

const sourceOf = (migrations: Migrations): Knex.MigrationSource<string> => ({
  getMigrations: async () => Object.keys(migrations).sort(),
  getMigrationName: name => name,
  getMigration: async name => migrations[name]!
})

interface RawConnection {
  query(sql: string, done: (error: Error | null) => void): void
}

function liftTimeLimits(
  connection: RawConnection,
  done: (error: Error | null, connection: RawConnection) => void
): void {
  const sql = 'set statement_timeout = 0; set idle_in_transaction_session_timeout = 0'
  connection.query(sql, error => done(error, connection))
}

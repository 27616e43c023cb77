import { createHash } from 'node:crypto'
import knex from 'knex'
import type { Migration, Plugin } from './plugin.ts'
import { orderPlugins } from './plugin-order.ts'

/**
 * A hash over what all migrations would do: equal keys mean equal schemas, for databases kept as templates. Each
 * migration is run without a database and its statements are noted; where it wants to read what is not there its
 * source stands in for the rest.
 */
export async function migrationKey(plugins: readonly Plugin[]): Promise<string> {
  const hash = createHash('sha256')
  for (const { manifest } of orderPlugins(plugins)) {
    for (const [name, migration] of Object.entries(manifest.migrations ?? {}).sort(([a], [b]) =>
      a < b ? -1 : 1
    )) {
      hash.update(`${manifest.name}/${name}\0`)
      for (const statement of await statementsOf(migration)) hash.update(`${statement}\0`)
    }
  }
  return hash.digest('hex').slice(0, 16)
}

/** The part of knex's client that meets the database, which its types leave open. */
interface QueryObject {
  readonly sql: string
  readonly bindings?: readonly unknown[]
  response?: { rows: unknown[]; fields: unknown[]; rowCount: number }
}

async function statementsOf(migration: Migration): Promise<string[]> {
  const statements: string[] = []
  const db = knex({ client: 'pg' })
  Object.assign(db.client, {
    acquireConnection: async () => ({}),
    releaseConnection: async () => {},
    _query: async (_connection: unknown, query: QueryObject) => {
      statements.push(`${query.sql}\0${JSON.stringify(query.bindings ?? [])}`)
      query.response = { rows: [], fields: [], rowCount: 0 }
      return query
    }
  })
  try {
    await migration.up(db)
  } catch {
    statements.push(migration.up.toString())
  } finally {
    await db.destroy()
  }
  return statements
}

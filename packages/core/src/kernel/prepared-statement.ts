import type { Knex } from 'knex'
import type pg from 'pg'

/**
 * Runs a statement that its session prepares once, within the transaction that is given or by itself; returns its rows. For
 * statements that are asked for hundreds of times a second: by way of knex they take longer than their work.
 */
export async function prepared<Row extends object>(
  db: Knex,
  statement: { readonly name: string; readonly text: string; readonly values?: unknown[] }
): Promise<Row[]> {
  const connection: pg.Client = await db.client.acquireConnection()
  try {
    return (await connection.query<Row>(statement)).rows
  } finally {
    await db.client.releaseConnection(connection)
  }
}

import pg from 'pg'
import { type Connection, connectionUrl, removeSocketLink } from './connection.ts'
import { type Cluster, stopServer } from './control.ts'
import { errorCode } from './errors.ts'
import { checkDatabaseName } from './options.ts'

/** A PostgreSQL that answers. */
export interface EmbeddedPostgres {
  /** URL for libpq, pg and knex, database included. On Windows it holds a password. */
  readonly url: string
  /** The same in parts. */
  readonly connection: Connection
  /** Folder with PG_VERSION, as the server has it. */
  readonly dataDir: string
  /** Process id of the server. */
  readonly pid: number
  /** True when the server ran already; its settings are then those of whoever started it. */
  readonly attached: boolean
  /** As the server says it, for instance `17.10`. */
  readonly version: string
  /** Creates a database when it is missing. Throws EMBEDDED_POSTGRES_INVALID_OPTION for a name that is none. */
  createDatabase(name: string): Promise<void>
  /**
   * Stops the server, also one we only attached to; a server already stopped is fine.
   * Throws EMBEDDED_POSTGRES_STOP_FAILED after timeoutMs (default 30 000).
   */
  stop(options?: { timeoutMs?: number }): Promise<void>
}

/** Completes a server that was found or started: the database exists, the version is read. */
export async function runningServer(found: {
  cluster: Cluster
  connection: Connection
  pid: number
  attached: boolean
  database: string
}): Promise<EmbeddedPostgres> {
  const { cluster, connection, pid, attached, database } = found
  const version = await onServer(connection, async client => {
    await createIfMissing(client, database)
    const { rows } = await client.query<{ server_version: string }>('show server_version')
    return rows[0]!.server_version
  })
  const own = { ...connection, database }
  return {
    url: connectionUrl(own),
    connection: own,
    dataDir: cluster.path,
    pid,
    attached,
    version,
    createDatabase: async name => {
      checkDatabaseName('name', name)
      await onServer(connection, client => createIfMissing(client, name))
    },
    stop: async ({ timeoutMs = 30_000 } = {}) => {
      await stopServer(cluster, timeoutMs)
      await removeSocketLink(connection.host)
    }
  }
}

async function onServer<T>(connection: Connection, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(connection)
  client.on('error', () => {}) // the query under way rejects as well
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

async function createIfMissing(client: pg.Client, name: string): Promise<void> {
  const { rowCount } = await client.query('select from pg_database where datname = $1', [name])
  if (rowCount === 1) return
  try {
    await client.query(`create database "${name}"`)
  } catch (error) {
    // 42P04 and 23505: somebody else made it meanwhile.
    const code = errorCode(error)
    if (code !== '42P04' && code !== '23505') throw error
  }
}

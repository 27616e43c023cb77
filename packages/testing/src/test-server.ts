import { EmbeddedPostgresError, startEmbeddedPostgres } from '@evscallpro/embedded-postgres'
import pg from 'pg'
import { sendGuard } from './guard.ts'
import { locks } from './locks.ts'
import { testServerDirectory } from './server-directory.ts'

/** Nothing in it must survive a power cut; it shall be fast and small. */
const settings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '200',
  min_wal_size: '32MB',
  max_wal_size: '128MB'
}

/** The place where tests make their databases. */
export interface TestServer {
  /** URL of a database to connect to for making others. */
  url: string
  /** False when DATABASE_URL names it. */
  embedded: boolean
}

/** A claim on the test server: while it is held, the server does not stop. */
export interface Lease extends TestServer {
  /** The session that holds the claim, for making and dropping databases; of one caller at a time. */
  session: pg.Client
  /** Gives the claim back; stops an embedded server that nobody else holds when `stop` is set. */
  release(options?: { stop?: boolean }): Promise<void>
}

/**
 * Takes a claim on DATABASE_URL's server, or else on the one embedded server that all test processes of this user
 * share, starting it when it does not run. It holds nothing of value (no fsync) and stops by itself seconds after its last lease is gone, also when that process was killed.
 */
export async function leaseTestServer(): Promise<Lease> {
  const given = process.env.DATABASE_URL
  if (given !== undefined && given !== '') return leaseOf({ url: given, embedded: false }, async () => {})
  for (let attempt = 1; ; attempt++) {
    try {
      return await leaseEmbedded()
    } catch (error) {
      // It was just stopping while we came in: the next attempt finds it gone and starts it again.
      if (attempt === 5 || !isShutdown(error)) throw error
    }
  }
}

interface EmbeddedServer {
  readonly url: string
  stop(): Promise<void>
}

/** Servers this process came upon, by their directory: a further lease needs no look at binaries, users and pid files. */
const known = new Map<string, EmbeddedServer>()

async function leaseEmbedded(): Promise<Lease> {
  const dataDir = await testServerDirectory()
  const server = known.get(dataDir) ?? (await startServer(dataDir))
  known.delete(dataDir) // it may have stopped since: who cannot come in starts it again
  const lease = await leaseOf({ url: server.url, embedded: true }, () => server.stop())
  known.set(dataDir, server)
  return lease
}

async function startServer(dataDir: string): Promise<EmbeddedServer> {
  const server = await startEmbeddedPostgres({ dataDir, database: 'postgres', settings }).catch(error => {
    if (!(error instanceof EmbeddedPostgresError)) throw error
    const mend = `The test server's data is of no value: if it is damaged, remove ${dataDir} and run again.`
    throw new Error(`${error.message} ${mend}`, { cause: error })
  })
  // Windows has no such signal: there the runner stops the server.
  if (process.platform !== 'win32') await sendGuard(server.url)
  return server
}

async function leaseOf(server: TestServer, stop: () => Promise<void>): Promise<Lease> {
  const session = new pg.Client({ connectionString: server.url, application_name: 'evs test lease' })
  session.on('error', () => {}) // a query under way, and every later one, rejects
  await session.connect()
  await session.query('select pg_advisory_lock_shared($1, $2)', locks.lease)
  return {
    ...server,
    session,
    release: async ({ stop: asked = false } = {}) => {
      if (asked && server.embedded && (await isLast(session))) await stop()
      await session.end().catch(() => {}) // ended by the stop already
    }
  }
}

/** Trades the shared lock for the sole one, which only the last holder gets, so that nobody comes in meanwhile. */
async function isLast(session: pg.Client): Promise<boolean> {
  await session.query('select pg_advisory_unlock_shared($1, $2)', locks.lease)
  const { rows } = await session.query('select pg_try_advisory_lock($1, $2) as last', locks.lease)
  return rows[0].last === true
}

function isShutdown(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
  return ['57P01', '57P02', '57P03', 'ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE'].includes(code)
}

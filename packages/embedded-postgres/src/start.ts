import { randomBytes } from 'node:crypto'
import { link, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { prepareBinaries } from './binaries.ts'
import { type Connection, socketDirectory, storedPassword } from './connection.ts'
import { type Cluster, isRunning, startServer } from './control.ts'
import { createCluster, holdsCluster, makeDataDir, workingDirectory } from './data-directory.ts'
import { EmbeddedPostgresError, errorCode } from './errors.ts'
import { checkOptions, type EmbeddedPostgresOptions } from './options.ts'
import { findServer, type Postmaster } from './postmaster.ts'
import type { SystemUser } from './run-command.ts'
import { type EmbeddedPostgres, runningServer } from './running-server.ts'
import { writeSettings } from './server-settings.ts'
import { canReach, chooseServerUser, giveTo } from './server-user.ts'

/** How long the remains of a killed server may hold the cluster (its sessions end one by one), ms. */
const leftOverMs = 5_000
const windows = process.platform === 'win32'

/**
 * Starts PostgreSQL 17 on a data directory, or attaches to the server that runs on it already; makes the directory
 * and the database on first use. The server is a process of its own and outlives us.
 * Throws EmbeddedPostgresError; see the README for its codes.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { dataDir, database, settings, onProgress, timeoutMs, binariesDir, cacheDir } = checkOptions(options)
  const deadline = Date.now() + timeoutMs
  const path = join(dataDir, 'data')
  const known = await holdsCluster(dataDir)
  const user = await chooseServerUser(path)
  const binaries = await prepareBinaries({ binariesDir, cacheDir, user, onProgress })
  await makeDataDir(dataDir)
  const reachable = await isReachable(user, dataDir)
  const passwordFile = windows ? await makePassword(dataDir) : undefined
  if (!known) {
    onProgress('Creating the database cluster')
    await createCluster({
      dataDir,
      binaries,
      user,
      reachable,
      passwordFile,
      durable: settings.fsync !== 'off'
    })
  }
  await giveTo(user, path)
  const cluster: Cluster = { path, name: reachable ? path : workingDirectory, binaries, user }
  const host = windows ? '127.0.0.1' : await socketDirectory(path)
  const password = await storedPassword(passwordFile)
  const connectionTo = ({ port }: Postmaster): Connection => {
    const to = { host, port: windows ? port : 5432, user: 'app', database: 'postgres' }
    return password === undefined ? to : { ...to, password }
  }

  let attached = true
  let lockedSince: number | undefined
  for (;;) {
    const postmaster = await findServer(path, connectionTo, deadline)
    if (postmaster !== undefined) {
      onProgress(attached ? 'Attached to the PostgreSQL that runs already' : 'PostgreSQL is ready')
      return runningServer({
        cluster,
        connection: connectionTo(postmaster),
        pid: postmaster.pid,
        attached,
        database
      })
    }
    onProgress('Starting PostgreSQL')
    await writeSettings({ cluster: path, settings, tcpPort: windows ? await freePort() : undefined, user })
    const outcome = await startServer(cluster, Math.max(1, deadline - Date.now()))
    attached = !outcome.started
    if (outcome.started || (await isRunning(path))) continue
    lockedSince ??= Date.now()
    if (!outcome.locked || Date.now() - lockedSince > leftOverMs) throw startFailed(outcome.log)
    await delay(100)
  }
}

/** Whether the server's user can get at the data by its path; where it cannot, only Linux has another way. */
async function isReachable(user: SystemUser | undefined, dataDir: string): Promise<boolean> {
  if (await canReach(user, dataDir)) return true
  if (process.platform === 'linux') return false
  throw new EmbeddedPostgresError(
    'EMBEDDED_POSTGRES_NO_ACCESS',
    `PostgreSQL does not run as root, and user id ${user?.uid} may not pass the folders above ${dataDir}. ` +
      'Choose a dataDir in a place open to all, or start as an ordinary user.'
  )
}

function startFailed(log: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'EMBEDDED_POSTGRES_START_FAILED',
    `PostgreSQL did not start. It said: ${log.slice(-800)}`
  )
}

/** Random password of the Windows server, made once; of two starts at once the first one's counts. */
async function makePassword(dataDir: string): Promise<string> {
  const file = join(dataDir, 'password')
  const fresh = join(dataDir, `password-${randomBytes(8).toString('hex')}`)
  await writeFile(fresh, randomBytes(24).toString('base64url'), { mode: 0o600 })
  await link(fresh, file).catch(error => {
    if (errorCode(error) !== 'EEXIST') throw error
  })
  await rm(fresh)
  return file
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

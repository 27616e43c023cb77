import { open, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Binaries } from './binaries.ts'
import { EmbeddedPostgresError } from './errors.ts'
import { isPostmasterOf, readPostmaster } from './postmaster.ts'
import { runCommand, type SystemUser } from './run-command.ts'

/** A cluster and how its programs are run. */
export interface Cluster {
  /** Folder with PG_VERSION. */
  path: string
  /** The same folder as the server's user can name it. */
  name: string
  binaries: Binaries
  user: SystemUser | undefined
}

export type StartOutcome = { started: true } | { started: false; locked: boolean; log: string }

/** Above this size the log of earlier runs is put aside at a start, bytes. One older file is kept. */
const largestLog = 5_000_000

/**
 * Starts the server as a process of its own, by pg_ctl: it has its own session, so neither our end nor Ctrl-C reaches
 * it. `locked` means another server, or the remains of a killed one, still hold the cluster.
 */
export async function startServer(cluster: Cluster, timeoutMs: number): Promise<StartOutcome> {
  const log = join(cluster.path, 'server.log')
  const before = await stat(log).then(
    ({ size }) => size,
    () => 0
  )
  const offset = before > largestLog ? 0 : before
  if (before > largestLog) await rename(log, `${log}.1`)
  const result = await pgCtl(cluster, ['start', '-l', `${cluster.name}/server.log`], timeoutMs)
  if (result.status === 0) return { started: true }
  const said = await readFrom(log, offset)
  const locked = /lock file .* already exists|pre-existing shared memory block|is still in use/.test(said)
  return { started: false, locked, log: said.trim() === '' ? result.output : said.trim() }
}

/**
 * Stops the server ("fast": sessions are ended, everything committed is kept) and returns when it is gone.
 * Throws EMBEDDED_POSTGRES_STOP_FAILED when it is still there after timeoutMs.
 */
export async function stopServer(cluster: Cluster, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs
  const postmaster = await readPostmaster(cluster.path)
  if (postmaster === undefined) return
  const gone = async () => !(await isPostmasterOf(cluster.path, postmaster.pid))
  if (await gone()) return
  const result = await pgCtl(cluster, ['stop', '-m', 'fast'], timeoutMs)
  // The pid file goes a little before the process.
  while (!(await gone())) {
    if (Date.now() >= deadline) {
      throw new EmbeddedPostgresError(
        'EMBEDDED_POSTGRES_STOP_FAILED',
        `PostgreSQL did not stop within ${timeoutMs} ms (${result.output.slice(-300)}). It stops when its last ` +
          'session can be ended; stop it again, or end the process named in postmaster.pid.'
      )
    }
    await delay(10)
  }
}

/** Whether the pid file of a cluster names a process that is its server. */
export async function isRunning(path: string): Promise<boolean> {
  const postmaster = await readPostmaster(path)
  return postmaster !== undefined && (await isPostmasterOf(path, postmaster.pid))
}

function pgCtl({ path, name, binaries, user }: Cluster, args: string[], timeoutMs: number) {
  const seconds = String(Math.max(1, Math.ceil(timeoutMs / 1000)))
  return runCommand(binaries.pgCtl, [...args, '-D', name, '-w', '-s', '-t', seconds], { user, cwd: path })
}

async function readFrom(file: string, offset: number): Promise<string> {
  const handle = await open(file).catch(() => undefined)
  if (handle === undefined) return ''
  try {
    const { size } = await handle.stat()
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.max(0, size - offset)), 0, null, offset)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await handle.close()
  }
}

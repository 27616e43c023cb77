import { readFile, readlink, realpath, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { Connection } from './connection.ts'
import { EmbeddedPostgresError, errorCode } from './errors.ts'
import { runCommand } from './run-command.ts'

/** What a server says of itself in postmaster.pid. */
export interface Postmaster {
  pid: number
  port: number
}

/** How long a client waits before it asks again whether the server is up, ms. */
const pollMs = 20

/** Reads postmaster.pid; undefined when there is none, or none complete yet. */
export async function readPostmaster(cluster: string): Promise<Postmaster | undefined> {
  let text: string
  try {
    text = await readFile(join(cluster, 'postmaster.pid'), 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
  // Lines: pid, data directory, start time, port, socket directory, listen address, shared memory, status.
  const [pid, , , port] = text.split('\n')
  return Number(pid) > 0 ? { pid: Number(pid), port: Number(port) } : undefined
}

/**
 * Waits until a server that runs, starts or stops on the cluster is either ready (returned) or gone (undefined).
 * A pid file left behind by a killed server does not count, also when its number was given to another process since,
 * which is usual in containers; such a file is set aside.
 * Throws EMBEDDED_POSTGRES_START_TIMEOUT when it does neither by the deadline (ms, as Date.now()).
 */
export async function findServer(
  cluster: string,
  connectionTo: (postmaster: Postmaster) => Connection,
  deadline: number
): Promise<Postmaster | undefined> {
  for (;;) {
    const postmaster = await readPostmaster(cluster)
    if (postmaster === undefined) return undefined
    const answer = await knock(connectionTo(postmaster), deadline)
    if (answer === 'ready') return postmaster
    if (answer === 'nobody' && !(await isPostmasterOf(cluster, postmaster.pid))) {
      if (isAlive(postmaster.pid)) await setLockFilesAside(cluster, postmaster.pid)
      return undefined
    }
    if (Date.now() + pollMs >= deadline) {
      throw new EmbeddedPostgresError(
        'EMBEDDED_POSTGRES_START_TIMEOUT',
        `A PostgreSQL server (pid ${postmaster.pid}) holds ${cluster} but does not answer. ` +
          'Raise timeoutMs if it is recovering, else end that process and start again.'
      )
    }
    await delay(pollMs)
  }
}

/** Whether a process is the server of this cluster, as well as the platform lets us tell. */
export async function isPostmasterOf(cluster: string, pid: number): Promise<boolean> {
  if (!isAlive(pid)) return false
  if (process.platform === 'linux') return isServerByProc(cluster, pid)
  if (process.platform === 'win32') return true
  const { output } = await runCommand('ps', ['-o', 'comm=', '-p', String(pid)], { user: undefined, cwd: '/' })
  return /postgres$/.test(output)
}

async function isServerByProc(cluster: string, pid: number): Promise<boolean> {
  try {
    const status = await readFile(`/proc/${pid}/stat`, 'utf8')
    const [, name, state] = /^\d+ \((.*)\) (\S)/s.exec(status) ?? []
    // In a container whose first process does not wait for orphans, a server that ended stays as a zombie.
    if (state === 'Z' || state === 'X') return false
    // A server works in its cluster. Root in a container without the right to trace does not see that, but the name.
    const directory = await readlink(`/proc/${pid}/cwd`).catch(() => undefined)
    if (directory !== undefined) return directory === (await realpath(cluster))
    const [process, owner] = await Promise.all([stat(`/proc/${pid}`), stat(cluster)])
    return name === 'postgres' && process.uid === owner.uid
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ESRCH') return false
    throw error
  }
}

/** Whether a process of that number exists. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return errorCode(error) === 'EPERM'
  }
}

/** Opens a connection and closes it: does a server answer? */
async function knock(connection: Connection, deadline: number): Promise<'ready' | 'busy' | 'nobody'> {
  if (!(connection.port > 0)) return 'nobody' // the file is not complete yet
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: Math.max(1, deadline - Date.now()) })
  client.on('error', () => {}) // the server may stop between the answer and our leave
  try {
    await client.connect()
    return 'ready'
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ECONNREFUSED' || code === 'ENOENT') return 'nobody'
    // 57P03 starting up or shutting down, 57P01 ended while we came in; no code: no answer in time, or cut off.
    if (code === '57P03' || code === '57P01' || code === 'ECONNRESET' || code === undefined) return 'busy'
    throw new EmbeddedPostgresError(
      'EMBEDDED_POSTGRES_START_FAILED',
      `The PostgreSQL server that runs already lets nobody in (${code}: ${error instanceof Error ? error.message : ''}).`,
      { cause: error }
    )
  } finally {
    await client.end().catch(() => {})
  }
}

/**
 * PostgreSQL refuses to start while the number in its lock file belongs to any process of the same user. The file is
 * moved before it is looked at again, so that one just written by a server that starts now is put back.
 */
async function setLockFilesAside(cluster: string, pid: number): Promise<void> {
  for (const name of ['postmaster.pid', '.s.PGSQL.5432.lock']) {
    const path = join(cluster, name)
    const aside = `${path}.stale`
    try {
      await rename(path, aside)
      if (Number.parseInt(await readFile(aside, 'utf8'), 10) === pid) await rm(aside)
      else await rename(aside, path)
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error
    }
  }
}

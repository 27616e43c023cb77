import { randomUUID } from 'node:crypto'
import { appendFile, chmod, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Binaries } from './binaries.ts'
import { EmbeddedPostgresError, errorCode } from './errors.ts'
import { runCommand, type SystemUser } from './run-command.ts'
import { configurationFile } from './server-settings.ts'
import { giveTo } from './server-user.ts'

/** Major version of the binaries. A data directory of another one cannot be opened by them. */
export const major = '17'

const stillborn = /^data\.new-/

/**
 * The one name of a folder that passes no parent. Root's home is closed to the server's user, but a working directory
 * set before the user is changed is open to it. Linux only.
 */
export const workingDirectory = '/proc/self/cwd'

/**
 * Looks at a dataDir before anything is done in it: true when it holds a cluster of ours.
 * Throws EMBEDDED_POSTGRES_FOREIGN_VERSION or EMBEDDED_POSTGRES_FOREIGN_DIRECTORY.
 */
export async function holdsCluster(dataDir: string): Promise<boolean> {
  const entries = await list(dataDir)
  const foreign = entries.find(name => !/^(data$|data\.new-|password|\.)/.test(name))
  if (foreign !== undefined) {
    throw foreignDirectory(`${dataDir} holds ${foreign}, which is not ours`)
  }
  const cluster = join(dataDir, 'data')
  const version = await versionOf(cluster)
  if (version === undefined) {
    if ((await list(cluster)).length > 0) throw foreignDirectory(`${cluster} has files but no PG_VERSION`)
    return false
  }
  if (version === major) return true
  throw new EmbeddedPostgresError(
    'EMBEDDED_POSTGRES_FOREIGN_VERSION',
    `${cluster} was written by PostgreSQL ${version}, the embedded one is ${major}. Nothing was changed. ` +
      `Dump it with the programs of PostgreSQL ${version} (pg_dumpall), start with an empty dataDir and restore there, ` +
      `or set DATABASE_URL to a server of version ${version}.`
  )
}

/**
 * Makes a cluster. It is built aside and renamed when complete, so that a start cut short leaves nothing half done
 * and of two starts at once one wins and the other uses the winner's.
 */
export async function createCluster(options: {
  dataDir: string
  binaries: Binaries
  user: SystemUser | undefined
  /** Whether the server's user can use the path; if not it goes by its working directory. */
  reachable: boolean
  passwordFile: string | undefined
  durable: boolean
}): Promise<void> {
  const { dataDir, binaries, user, passwordFile } = options
  await removeStillborn(dataDir)
  const fresh = join(dataDir, `data.new-${randomUUID()}`)
  await mkdir(fresh, { mode: 0o700 }).catch(error => {
    throw noAccess(fresh, error)
  })
  try {
    await giveTo(user, fresh)
    const password = passwordFile === undefined ? [] : [`--pwfile=${passwordFile}`]
    const authentication =
      passwordFile === undefined ? ['--auth-local=trust', '--auth-host=reject'] : ['--auth=scram-sha-256']
    const place = options.reachable ? fresh : workingDirectory
    const result = await runCommand(
      binaries.initdb,
      ['-D', place, '-U', 'app', '-E', 'UTF8', '--locale=C', ...authentication, ...password].concat(
        options.durable ? [] : ['--no-sync']
      ),
      { user, cwd: fresh }
    )
    if (result.status !== 0) throw initialisationFailed(result.output)
    await appendFile(join(fresh, 'postgresql.conf'), `\ninclude_if_exists = '${configurationFile}'\n`)
    await rename(fresh, join(dataDir, 'data'))
  } catch (error) {
    await rm(fresh, { recursive: true, force: true })
    // Somebody else's start was faster: rename does not replace a directory with files.
    if (!(await holdsCluster(dataDir))) throw error
  }
}

/** Makes the folder around the cluster; root keeps it, as the server's user need only pass through. */
export async function makeDataDir(dataDir: string): Promise<void> {
  const made = await mkdir(dataDir, { recursive: true }).catch(error => {
    throw noAccess(dataDir, error)
  })
  if (made !== undefined) await chmod(dataDir, process.getuid?.() === 0 ? 0o711 : 0o700)
}

async function removeStillborn(dataDir: string): Promise<void> {
  for (const name of await list(dataDir)) {
    if (!stillborn.test(name)) continue
    const path = join(dataDir, name)
    // Ten minutes: no initdb takes so long, and one under way in another process must not lose its folder.
    const { mtimeMs } = await stat(path)
    if (Date.now() - mtimeMs > 600_000) await rm(path, { recursive: true, force: true })
  }
}

function initialisationFailed(output: string): EmbeddedPostgresError {
  if (/could not look up effective user ID/.test(output)) {
    return new EmbeddedPostgresError(
      'EMBEDDED_POSTGRES_UNKNOWN_USER',
      `User id ${process.getuid?.()} has no entry in the system's user list, without which PostgreSQL makes no ` +
        'database. Run as a user that has one (in a container: root or a user of the image), or set DATABASE_URL.'
    )
  }
  return new EmbeddedPostgresError(
    'EMBEDDED_POSTGRES_START_FAILED',
    `PostgreSQL could not create its data directory: ${output.slice(-800)}`
  )
}

function foreignDirectory(what: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'EMBEDDED_POSTGRES_FOREIGN_DIRECTORY',
    `${what}. Nothing was changed. Give dataDir a folder of its own, empty or not yet there.`
  )
}

async function versionOf(cluster: string): Promise<string | undefined> {
  try {
    return (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim()
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw noAccess(cluster, error)
  }
}

async function list(directory: string): Promise<string[]> {
  try {
    return await readdir(directory)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return []
    if (errorCode(error) === 'ENOTDIR') throw foreignDirectory(`${directory} is a file`)
    throw noAccess(directory, error)
  }
}

function noAccess(path: string, cause: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'EMBEDDED_POSTGRES_NO_ACCESS',
    `${path} cannot be used (${errorCode(cause)}). Start as the user it belongs to, or choose another dataDir.`,
    { cause }
  )
}

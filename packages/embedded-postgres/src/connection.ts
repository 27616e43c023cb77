import { createHash } from 'node:crypto'
import { readFile, readlink, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryDirectory } from './cache-directory.ts'
import { errorCode } from './errors.ts'

/** What a PostgreSQL client needs. `host` is a folder with a unix socket, on Windows the loopback address. */
export interface Connection {
  host: string
  port: number
  user: string
  database: string
  password?: string
}

/** Bytes of the socket's path a kernel takes, without its final NUL: 108 on Linux, 104 on macOS and BSD. */
const longestSocketPath = process.platform === 'linux' ? 107 : 103

/** URL that libpq, pg and knex all read; the host goes into the query because a URL cannot hold a path as host. */
export function connectionUrl({ host, port, user, database, password }: Connection): string {
  if (password === undefined) {
    return `postgresql:///${database}?host=${encodeURIComponent(host)}&port=${port}&user=${user}`
  }
  return `postgresql://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}`
}

/**
 * The folder by which clients find the socket: the cluster itself, or, where that path is too long for a socket
 * address, a link to it of a name derived from the path, in a folder of this user's in the temporary directory.
 */
export async function socketDirectory(cluster: string): Promise<string> {
  if (fits(cluster)) return cluster
  const name = createHash('sha256').update(cluster).digest('hex').slice(0, 16)
  // macOS gives each user a long TMPDIR, and anybody may set one.
  const usual = join(await temporaryDirectory(), name)
  const path = fits(usual) ? usual : join(await temporaryDirectory('/tmp'), name)
  await linkTo(cluster, path)
  return path
}

/** Removes the link made by socketDirectory, if one was needed. */
export async function removeSocketLink(host: string): Promise<void> {
  if ((await readlink(host).catch(() => undefined)) !== undefined) await rm(host, { force: true })
}

/** Password of the server on Windows, where there are no unix sockets to rely on; undefined elsewhere. */
export async function storedPassword(file: string | undefined): Promise<string | undefined> {
  return file === undefined ? undefined : (await readFile(file, 'utf8')).trim()
}

function fits(directory: string): boolean {
  return Buffer.byteLength(join(directory, '.s.PGSQL.5432')) <= longestSocketPath
}

async function linkTo(target: string, path: string): Promise<void> {
  for (;;) {
    try {
      if ((await readlink(path)) === target) return
      await rm(path)
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error
    }
    try {
      await symlink(target, path)
      return
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error
    }
  }
}

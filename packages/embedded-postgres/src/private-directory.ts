import { chmod, lstat, mkdir } from 'node:fs/promises'
import { EmbeddedPostgresError } from './errors.ts'

/**
 * Creates a directory that nobody else can write to, or checks that an existing one is such.
 * What lies below is executed or trusted, and its place may be one (`/tmp`) where anybody can be there first.
 * Throws EMBEDDED_POSTGRES_NO_ACCESS when it belongs to another user, and system errors when it cannot be made.
 */
export async function privateDirectory(path: string, mode: number): Promise<string> {
  const made = await mkdir(path, { recursive: true, mode })
  if (made !== undefined) await chmod(path, mode)
  if (process.getuid === undefined) return path
  const stat = await lstat(path)
  if (!stat.isDirectory() || stat.uid !== process.getuid() || (stat.mode & 0o022) !== 0) {
    throw new EmbeddedPostgresError(
      'EMBEDDED_POSTGRES_NO_ACCESS',
      `${path} is not a directory that only this user can write to. Remove it or correct its owner and mode.`
    )
  }
  return path
}

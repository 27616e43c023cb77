import { homedir, tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { EmbeddedPostgresError } from './errors.ts'
import { privateDirectory } from './private-directory.ts'

/** The folder for copied binaries: world-readable for root (the server runs as another user), else the user's own. */
export async function cacheDirectory(chosen: string | undefined): Promise<string> {
  if (chosen !== undefined) return privateDirectory(chosen, 0o755)
  try {
    return await privateDirectory(usualCacheDirectory(), 0o755)
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) throw error
    // A service account often has no home at all (/nonexistent).
    return privateDirectory(join(await temporaryDirectory(), 'cache'), 0o755)
  }
}

/** A folder of this user in the system's temporary directory, or in another parent. */
export function temporaryDirectory(parent: string = tmpdir()): Promise<string> {
  return privateDirectory(join(parent, `evscallpro-${process.getuid?.() ?? userInfo().username}`), 0o755)
}

function usualCacheDirectory(): string {
  const root = process.getuid?.() === 0
  if (process.platform === 'darwin') {
    return join(root ? '/Library/Caches' : join(homedir(), 'Library', 'Caches'), 'evscallpro')
  }
  if (process.platform === 'win32') {
    return join(process.env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'evscallpro')
  }
  if (root) return '/var/cache/evscallpro'
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'evscallpro')
}

import { lstat, mkdir, readdir } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { SandboxError } from './errors.ts'

/** The folder with Asterisk's unpacked files: `EVS_ASTERISK_CACHE`, else below the user's cache folder. */
export function cacheFolder(env: NodeJS.ProcessEnv, given?: string): string {
  if (given) return resolve(given)
  if (env.EVS_ASTERISK_CACHE) return resolve(env.EVS_ASTERISK_CACHE)
  return join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'evscallpro', 'asterisk')
}

/** The run folder of a shift: short, as Asterisk's control socket lies in it, and the user's own. */
export function runFolder(env: NodeJS.ProcessEnv, shift: number, given?: string): string {
  if (given) return checkLength(resolve(given))
  if (env.XDG_RUNTIME_DIR) return checkLength(join(env.XDG_RUNTIME_DIR, `evs-asterisk-${shift}`))
  return checkLength(join(tmpdir(), `evs-asterisk-${process.getuid?.() ?? 0}-${shift}`))
}

// sun_path of a unix socket holds 108 bytes with its closing zero
const longestSocketPath = 107
const longestSocketTail = '/central/run/asterisk.ctl'

function checkLength(folder: string): string {
  const most = longestSocketPath - longestSocketTail.length
  if (Buffer.byteLength(folder) <= most) return folder
  throw new SandboxError(
    'SANDBOX_BAD_OPTION',
    `the run folder ${folder} is too long for a unix socket: give one of at most ${most} bytes (runDir, --run)`
  )
}

/** The file that says that a folder is ours; only such a folder is ever emptied. */
export const stateFileName = 'sandbox.json'

/**
 * Makes the run folder, closed to other users as it holds secrets.
 *
 * @throws SandboxError when it is another user's, open to others, or holds files that are not a sandbox's.
 */
export async function claimRunFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const status = await lstat(folder)
  if (!status.isDirectory() || status.uid !== process.getuid?.()) {
    throw new SandboxError(
      'SANDBOX_BAD_OPTION',
      `the run folder ${folder} is not a folder of this user: give another`
    )
  }
  if ((status.mode & 0o022) !== 0) {
    throw new SandboxError('SANDBOX_BAD_OPTION', `others may write to the run folder ${folder}: chmod 700 it`)
  }
  const entries = await readdir(folder)
  if (entries.length > 0 && !entries.includes(stateFileName)) {
    throw new SandboxError(
      'SANDBOX_BAD_OPTION',
      `the run folder ${folder} holds other files: give an empty one, as a sandbox empties it`
    )
  }
}

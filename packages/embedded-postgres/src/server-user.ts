import { chown, lstat, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { EmbeddedPostgresError } from './errors.ts'
import { runCommand, type SystemUser } from './run-command.ts'

const nobody: SystemUser = { uid: 65534, gid: 65534 }

/**
 * The user the server runs as: ourselves, and for root (which PostgreSQL refuses) the owner of the data, else
 * `postgres` where it exists, else `nobody`. No user is created.
 * Throws EMBEDDED_POSTGRES_NO_ACCESS when the data belongs to somebody else and we are not root.
 */
export async function chooseServerUser(cluster: string): Promise<SystemUser | undefined> {
  if (process.getuid === undefined) return undefined
  const uid = process.getuid()
  const owner = await ownerOf(cluster)
  if (uid !== 0) {
    if (owner !== undefined && owner.uid !== uid) {
      throw new EmbeddedPostgresError(
        'EMBEDDED_POSTGRES_NO_ACCESS',
        `${cluster} belongs to user id ${owner.uid}, we are ${uid}. Start as that user, or choose another dataDir.`
      )
    }
    return undefined
  }
  if (owner !== undefined && owner.uid !== 0) return owner
  return (await namedUser('postgres')) ?? (await namedUser('nobody')) ?? nobody
}

/** Gives the data to the server's user when root has just made or restored it. */
export async function giveTo(user: SystemUser | undefined, directory: string): Promise<void> {
  if (user === undefined || (await stat(directory)).uid === user.uid) return
  for (const entry of await readdir(directory, { recursive: true })) {
    await chown(join(directory, entry), user.uid, user.gid)
  }
  await chown(directory, user.uid, user.gid)
}

/** Whether the server's user can get at a directory by its path. */
export async function canReach(user: SystemUser | undefined, directory: string): Promise<boolean> {
  if (user === undefined) return true
  const result = await runCommand('/bin/sh', ['-c', 'cd "$1"', 'sh', directory], { user, cwd: '/' })
  return result.status === 0
}

async function ownerOf(cluster: string): Promise<SystemUser | undefined> {
  try {
    const { uid, gid } = await lstat(cluster)
    return { uid, gid }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new EmbeddedPostgresError(
      'EMBEDDED_POSTGRES_NO_ACCESS',
      `${cluster} cannot be read. Start as the user it belongs to, or choose another dataDir.`,
      { cause: error }
    )
  }
}

async function namedUser(name: string): Promise<SystemUser | undefined> {
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(flag => runCommand('id', [flag, name], { user: undefined, cwd: '/' }))
  )
  if (uid?.status !== 0 || gid?.status !== 0) return undefined
  return { uid: Number(uid.output), gid: Number(gid.output) }
}

/** As giveTo, for one file. */
export async function giveFile(user: SystemUser | undefined, file: string): Promise<void> {
  if (user !== undefined) await chown(file, user.uid, user.gid)
}

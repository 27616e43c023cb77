import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tryCommand } from './command.ts'

/** A Debian archive that apt can read, and the keys that sign it when they lie in the usual place. */
export interface DebianMirror {
  readonly uri: string
  readonly keyring: string | undefined
}

const keyrings = [
  '/usr/share/keyrings/debian-archive-keyring.gpg',
  '/usr/share/keyrings/debian-archive-keyring.pgp'
]

/**
 * Finds the Debian archive to take Asterisk from: `EVS_DEBIAN_MIRROR` when it is set, else the one in this machine's
 * own apt configuration, so that a mirror or a proxy of the house is used and none is written here.
 *
 * Returns a sentence instead when there is none: the machine is not a Debian, or apt names no archive.
 */
export async function findMirror(
  env: NodeJS.ProcessEnv
): Promise<DebianMirror | { readonly reason: string }> {
  const keyring = keyrings.find(path => existsSync(path))
  if (env.EVS_DEBIAN_MIRROR) return { uri: env.EVS_DEBIAN_MIRROR, keyring }
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '')
  if (!/^ID="?debian"?$/m.test(release)) {
    return {
      reason:
        'this machine is not a Debian, so that its apt knows no Debian archive: set EVS_DEBIAN_MIRROR to one ' +
        '(and install the package debian-archive-keyring)'
    }
  }
  const format = '$(REPO_URI) $(RELEASE) $(COMPONENT)'
  const targets = await tryCommand('apt-get', ['indextargets', '--format', format, 'Created-By: Packages'], {
    env
  })
  const uri = mainArchive(targets.stdout)
  if (uri) return { uri, keyring }
  return {
    reason: 'apt is configured without a Debian archive: add one to its sources or set EVS_DEBIAN_MIRROR'
  }
}

/** Picks the main archive from lines of `URI RELEASE COMPONENT`; the security archive holds no sid. */
export function mainArchive(targets: string): string | undefined {
  for (const line of targets.split('\n')) {
    const [uri = '', release = '', component = ''] = line.trim().split(' ')
    if (component === 'main' && !/security|updates|backports/.test(release)) return uri
  }
  return undefined
}

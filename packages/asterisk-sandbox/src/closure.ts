import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { runCommand } from './command.ts'
import type { DebianMirror } from './mirror.ts'

/** What is asked of apt; everything these need comes along, the C library included. */
export const packages = [
  'asterisk',
  'asterisk-config',
  'asterisk-modules',
  'asterisk-core-sounds-en-gsm',
  'openssl'
]

/** The Debian suite with Asterisk; stable releases have none since bookworm. */
export const suite = 'sid'

// only their maintainer scripts would need these, and those are never run
const unneeded = /^(perl-modules-|libperl5|gnupg|gpg|dirmngr|pinentry-|adduser_|passwd_|tzdata_)/

/**
 * Downloads the packages with all they depend on into `folder`, with an apt state of its own: nothing is installed
 * and the machine's package lists stay untouched. Returns the paths of the archives.
 *
 * @throws SandboxError `SANDBOX_SETUP_FAILED` with the end of apt's complaint.
 */
export async function downloadClosure(
  folder: string,
  mirror: DebianMirror,
  env: NodeJS.ProcessEnv
): Promise<string[]> {
  const archives = join(folder, 'cache', 'archives')
  await mkdir(join(folder, 'lists', 'partial'), { recursive: true })
  await mkdir(join(folder, 'etc'), { recursive: true })
  await mkdir(join(folder, 'state'), { recursive: true })
  await mkdir(join(archives, 'partial'), { recursive: true })
  await writeFile(join(folder, 'status'), '')
  const signedBy = mirror.keyring ? `[signed-by=${mirror.keyring}] ` : ''
  await writeFile(join(folder, 'suite.list'), `deb ${signedBy}${mirror.uri} ${suite} main\n`, { mode: 0o600 })
  const apt = (...args: string[]) =>
    runCommand('apt-get', [...ownState(folder), ...args], {
      env: { ...env, DEBIAN_FRONTEND: 'noninteractive' },
      what: `apt-get ${args[0]}`,
      failure: 'SANDBOX_SETUP_FAILED'
    })
  await apt('update')
  // to an empty dpkg status nothing is installed, so that apt fetches the whole closure
  await apt('install', '-y', '--download-only', ...packages)
  const files = await readdir(archives)
  return files.filter(file => file.endsWith('.deb') && !unneeded.test(file)).map(file => join(archives, file))
}

function ownState(folder: string): string[] {
  const settings: Record<string, string> = {
    'Dir::Etc::sourcelist': join(folder, 'suite.list'),
    'Dir::Etc::sourceparts': join(folder, 'etc'),
    'Dir::Etc::preferences': join(folder, 'etc', 'none'),
    'Dir::Etc::preferencesparts': join(folder, 'etc'),
    'Dir::State': join(folder, 'state'),
    'Dir::State::Lists': join(folder, 'lists'),
    'Dir::State::status': join(folder, 'status'),
    'Dir::Cache': join(folder, 'cache'),
    'APT::Sandbox::User': process.getuid?.() === 0 ? 'root' : '',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '2',
    'APT::Install-Recommends': 'false',
    'Debug::NoLocking': 'true'
  }
  return ['-qq', ...Object.entries(settings).map(([name, value]) => `-o${name}=${value}`)]
}

/** Unpacks the archives into `target` as if it were `/`, without running any of their scripts. */
export async function unpackClosure(
  archives: readonly string[],
  target: string,
  env: NodeJS.ProcessEnv
): Promise<void> {
  for (const folder of ['bin', 'sbin', 'lib', 'lib64']) {
    await mkdir(join(target, 'usr', folder), { recursive: true })
    await symlink(`usr/${folder}`, join(target, folder))
  }
  const waiting = [...archives]
  const worker = async () => {
    for (let archive = waiting.shift(); archive; archive = waiting.shift()) {
      await runCommand('dpkg-deb', ['-x', archive, target], {
        env,
        what: 'dpkg-deb -x',
        failure: 'SANDBOX_SETUP_FAILED'
      })
    }
  }
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, worker))
  for (const folder of ['doc', 'man', 'locale', 'lintian', 'bug']) {
    await rm(join(target, 'usr', 'share', folder), { recursive: true, force: true })
  }
}

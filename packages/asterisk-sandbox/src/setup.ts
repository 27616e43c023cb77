import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { available } from './available.ts'
import { downloadClosure, packages, suite, unpackClosure } from './closure.ts'
import { runCommand } from './command.ts'
import { SandboxError } from './errors.ts'
import { withLock } from './lock.ts'
import { findMirror } from './mirror.ts'
import { cacheFolder } from './place.ts'
import {
  type AsteriskRoot,
  describeRoot,
  findRoot,
  type RootOptions,
  rootCommand,
  rootFolder
} from './root.ts'

/** Options of `setup`; `onProgress` is given one sentence at the start of each long step. */
export interface SetupOptions extends RootOptions {
  readonly onProgress?: ((text: string) => void) | undefined
}

const lowestMajor = 22
const provedMajor = 22

/**
 * Makes Asterisk ready in the cache folder: downloads Debian's packages (about 80 MB) and unpacks them (about 200 MB).
 * Returns at once when that was done before. Nothing is installed on the machine. Two set-ups at the same time do not
 * meet: the second waits and finds the work of the first.
 *
 * @throws SandboxError `SANDBOX_UNAVAILABLE` when this machine cannot, `SANDBOX_SETUP_FAILED` when a step fails.
 */
export async function setup(options: SetupOptions = {}): Promise<AsteriskRoot> {
  const ready = await findRoot(options)
  if (ready) return ready
  const env = options.env ?? process.env
  const usable = await available(options)
  if (!usable.ok) throw new SandboxError('SANDBOX_UNAVAILABLE', usable.reason)
  const progress = options.onProgress ?? (() => {})
  return withLock(
    `setup ${rootFolder(options)}`,
    async () => (await findRoot(options)) ?? (await build(options, env, progress)),
    () => progress('another process is setting Asterisk up, waiting for it')
  )
}

async function build(
  options: SetupOptions,
  env: NodeJS.ProcessEnv,
  progress: (text: string) => void
): Promise<AsteriskRoot> {
  const target = rootFolder(options)
  const cache = cacheFolder(env, options.cacheDir)
  const mirror = await findMirror(env)
  if ('reason' in mirror) throw new SandboxError('SANDBOX_UNAVAILABLE', mirror.reason)
  await mkdir(cache, { recursive: true })
  const work = await mkdtemp(join(cache, 'unpacking-'))
  try {
    progress('downloading Asterisk and what it depends on, about 80 MB')
    const archives = await downloadClosure(join(work, 'apt'), mirror, env)
    progress(`unpacking ${archives.length} packages`)
    const fresh = join(work, 'root')
    await unpackClosure(archives, fresh, env)
    const root = await describeRoot(fresh, '')
    const version = await askVersion(root)
    const major = Number.parseInt(version, 10)
    if (!(major >= lowestMajor)) {
      throw new SandboxError(
        'SANDBOX_SETUP_FAILED',
        `Debian ${suite} gave Asterisk ${version || '?'}: this sandbox needs ${lowestMajor} or newer, use another mirror`
      )
    }
    if (major > provedMajor) progress(`this is Asterisk ${version}; the sandbox was proved on ${provedMajor}`)
    await writeFile(join(fresh, 'complete.json'), JSON.stringify({ version, suite, packages }))
    // when a process of another container was faster, its folder is as good as ours
    await rename(fresh, target).catch(async error => {
      if (!(await findRoot(options))) throw error
    })
    return await describeRoot(target, version)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function askVersion(root: AsteriskRoot): Promise<string> {
  const [program, ...args] = rootCommand(root, 'usr/sbin/asterisk')
  const what = 'the unpacked asterisk -V'
  const text = await runCommand(program, [...args, '-V'], { what, failure: 'SANDBOX_SETUP_FAILED' })
  return /^Asterisk ([\d.]+)/.exec(text)?.[1] ?? ''
}

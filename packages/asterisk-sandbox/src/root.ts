import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packages, suite } from './closure.ts'
import { SandboxError } from './errors.ts'
import { cacheFolder } from './place.ts'

/** Asterisk's unpacked files, ready to be started through their own loader. */
export interface AsteriskRoot {
  readonly folder: string
  readonly loader: string
  readonly libraries: string
  /** As Asterisk says it, such as `22.10.1`. */
  readonly version: string
}

/** Where the unpacked files are looked for: `cacheDir`, else what `env` (the process's own by default) says. */
export interface RootOptions {
  readonly cacheDir?: string | undefined
  readonly env?: NodeJS.ProcessEnv | undefined
}

// another list of packages is another folder: sandboxes that run from the old one go on
const recipe = createHash('sha256')
  .update(`1 ${suite} ${packages.join(' ')}`)
  .digest('hex')
  .slice(0, 8)

/** The folder of the unpacked files; it is complete as soon as it exists, since it is made elsewhere and renamed. */
export function rootFolder(options: RootOptions): string {
  return join(cacheFolder(options.env ?? process.env, options.cacheDir), `root-${recipe}`)
}

/** Finds the unpacked Asterisk, or `undefined` when it was never set up. */
export async function findRoot(options: RootOptions = {}): Promise<AsteriskRoot | undefined> {
  const folder = rootFolder(options)
  const text = await readFile(join(folder, 'complete.json'), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const { version }: { version: string } = JSON.parse(text)
  return describeRoot(folder, version)
}

/** Finds the loader and the libraries in an unpacked folder. */
export async function describeRoot(folder: string, version: string): Promise<AsteriskRoot> {
  const usrLib = join(folder, 'usr', 'lib')
  for (const name of await readdir(usrLib)) {
    const libraries = join(usrLib, name)
    const files = await readdir(libraries).catch(() => [])
    const loader = files.find(file => /^ld-linux-.*\.so\.\d+$/.test(file))
    if (loader) return { folder, loader: join(libraries, loader), libraries, version }
  }
  throw new SandboxError(
    'SANDBOX_SETUP_FAILED',
    `${folder} holds no dynamic loader: remove it and set up again`
  )
}

/** The command line that runs one of the root's programs with the root's own C library. */
export function rootCommand(root: AsteriskRoot, program: string): [program: string, ...args: string[]] {
  return [root.loader, '--library-path', root.libraries, join(root.folder, program)]
}

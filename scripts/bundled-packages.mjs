// Packages of hundreds of small files, each entry as one file: every module costs a way through the loaders' thread, and the
// many processes of the tests and the demo load two packages of 800 modules. Entries share their chunks, so that what a
// package keeps (typebox has registries and settings) is there once whichever entry is asked for.
import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const modules = new URL('../node_modules/', import.meta.url)
const packages = ['typebox', 'libphonenumber-js']
const made = new Map()

/** URL of the one file for what an import names, null where it names no such package. */
export async function bundled(specifier) {
  const name = packages.find(one => specifier === one || specifier.startsWith(`${one}/`))
  if (name === undefined) return null
  if (!made.has(name)) made.set(name, make(name))
  return (await made.get(name)).get(`.${specifier.slice(name.length)}`) ?? null
}

/** The files of a package by its `exports`, bundled now if they are not there. */
async function make(name) {
  const home = new URL(`${name}/`, modules)
  const { version, exports } = JSON.parse(readFileSync(new URL('package.json', home), 'utf8'))
  const entries = Object.entries(exports).filter(([, target]) => /\.m?js$/.test(target.import ?? ''))
  const folder = new URL(`.cache/bundled/${name}-${version}/`, modules)
  const fileOf = entry => entry.replace(/\W+/g, '_')
  if (!existsSync(folder)) {
    const { build } = await import('esbuild')
    const draft = new URL(`.cache/bundled/${randomUUID()}/`, modules)
    await build({
      entryPoints: entries.map(([entry, target]) => ({
        in: fileURLToPath(new URL(target.import, home)),
        out: fileOf(entry)
      })),
      outdir: fileURLToPath(draft),
      outExtension: { '.js': '.mjs' },
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      logLevel: 'error'
    })
    try {
      renameSync(draft, folder) // never half a package, however many processes make it at once
    } catch (error) {
      if (!existsSync(folder)) throw error
      rmSync(draft, { recursive: true })
    }
  }
  return new Map(entries.map(([entry]) => [entry, new URL(`${fileOf(entry)}.mjs`, folder).href]))
}

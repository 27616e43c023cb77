// Arrows run one way: examples → plugins → core; widgets → api-client. Fails with one line for each arrow that does not.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'

const root = join(import.meta.dirname, '..')

/** What the sources of a package may import of ours; a plugin may also import the index of plugins it declares. */
function allowed(name: string, dependencies: readonly string[]): (target: string) => boolean {
  const declared = (target: string): boolean => dependencies.includes(`@evscallpro/${target}`)
  if (name === 'core' || name === 'api-client') return () => false
  if (name === 'widgets') return target => target === 'api-client' && declared(target)
  if (name.startsWith('plugin-')) {
    return target => (target === 'core' || target.startsWith('plugin-')) && declared(target)
  }
  if (name === 'testing') return target => ['core', 'embedded-postgres'].includes(target) && declared(target)
  if (['embedded-postgres', 'pbx-simulator', 'asterisk-sandbox'].includes(name)) return () => false
  return declared // examples compose everything they list
}

function* sources(folder: string): Iterable<string> {
  for (const entry of readdirSync(folder)) {
    const path = join(folder, entry)
    if (statSync(path).isDirectory()) yield* sources(path)
    else if (/\.(ts|js|mjs)$/.test(entry)) yield path
  }
}

const problems: string[] = []
let checked = 0
for (const group of ['packages', 'examples']) {
  for (const folder of readdirSync(join(root, group))) {
    const base = join(root, group, folder)
    const manifest = JSON.parse(readFileSync(join(base, 'package.json'), 'utf8'))
    const name = String(manifest.name).replace('@evscallpro/', '')
    const own = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
    const may = allowed(group === 'examples' && !name.startsWith('plugin-') ? `example ${name}` : name, own)
    const references: string[] = JSON.parse(readFileSync(join(base, 'tsconfig.json'), 'utf8')).references.map(
      (reference: { path: string }) => reference.path.split('/').at(-1)
    )
    for (const file of sources(join(base, 'src'))) {
      const text = readFileSync(file, 'utf8')
      for (const [, specifier] of text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)) {
        checked++
        const where = relative(root, file)
        const ours = /^@evscallpro\/([^/]+)(\/.*)?$/.exec(specifier!)
        if (ours) {
          const [, target, deep] = ours
          if (deep)
            problems.push(`${where}: imports '${specifier}'; only the index of a package may be imported`)
          else if (!may(target!)) problems.push(`${where}: ${name} may not import ${specifier}`)
          else if (!references.includes(target!))
            problems.push(`${where}: tsconfig.json of ${name} lacks a reference to ${target}`)
        } else if (specifier!.startsWith('.')) {
          const target = relative(base, join(dirname(file), specifier!))
          if (target.startsWith('..')) problems.push(`${where}: '${specifier}' leaves the package`)
          else if (name === 'core' && crossesKernel(relative(base, file), target)) {
            problems.push(`${where}: the kernel may not import the domain ('${specifier}')`)
          }
        }
      }
    }
  }
}

function crossesKernel(from: string, to: string): boolean {
  return from.startsWith(join('src', 'kernel') + sep) && to.startsWith(join('src', 'domain') + sep)
}

for (const problem of problems) console.error(problem)
if (checked === 0) problems.push('nothing was checked')
console.log(`boundaries: ${checked} imports, ${problems.length} problems`)
process.exitCode = problems.length > 0 ? 1 : 0

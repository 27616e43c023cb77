// Builds the elements for browsers into packages/widgets/dist/browser: an entry per element, class-only entries without
// side effects, what they share, and single files for a script tag. Nothing is built when no source changed.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { nodeResolve } from '@rollup/plugin-node-resolve'
import { type InputPluginOption, type Plugin, rollup } from 'rollup'
import esbuild from 'rollup-plugin-esbuild'
import { builtFolder } from './built-folder.ts'
import { compressFolder } from './compress-folder.ts'
import { type ElementSource, elementSources, sourcesOf } from './elements/element-sources.ts'
import { jsxTypes } from './elements/jsx-types.ts'
import { manifest } from './elements/manifest.ts'
import { shortClasses } from './elements/short-classes.ts'
import { terse } from './elements/terse.ts'
import { type Language, tighten } from './elements/tighten.ts'
import { sheetMark, unusedStyles } from './elements/unused-styles.ts'

const root = join(import.meta.dirname, '..')
const widgets = join(root, 'packages/widgets')
const src = join(widgets, 'src')

/** Where the built files are; a server offers this folder under an address such as /elements/. */
export const elementsFolder = join(widgets, 'dist/browser')

const call = ['provider', 'call-bar', 'incoming-call', 'agent-state', 'click-to-dial']
const boards = ['live-board', 'quota-board']

/** The single files for a script tag, and the elements in each. */
export function kits(names: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const agent = names.filter(name => !boards.includes(name))
  // The provider is defined first, so that the others find it.
  const first = (list: readonly string[]): readonly string[] => [
    'provider',
    ...list.filter(n => n !== 'provider')
  ]
  return { 'call-kit': call, 'agent-kit': first(agent), kit: first(names) }
}

/** Builds what is not up to date and answers the folder; the same sources are built once. */
export const buildElements = (): Promise<string> => builtFolder(elementsFolder, fingerprint(), fillFolder)

async function fillFolder(folder: string): Promise<void> {
  const elements = elementSources(src)
  await bundle(folder, elements)
  for (const [kit, names] of Object.entries(kits(elements.map(({ name }) => name)))) {
    // With both languages, and with one: a page that speaks one language need not load the other.
    for (const language of [null, 'fr', 'en'] as const) await single(folder, kit, elements, names, language)
  }
  writeFileSync(join(folder, 'tokens.css'), readFileSync(join(src, 'style/tokens.css')))
  const described = await manifest(root, elements)
  writeFileSync(join(folder, 'custom-elements.json'), `${JSON.stringify(described, null, 2)}\n`)
  writeFileSync(join(folder, 'jsx.d.ts'), jsxTypes(described))
  compressFolder(folder)
}

function fingerprint(): string {
  const hash = createHash('sha256')
  const files = [
    ...sourcesOf(src),
    ...sourcesOf(join(root, 'packages/api-client/src')),
    ...sourcesOf(join(root, 'tools/elements')),
    import.meta.filename,
    join(root, 'package-lock.json')
  ]
  for (const file of files) hash.update(file.slice(root.length)).update(readFileSync(file))
  return hash.digest('hex')
}

const definition = ({ file, tag, className }: ElementSource): string =>
  `import { define } from ${quoted(join(src, 'base/define.ts'))}\nimport { ${className} } from ${quoted(file)}\ndefine('${tag}', ${className})\nexport { ${className} }\n`
const quoted = (path: string): string => JSON.stringify(path.split(sep).join('/'))

const options = (
  modules: Readonly<Record<string, string>>,
  language: Language | null = null,
  mark = ''
): { plugins: InputPluginOption[] } => ({
  plugins: [
    virtual(modules),
    nodeResolve({ exportConditions: ['@evscallpro/source'], extensions: ['.ts', '.js'] }),
    tighten(src, language, mark),
    esbuild({ target: 'es2022', minify: true, tsconfig: false, legalComments: 'none', charset: 'utf8' })
  ]
})

async function bundle(folder: string, elements: readonly ElementSource[]): Promise<void> {
  const modules: Record<string, string> = {}
  for (const element of elements) {
    modules[element.name] = definition(element)
    modules[`classes/${element.name}`] = `export { ${element.className} } from ${quoted(element.file)}\n`
  }
  const build = await rollup({
    input: Object.fromEntries(Object.keys(modules).map(n => [n, n])),
    plugins: [options(modules).plugins, shortClasses(src)]
  })
  await build.write({
    dir: folder,
    entryFileNames: '[name].js',
    chunkFileNames: 'shared/[name].js',
    minifyInternalExports: true,
    // What every element needs is one file; what only some need is chosen by rollup.
    manualChunks: id =>
      /node_modules|api-client|[\\/](base|format)[\\/]|style[\\/](fallback|ground|icon|message|state-colour|button|panel|chip)\.ts|text[\\/](words|common-words|refusal-words|state-words)\.ts/.test(
        id
      )
        ? 'shared'
        : undefined
  })
  await build.close()
}

async function single(
  folder: string,
  kit: string,
  elements: readonly ElementSource[],
  names: readonly string[],
  language: Language | null
): Promise<void> {
  const wanted = names.map(name => {
    const element = elements.find(each => each.name === name)
    if (!element) throw new Error(`Kit '${kit}' names '${name}', which src/elements does not define`)
    return element
  })
  const modules: Record<string, string> = Object.fromEntries(
    wanted.map(each => [each.name, definition(each)])
  )
  // Styles together and texts together, whatever element needs them: alike beside alike is what gzip makes small.
  const alike = ['style', 'text']
    .flatMap(folder => sourcesOf(join(src, folder)))
    .filter(file => file.endsWith('.ts'))
  modules[kit] = alike.map(file => `import ${quoted(file)}\n`).join('')
  modules[kit] += wanted.map(({ name }) => `export * from '${name}'\n`).join('')
  modules[kit] += `export { registerIcons } from ${quoted(join(src, 'style/icon.ts'))}\n`
  const { plugins } = options(modules, language, sheetMark)
  const build = await rollup({
    input: { [kit]: kit },
    plugins: [plugins, unusedStyles(), shortClasses(src), terse()]
  })
  const file = language ? `${kit}.${language}.js` : `${kit}.js`
  await build.write({ dir: folder, entryFileNames: file, inlineDynamicImports: true })
  await build.close()
}

/** Modules that exist only in this build. */
const virtual = (modules: Readonly<Record<string, string>>): Plugin => ({
  name: 'entries',
  resolveId: id => (id in modules ? `\0${id}` : null),
  load: id => (id.startsWith('\0') ? (modules[id.slice(1)] ?? null) : null)
})

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(await buildElements())
  for (const file of readdirSync(elementsFolder)) if (!file.startsWith('.')) console.log(`  ${file}`)
}

// Builds the elements, and the reference app's pages into examples/reference-app/dist/pages: a script per page, what they
// share, the style sheet. Nothing is built when no source changed.
import { createHash } from 'node:crypto'
import { copyFileSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { nodeResolve } from '@rollup/plugin-node-resolve'
import { rollup } from 'rollup'
import esbuild from 'rollup-plugin-esbuild'
import { buildElements } from './build-elements.ts'
import { builtFolder } from './built-folder.ts'
import { compressFolder } from './compress-folder.ts'

const root = join(import.meta.dirname, '..')
const source = join(root, 'examples/reference-app/web')
const target = join(root, 'examples/reference-app/dist/pages')
const pages = ['sign-in', 'agent', 'supervisor', 'admin']
const files = ['app.css', 'icon.svg']

/** Builds what is not up to date, the elements included, and answers the folder of the pages. */
export async function buildWeb(): Promise<string> {
  await buildElements()
  return builtFolder(target, fingerprint(), fillFolder)
}

async function fillFolder(folder: string): Promise<void> {
  const build = await rollup({
    input: Object.fromEntries(pages.map(name => [name, join(source, `${name}.ts`)])),
    plugins: [
      nodeResolve({ exportConditions: ['@evscallpro/source'], extensions: ['.ts', '.js'] }),
      esbuild({ target: 'es2022', minify: true, tsconfig: false, legalComments: 'none', charset: 'utf8' })
    ]
  })
  await build.write({ dir: folder, entryFileNames: '[name].js', chunkFileNames: 'shared/[name].js' })
  await build.close()
  for (const file of files) copyFileSync(join(source, file), join(folder, file))
  compressFolder(folder)
}

function fingerprint(): string {
  const hash = createHash('sha256')
  for (const folder of [source, join(root, 'packages/api-client/src'), join(root, 'packages/widgets/src')])
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort())
      if (/\.(ts|css|svg)$/.test(file)) hash.update(file).update(readFileSync(join(folder, file)))
  return hash
    .update(readFileSync(import.meta.filename))
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) console.log(await buildWeb())

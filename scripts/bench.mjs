// npm run bench -- NAME [options]: runs bench/NAME.ts from the sources.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './install.mjs'
import { runSource } from './run-ts.mjs'

const [name, ...rest] = process.argv.slice(2)
const known = readdirSync(join(root, 'bench')).flatMap(file =>
  file.endsWith('.ts') ? [file.slice(0, -3)] : []
)
if (!name || !existsSync(join(root, `bench/${name}.ts`))) {
  console.error(`Name a bench: ${known.join(', ')}. For instance: npm run bench -- ${known[0]} --json`)
  process.exit(2)
}
runSource(`bench/${name}.ts`, rest)

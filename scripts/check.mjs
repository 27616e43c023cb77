// npm run check: types, format and lint, promises, boundaries between packages, generated documents.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { install, must, root } from './install.mjs'

install()
must('npx', ['--no-install', 'tsc', '-b'])
must('npx', ['--no-install', 'tsc', '-p', 'tsconfig.test.json'])
// What runs in a browser: the DOM, and nothing of Node.
must('npx', ['--no-install', 'tsc', '-p', 'tsconfig.web.json'])
must('npx', ['--no-install', 'biome', 'check', '--error-on-warnings'])
must('npx', ['--no-install', 'oxlint', '--type-aware'])
const source = ['--import=#typescript', '--conditions=@evscallpro/source']
for (const tool of ['check-boundaries.ts', 'check-lock.ts', 'check-contrast.ts'])
  must(process.execPath, [...source, join(root, 'tools', tool)])
for (const tool of ['generate-styles.ts', 'generate-element-docs.ts'])
  must(process.execPath, [...source, join(root, 'tools', tool), '--check'])
if (existsSync(join(root, 'tools/generate-docs.ts'))) {
  must(process.execPath, [...source, join(root, 'tools/generate-docs.ts'), '--check'])
}
must(process.execPath, [...source, join(root, 'tools/generate-client-types.ts'), '--check'])

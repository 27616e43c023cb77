// npm test: all tests, or those of the files given. One test server serves them all.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { install, root } from './install.mjs'

install()
if (!existsSync(join(root, 'node_modules/.bin/tap'))) process.exit(1)
const files = process.argv.slice(2)
const { status } = spawnSync(
  process.execPath,
  ['--import=#typescript', '--conditions=@evscallpro/source', join(root, 'scripts/run-tests.ts'), ...files],
  { cwd: root, stdio: 'inherit' }
)
process.exit(status ?? 1)

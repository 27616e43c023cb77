// npm start: install, build, start the reference server with everything it needs.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { build, install, must, root } from './install.mjs'
import { serverFlags } from './server-flags.mjs'

install()
console.log('Building …')
build()
must(process.execPath, [
  '--import=#typescript',
  '--conditions=@evscallpro/source',
  join(root, 'tools/build-web.ts')
])
const server = spawn(
  process.execPath,
  [...serverFlags, join(root, 'examples/reference-app/dist/start.js'), ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: 'inherit'
  }
)
// The terminal sends Ctrl-C to the server too; this process only waits for it to end.
for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, () => signal === 'SIGTERM' && server.kill(signal))
server.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))

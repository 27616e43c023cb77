// Runs a program of the workspace from its sources.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { install, root } from './install.mjs'
import { serverFlags } from './server-flags.mjs'

export function runSource(file, args) {
  install()
  const child = spawn(
    process.execPath,
    [...serverFlags, '--import=#typescript', '--conditions=@evscallpro/source', join(root, file), ...args],
    { cwd: root, stdio: 'inherit' }
  )
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.on(signal, () => signal === 'SIGTERM' && child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
}

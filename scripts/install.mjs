// What the other scripts share: dependencies and build, brought up to date only when something changed.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
const stamp = join(root, 'node_modules', '.evs-installed')

/** Runs a program and ends this one with its exit code when it fails. */
export function must(program, args, options = {}) {
  const { status, error } = spawnSync(program, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
    ...options
  })
  if (error) {
    console.error(`${program} could not be started: ${error.message}`)
    process.exit(1)
  }
  if (status !== 0) process.exit(status ?? 1)
}

/** Installs what the lock file says, once for each state of the lock file. */
export function install() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(`Node ${process.versions.node} is too old: install Node 20.19 or newer.`)
    process.exit(1)
  }
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  const upToDate = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === lock
  if (upToDate()) return
  alone(() => {
    if (upToDate()) return
    console.log('Installing dependencies (once, about a minute) …')
    must('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
    mkdirSync(dirname(stamp), { recursive: true })
    writeFileSync(stamp, lock)
  })
}

/** Two commands at once would empty each other's node_modules: the second waits, unless the first has died. */
function alone(work) {
  const held = join(root, '.installing')
  for (;;) {
    try {
      writeFileSync(held, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
      if (!alive(holder(held))) rmSync(held, { force: true })
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500)
    }
  }
  process.once('exit', () => rmSync(held, { force: true })) // `must` ends the process when npm fails
  work()
  rmSync(held, { force: true })
}

function holder(held) {
  try {
    return Number(readFileSync(held, 'utf8'))
  } catch {
    return process.pid // given back this moment: the next try tells
  }
}

function alive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Compiles what changed, and what is not there any more: tsc looks at its own record, not at what it wrote. */
export function build() {
  for (const folder of ['packages', 'examples'])
    for (const name of readdirSync(join(root, folder))) forgetWhenIncomplete(join(root, folder, name))
  must('npx', ['--no-install', 'tsc', '-b'])
}

/** Takes away the record of a package of whose compiled files one is missing. */
function forgetWhenIncomplete(folder) {
  const record = join(folder, 'dist/.tsbuildinfo')
  if (!existsSync(record)) return
  const compiled = readdirSync(join(folder, 'src'), { recursive: true })
    .filter(file => file.endsWith('.ts'))
    .map(file => join(folder, 'dist', file.replace(/\.ts$/, '.js')))
  if (!compiled.every(file => existsSync(file))) rmSync(record)
}

// npm run check: types, format and lint, promises, boundaries between packages, generated documents.
import { spawn } from 'node:child_process'
import { install, must, root } from './install.mjs'

install()
must('npx', ['--no-install', 'tsc', '-b'])

const program = (name, ...args) => ['npx', '--no-install', name, ...args]
const tool = (file, ...args) => [
  process.execPath,
  '--import=#typescript',
  '--conditions=@evscallpro/source',
  `tools/${file}.ts`,
  ...args
]

/** Two at a time, as some have work for one processor only. Each list is gone through in order, up to its first failure. */
const lists = [
  [
    program('tsc', '-p', 'tsconfig.test.json'),
    // What runs in a browser: the DOM, and nothing of Node.
    program('tsc', '-p', 'tsconfig.web.json'),
    tool('generate-docs', '--check'),
    tool('generate-client-types', '--check')
  ],
  [
    program('biome', 'check', '--error-on-warnings'),
    program('oxlint', '--type-aware'),
    tool('check-boundaries'),
    tool('check-lock'),
    tool('check-contrast'),
    tool('generate-styles', '--check'),
    tool('generate-element-docs', '--check')
  ]
]

/** Runs a command and then says, in one piece, what it said; its exit code. */
function run([command, ...args]) {
  return new Promise(resolve => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32'
    })
    const said = []
    for (const stream of [child.stdout, child.stderr]) stream.on('data', data => said.push(data))
    child.on('error', error => {
      console.error(`${command} could not be started: ${error.message}`)
      resolve(1)
    })
    child.on('close', status => {
      process.stdout.write(Buffer.concat(said))
      resolve(status ?? 1)
    })
  })
}

const codes = lists.map(async list => {
  for (const command of list) {
    const code = await run(command)
    if (code === 0) continue
    console.error(`failed: ${command.filter(part => part !== process.execPath).join(' ')}`)
    return code
  }
  return 0
})
process.exitCode = (await Promise.all(codes)).find(code => code !== 0) ?? 0

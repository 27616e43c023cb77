import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { startPbxSimulator } from '../src/index.ts'
import { AmiClient } from './support/client.ts'

const CLI = fileURLToPath(new URL('../src/cli.ts', import.meta.url))
const NODE = ['--import=#typescript', '--conditions=@evscallpro/source', CLI]

interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

function run(t: { teardown(task: () => void): void }, args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [...NODE, ...args], { env: { ...process.env, ...env } })
  t.teardown(() => {
    child.kill('SIGKILL')
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8')
  child.stderr.setEncoding('utf8')
  const firstLine = new Promise<string>(resolve => {
    child.stdout.on('data', (chunk: string) => {
      output.stdout += chunk
      if (output.stdout.includes('\n')) resolve(output.stdout.split('\n')[0]!)
    })
  })
  child.stderr.on('data', (chunk: string) => {
    output.stderr += chunk
  })
  const ended = new Promise<Ended>(resolve => {
    child.once('close', code => resolve({ code, ...output }))
  })
  return { child, firstLine, ended }
}

t.test('runs as a process of its own: says when it is ready, stops cleanly', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'pbx-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'secret'), 'from-file\n')
  const ready = join(folder, 'ready.json')
  const { child, firstLine, ended } = run(
    t,
    [
      '--user',
      'evs',
      '--secret-file',
      join(folder, 'secret'),
      '--time-scale',
      '20',
      '--ready-file',
      ready,
      '--lab-user',
      'lab'
    ],
    { EVS_PBX_LAB_SECRET: 'from-env' }
  )
  const line = await firstLine
  t.equal(readFileSync(ready, 'utf8').trim(), line)
  const { port } = JSON.parse(line) as { port: number }
  const ami = new AmiClient(port)
  t.teardown(() => ami.close())
  t.equal((await ami.login('evs', 'from-file')).get('Message'), 'Authentication accepted')
  const lab = new AmiClient(port)
  t.teardown(() => lab.close())
  await lab.login('lab', 'from-env')
  t.equal((await lab.ask('SimTrunk', { Trunk: 'trunk-site-a', State: 'down' })).get('Response'), 'Success')
  child.kill('SIGTERM')
  t.match(await ended, { code: 0, stderr: '' })
})

t.test('says what is missing and what to do', async t => {
  const [missing, wrong] = await Promise.all([
    run(t, ['--user', 'evs'], { EVS_PBX_SECRET: '' }).ended,
    run(t, ['--phones', 'many'], { EVS_PBX_SECRET: 'x' }).ended
  ])
  t.match(missing, {
    code: 1,
    stderr: /no secret: give --secret-file FILE \(first line\) or set EVS_PBX_SECRET/
  })
  t.match(wrong, { code: 1, stderr: /--phones must be a number, found "many"/ })
})

t.test('bad options are refused with the field and the mend', async t => {
  const account = { username: 'evs', secret: 'x' }
  await t.rejects(startPbxSimulator({ accounts: [] }), /accounts is empty/)
  await t.rejects(
    startPbxSimulator({ accounts: [{ ...account, write: ['calls'] }] }),
    /account "evs": write has no class "calls"; known: system, call/
  )
  await t.rejects(
    startPbxSimulator({ accounts: [account], timeScale: 0 }),
    /timeScale must be greater than 0, found 0/
  )
  const sim = await startPbxSimulator({ accounts: [account] })
  t.teardown(() => sim.close())
  await t.rejects(sim.advance(1), /start the simulator with clock: 'virtual'/)
  t.throws(() => sim.phone('999'), /there is no phone "999"; phones: 1001, 1002/)
  t.throws(() => sim.trunk('x'), /there is no trunk "x"; trunks: trunk-site-a, trunk-site-b/)
  t.throws(() => sim.phone('1001').hangup(), /phone 1001 has no call/)
})

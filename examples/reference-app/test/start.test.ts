import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freshDatabase } from '@evscallpro/testing'
import t from 'tap'
import { freePort } from '../src/demo/server-process.ts'

const fromSources = [
  process.execPath,
  '--import=#typescript',
  '--conditions=@evscallpro/source',
  fileURLToPath(new URL('../src/start.ts', import.meta.url))
]
/**
 * What `npm start` runs: it builds, and starts the compiled server as its child. `env` takes away the loaders that tap
 * gives to every Node process, as a terminal has none.
 */
const npmStart = [
  ...(process.platform === 'win32' ? [] : ['env', '-u', 'NODE_OPTIONS']),
  process.execPath,
  fileURLToPath(new URL('../../../scripts/start.mjs', import.meta.url))
]

interface Started {
  readonly child: ChildProcess
  readonly base: string
  /** Everything printed so far. */
  text(): string
  /** The next piece of output. */
  printed(): Promise<void>
  ended(): Promise<number | null>
}

/** Starts the server in a process group of its own, as a terminal does. */
async function start(env: Record<string, string>, program = fromSources): Promise<Started> {
  const port = await freePort()
  const [command, ...args] = program
  const child = spawn(command!, args, {
    env: { ...process.env, DATABASE_URL: '', ...env, EVS_PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true
  })
  let text = ''
  const waiting: (() => void)[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', data => {
      text += data
      for (const resolve of waiting.splice(0)) resolve()
    })
  }
  const exit = once(child, 'exit')
  return {
    child,
    base: `http://127.0.0.1:${port}`,
    text: () => text,
    printed: () => new Promise(resolve => waiting.push(resolve)),
    ended: async () => (await exit)[0]
  }
}

async function untilPrinted(server: Started, wanted: RegExp): Promise<void> {
  while (!wanted.test(server.text())) {
    if (server.child.exitCode !== null || server.child.signalCode !== null)
      throw new Error(`it ended:\n${server.text()}`)
    await Promise.race([server.printed(), server.ended()])
  }
}

/** A signal to every process of the group: what a terminal sends at Ctrl-C. */
function signal({ child }: Started, name: NodeJS.Signals): void {
  if (process.platform === 'win32') child.kill(name)
  else if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, name)
}

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

t.test(
  'a first start makes everything, kill -9 loses nothing, a second start finds it, Ctrl-C ends all of it',
  async t => {
    const dataDir = mkdtempSync(join(tmpdir(), 'evs-start-'))
    t.teardown(() => rmSync(dataDir, { recursive: true, force: true }))
    // A compiled file that was lost is made again.
    rmSync(fileURLToPath(new URL('../dist/web/page.js', import.meta.url)), { force: true })
    const first = await start({ EVS_DATA_DIR: dataDir }, npmStart)
    t.teardown(() => signal(first, 'SIGKILL'))
    await untilPrinted(first, /Ctrl-C ends everything/)
    t.match(first.text(), /database: PostgreSQL 17[\s\S]*PBX: simulator[\s\S]*migrations: \d+ applied/)
    t.match(first.text(), /Demo accounts/)
    t.notMatch(first.text(), /Not ready yet/)
    const accounts = join(dataDir, 'demo-accounts.json')
    t.equal(statSync(accounts).mode & 0o077, 0, 'the passwords are for this user only')
    const people: { login: string; role: string; password: string }[] = JSON.parse(
      readFileSync(accounts, 'utf8')
    )
    t.same(
      people.map(({ role }) => role).sort(),
      [...Array.from({ length: 6 }, () => 'agent'), 'admin', 'supervisor'].sort()
    )
    t.equal(
      new Set(people.map(({ password }) => password)).size,
      people.length,
      'each has a password of his own'
    )

    const page = await fetch(first.base, { headers: { 'accept-language': 'fr-FR' } })
    t.match(await page.text(), /Connexion[\s\S]*app-sign-in[\s\S]*href="\/docs"/)
    t.equal((await fetch(`${first.base}/docs/`)).status, 200)
    t.equal((await fetch(`${first.base}/health/ready`)).status, 200)

    const simulator: { pid: number } = JSON.parse(
      readFileSync(join(dataDir, 'simulator', 'running.json'), 'utf8')
    )
    signal(first, 'SIGKILL')
    await first.ended()
    t.ok(alive(simulator.pid), 'the PBX goes on without the server')

    const second = await start({ EVS_DATA_DIR: dataDir })
    t.teardown(() => signal(second, 'SIGKILL'))
    await untilPrinted(second, /Ctrl-C ends everything/)
    t.match(second.text(), /it was running already[\s\S]*PBX: simulator, it was running already/)
    t.notMatch(second.text(), /migrations:|demo:/)
    const admin = people.find(({ login }) => login === 'admin')!
    const login = await fetch(`${second.base}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ login: 'admin', password: admin.password })
    })
    t.equal(login.status, 200, 'the accounts are still there')
    const { token } = (await login.json()) as { token: string }
    const headers = { authorization: `Bearer ${token}` }
    const campaigns = (await (await fetch(`${second.base}/api/campaigns`, { headers })).json()) as {
      items: { id: number }[]
    }
    t.equal(campaigns.items.length, 2)
    const board = await fetch(`${second.base}/api/quotas/campaigns/${campaigns.items[0]!.id}/rules`, {
      headers
    })
    const { items: rules } = (await board.json()) as { items: { label: string; contactsLeft: number }[] }
    t.same(
      rules.map(({ label }) => label),
      ['Paris', 'Rhône', 'Nord et Ouest', 'Contrats C-1…']
    )
    t.ok(
      rules.every(({ contactsLeft }) => contactsLeft > 0),
      'each has contacts'
    )
    const sites = (await (await fetch(`${second.base}/api/sites`, { headers })).json()) as {
      items: unknown[]
    }
    t.equal(sites.items.length, 3)

    signal(second, 'SIGINT')
    t.equal(await second.ended(), 0)
    t.notOk(alive(simulator.pid), 'the simulator has ended too')
    t.throws(() => statSync(join(dataDir, 'postgres', 'data', 'postmaster.pid')), { code: 'ENOENT' })
    const log = readFileSync(join(dataDir, 'server.log'), 'utf8')
    t.notMatch(log, new RegExp(admin.password), 'no password in the log')
    t.notMatch(log, /\+3319900\d{4}/, 'no whole number in the log')
  }
)

t.test(
  'with DATABASE_URL and a PBX that does not answer it starts, says what is missing, and has a first administrator',
  async t => {
    const dataDir = mkdtempSync(join(tmpdir(), 'evs-start-'))
    t.teardown(() => rmSync(dataDir, { recursive: true, force: true }))
    const { url } = await freshDatabase(t, { key: 'empty', migrate: async () => {} })
    const settings = {
      EVS_DATA_DIR: dataDir,
      DATABASE_URL: url,
      EVS_AMI_HOST: '127.0.0.1',
      EVS_AMI_PORT: String(await freePort()),
      EVS_AMI_USERNAME: 'evs',
      EVS_AMI_SECRET: 'wrong-or-right'
    }
    const server = await start(settings)
    t.teardown(() => signal(server, 'SIGKILL'))
    await untilPrinted(server, /Ctrl-C ends everything/)
    t.match(server.text(), /Not ready yet: .*link to the PBX asterisk is down/)
    t.match(server.text(), /First administrator \(shown this once/)
    t.notMatch(server.text(), /wrong-or-right/)
    t.equal((await fetch(`${server.base}/health/ready`)).status, 503)
    signal(server, 'SIGINT')
    t.equal(await server.ended(), 0)
  }
)

t.test('wrong settings end it with one sentence each, and nothing is left running', async t => {
  const dataDir = mkdtempSync(join(tmpdir(), 'evs-start-'))
  t.teardown(() => rmSync(dataDir, { recursive: true, force: true }))
  const port = await freePort()
  const cases: [Record<string, string>, RegExp][] = [
    [
      { EVS_PBX: 'pigeon', EVS_DEMO: 'perhaps' },
      /Settings: EVS_PBX is 'pigeon'[\s\S]*Settings: EVS_DEMO is 'perhaps'/
    ],
    [
      { DATABASE_URL: `postgres://evs:geheim@127.0.0.1:${port}/evs` },
      /No PostgreSQL answers at 127\.0\.0\.1:\d+ \(DATABASE_URL\).*Start the server, or correct host and port/
    ]
  ]
  for (const [env, sentence] of cases) {
    const server = await start({ EVS_DATA_DIR: dataDir, ...env })
    t.teardown(() => signal(server, 'SIGKILL'))
    t.equal(await server.ended(), 1)
    t.match(server.text(), sentence)
    t.notMatch(server.text(), /geheim| {4}at /, 'neither a password nor a stack')
  }
})

import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import {
  checkServer,
  closeOnSignals,
  connectDatabase,
  createUser,
  migrate,
  type PluginScope,
  withDomain
} from '@evscallpro/core'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@evscallpro/embedded-postgres'
import { type Config, ConfigError, readConfig } from './config.ts'
import { type DemoAccount, isEmpty, seedDemo } from './demo-data.ts'
import type { FloorAccount } from './floor/floor-people.ts'
import { type LivingFloor, startLivingFloor } from './floor/living-floor.ts'
import { type AmiAccount, buildServer, plugins } from './server.ts'
import { type SimulatorProcess, startSimulatorProcess } from './simulator-process.ts'

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const step = (line: string): void => say(`  · ${line}`)

/** Starts everything the reference server needs and the server itself; `npm start`. */
async function start(): Promise<void> {
  const config = readConfig(process.env, process.cwd())
  await mkdir(config.dataDir, { recursive: true, mode: 0o711 })
  const postgres = config.databaseUrl === null ? await startDatabase(config) : null
  const databaseUrl = postgres?.url ?? config.databaseUrl!
  const simulator = config.pbx.kind === 'simulator' ? await startSimulator(config) : null
  const stopServices = async (): Promise<void> => {
    await simulator?.stop()
    await postgres?.stop()
  }
  try {
    const account = accountOf(config, simulator)
    await prepareDatabase(config, account, databaseUrl)
    const app = await buildServer(config, account, databaseUrl)
    // The PBX and the database end last: what the server has in hand is still to be written.
    const floor: { current: LivingFloor | null } = { current: null }
    app.addHook('preClose', async () => floor.current?.stop())
    closeOnSignals(app, {
      onProgress: step,
      exit: code => void stopServices().finally(() => process.exit(code))
    })
    floor.current = await serve(app, config)
  } catch (error) {
    await stopServices()
    throw error
  }
}

async function serve(app: PluginScope, config: Config): Promise<LivingFloor | null> {
  await app.ready()
  const accounts = await accountsOf(app, config)
  const address = await app.listen({ host: config.host, port: config.port })
  say('')
  say(`EVSCallPro: ${address}`)
  say(`API:        ${address}/docs`)
  if (config.logFile !== null) say(`Log:        ${relative(process.cwd(), config.logFile)}`)
  if (accounts) {
    say('')
    say(accounts.title)
    for (const { role, login, password } of accounts.list)
      say(`  ${role.padEnd(10)}  ${login.padEnd(12)} ${password}`)
  }
  say('')
  for (const reason of await whatIsMissing(app)) say(`Not ready yet: ${reason}`)
  const floor = await floorOf(config, address)
  if (floor) say('Simulated agents work on this floor (EVS_FLOOR=off for a quiet one); nobody is called.')
  say('Ctrl-C ends everything.')
  return floor
}

/** The demo's simulated agents, when there are any: only on the simulator, where nobody is called. */
async function floorOf(config: Config, address: string): Promise<LivingFloor | null> {
  const path = floorFile(config)
  if (!config.floor || config.pbx.kind !== 'simulator' || !existsSync(path)) return null
  const accounts: FloorAccount[] = JSON.parse(await readFile(path, 'utf8'))
  return startLivingFloor(address, accounts, { onTrouble: what => step(`simulated agent ${what}`) })
}

const floorFile = (config: Config): string => join(config.dataDir, 'demo-floor.json')

/** What `/health/ready` complains about, a sentence each; it heals by itself when the cause is mended. */
async function whatIsMissing(app: PluginScope): Promise<string[]> {
  const response = await app.inject('/health/ready')
  if (response.statusCode === 200) return []
  const { errors = [], detail } = response.json<{ errors?: { detail: string }[]; detail?: string }>()
  return errors.length > 0 ? errors.map(error => error.detail) : [detail ?? 'the server']
}

async function startDatabase(config: Config): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({
    dataDir: join(config.dataDir, 'postgres'),
    onProgress: step
  })
  step(`database: PostgreSQL ${postgres.version}${postgres.attached ? ', it was running already' : ''}`)
  return postgres
}

async function startSimulator(config: Config): Promise<SimulatorProcess> {
  const simulator = await startSimulatorProcess(config.dataDir)
  step(`PBX: simulator${simulator.attached ? ', it was running already' : ''}`)
  return simulator
}

function accountOf({ pbx }: Config, simulator: SimulatorProcess | null): AmiAccount {
  if (pbx.kind === 'asterisk') {
    const { name, host, port, username, secret, tls, mode } = pbx
    return { pbx: name, host, port, username, secret, tls, mode }
  }
  const { port, accounts } = simulator!
  return { pbx: 'simulator', host: '127.0.0.1', port, ...accounts.evs, tls: false, mode: 'dialplan' }
}

async function prepareDatabase(config: Config, account: AmiAccount, databaseUrl: string): Promise<void> {
  const db = connectDatabase(databaseUrl, { poolMax: 2 })
  try {
    await checkServer(db)
    const applied = await migrate(db, withDomain(plugins(config, account)))
    if (applied.length > 0) step(`migrations: ${applied.length} applied`)
  } finally {
    await db.destroy()
  }
}

interface Accounts {
  readonly title: string
  readonly list: readonly DemoAccount[]
}

/**
 * Who can sign in, as far as this program knows: the demo that it made in an empty database, whose passwords stay in a
 * file that only this user can read, or the first administrator of a new installation, told once.
 */
async function accountsOf(app: PluginScope, config: Config): Promise<Accounts | null> {
  const path = join(config.dataDir, 'demo-accounts.json')
  const { db, clock } = app.kernel
  if (!(await isEmpty(db))) {
    if (!config.demo || !existsSync(path)) return null
    return { title: demoTitle, list: JSON.parse(await readFile(path, 'utf8')) }
  }
  if (config.demo) {
    const { people, floor } = await seedDemo(app, newPassword, 1000, config.floor, line =>
      step(`demo: ${line}`)
    )
    await writeFile(floorFile(config), JSON.stringify(floor, null, 2), { mode: 0o600 })
    await writeFile(path, JSON.stringify(people, null, 2), { mode: 0o600 })
    return { title: demoTitle, list: people }
  }
  const admin = { login: 'admin', role: 'admin', password: newPassword() } as const
  await createUser(db, clock.now(), { ...admin, displayName: 'Administrator' })
  return {
    title: 'First administrator (shown this once; change the password after signing in):',
    list: [admin]
  }
}

const demoTitle = 'Demo accounts (generated for this installation):'
const newPassword = (): string => randomBytes(9).toString('base64url')

start().catch((error: unknown) => {
  if (error instanceof ConfigError) for (const issue of error.issues) say(`Settings: ${issue}`)
  else say(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
})

import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** The simulator's account for the server; `lab` may also steer phones and trunks. */
export interface SimulatorAccount {
  readonly username: string
  readonly secret: string
}

export interface SimulatorProcess {
  readonly pid: number
  readonly port: number
  readonly accounts: Readonly<Record<'evs' | 'lab', SimulatorAccount>>
  /** True when it ran already. */
  readonly attached: boolean
  stop(): Promise<void>
}

interface State {
  readonly pid: number
  readonly port: number
}

interface Ready {
  readonly port: number
}

const startLimitMs = 15_000

/**
 * The PBX simulator as a process of its own, so that the death of the server is no death of the PBX. Found again by the
 * next start; its secrets are made once and kept in `dataDir`, readable by its owner only.
 */
export async function startSimulatorProcess(dataDir: string, timeScale = 1): Promise<SimulatorProcess> {
  const folder = join(dataDir, 'simulator')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const accounts = await readAccounts(join(folder, 'accounts.json'))
  const stateFile = join(folder, 'running.json')
  const readyFile = join(folder, 'ready.json')
  const known = await readJson<State>(stateFile)
  if (known && (await answers(known.port))) return describe(known, true)
  await rm(stateFile, { force: true })
  await rm(readyFile, { force: true })
  const log = await open(join(folder, 'simulator.log'), 'a')
  const child = spawn(
    process.execPath,
    [
      ...process.execArgv.filter(arg => arg.startsWith('--import') || arg.startsWith('--conditions')),
      cliPath(),
      '--port',
      '0',
      '--user',
      accounts.evs.username,
      '--lab-user',
      accounts.lab.username,
      '--ready-file',
      readyFile,
      '--time-scale',
      String(timeScale)
    ],
    {
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      // Secrets go by the environment: a command line can be read by every user of the machine.
      env: { ...process.env, EVS_PBX_SECRET: accounts.evs.secret, EVS_PBX_LAB_SECRET: accounts.lab.secret }
    }
  )
  child.unref()
  await log.close()
  const deadline = Date.now() + startLimitMs
  while (Date.now() < deadline && child.exitCode === null) {
    const ready = await readJson<Ready>(readyFile)
    if (ready && child.pid !== undefined && (await answers(ready.port))) {
      const state = { pid: child.pid, port: ready.port }
      await writeFile(stateFile, JSON.stringify(state))
      return describe(state, false)
    }
    await sleep(50)
  }
  throw new Error(`The PBX simulator did not start; its log is simulator/simulator.log in the data folder.`)

  function describe(state: State, attached: boolean): SimulatorProcess {
    return { ...state, accounts, attached, stop: () => stop(state.pid, stateFile) }
  }
}

const cliPath = (): string => {
  const index = fileURLToPath(import.meta.resolve('@evscallpro/pbx-simulator'))
  return join(index, '..', index.endsWith('.ts') ? 'cli.ts' : 'cli.js')
}

async function readAccounts(path: string): Promise<SimulatorProcess['accounts']> {
  if (!existsSync(path)) {
    const secret = (): string => randomBytes(18).toString('base64url')
    const accounts = {
      evs: { username: 'evs', secret: secret() },
      lab: { username: 'lab', secret: secret() }
    }
    await writeFile(path, JSON.stringify(accounts, null, 2), { mode: 0o600, flag: 'wx' })
  }
  return JSON.parse(await readFile(path, 'utf8'))
}

async function readJson<T>(path: string): Promise<T | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch {
    return null // not there yet, or only half written
  }
}

/** Whether an AMI greeting comes from the port: a stale file may name a port that somebody else has now. */
function answers(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = createConnection({ host: '127.0.0.1', port })
    const end = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(2_000, () => end(false))
    socket.once('error', () => end(false))
    socket.once('data', data => end(data.toString().startsWith('Asterisk Call Manager/')))
  })
}

async function stop(pid: number, stateFile: string): Promise<void> {
  try {
    process.kill(pid, 'SIGTERM')
    const deadline = Date.now() + 5_000
    while (Date.now() < deadline && alive(pid)) await sleep(25)
    if (alive(pid)) process.kill(pid, 'SIGKILL')
  } catch {
    // it has ended by itself
  }
  await rm(stateFile, { force: true })
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { open, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand, tryCommand } from './command.ts'
import { type Configuration, writeConfiguration } from './configuration.ts'
import { until } from './deadline.ts'
import { SandboxError } from './errors.ts'
import { checkPortsFree, portIsFree } from './ports.ts'
import { type AsteriskRoot, rootCommand } from './root.ts'

/** Where an instance lives on disk and what starts it; enough to find it from another process. */
export interface InstancePlace {
  readonly name: string
  readonly dir: string
  readonly root: AsteriskRoot
}

const bootLimitMs = 60_000
// SIGTERM was seen to take up to 17 s with calls up
const stopLimitMs = 20_000
const cliLimitMs = 20_000

/** The pid of a running instance: the pid file's, when that process really is this instance; else `undefined`. */
export function pidOf({ dir }: InstancePlace): number | undefined {
  const pid = Number(textOf(join(dir, 'pid')))
  return pid > 0 && isInstance(pid, dir) ? pid : undefined
}

// pids are used again after a while, so that a number alone is never trusted, least of all to kill by
function isInstance(pid: number, dir: string): boolean {
  return textOf(`/proc/${pid}/cmdline`).split('\0').includes(settingsFile(dir))
}

// A process that ends has no command line any more while its threads still hold its sockets. When the last thread is
// gone it is a zombie with nothing left, until its parent asks for it, which in a container may be never.
function isGone(pid: number, dir: string): boolean {
  const state = textOf(`/proc/${pid}/stat`).split(') ').at(-1)?.[0]
  if (!state) return true
  if (state === 'Z' || state === 'X') return threadsOf(pid) <= 1
  return textOf(`/proc/${pid}/cmdline`) !== '' && !isInstance(pid, dir)
}

function threadsOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/task`).length
  } catch {
    return 0 // no such process
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return '' // no such file, no such process
  }
}

const settingsFile = (dir: string) => join(dir, 'etc', 'asterisk.conf')

/** Runs one command of Asterisk's own command line and returns what it printed. */
export async function cli(place: InstancePlace, command: string): Promise<string> {
  if (!pidOf(place)) throw notRunning(place)
  const [program, ...args] = cliCommand(place, command)
  return runCommand(program, args, {
    timeoutMs: cliLimitMs,
    what: `the command "${command}" to ${place.name}`,
    failure: 'SANDBOX_COMMAND_FAILED'
  })
}

function cliCommand({ root, dir }: InstancePlace, command: string): [string, ...string[]] {
  return [...rootCommand(root, 'usr/sbin/asterisk'), '-C', settingsFile(dir), '-rx', command]
}

function notRunning({ name }: { readonly name: string }): SandboxError {
  return new SandboxError('SANDBOX_NOT_RUNNING', `${name} is not running: start it first`)
}

/**
 * Starts an instance from its freshly written configuration and returns its pid once it is fully booted.
 *
 * @throws SandboxError `SANDBOX_START_FAILED` with the end of its output when it ends, or a port is taken.
 */
export async function startInstance(configuration: Configuration): Promise<number> {
  const { layout, dir, root } = configuration
  const place = { name: layout.name, dir, root }
  await checkPortsFree(layout)
  await writeConfiguration(configuration)
  await makeCertificate(configuration)
  const pid = await launch(place)
  await writeFile(join(dir, 'pid'), String(pid))
  try {
    await booted(place)
    if (await portIsFree(layout.address, layout.amiPort)) throw refusedManager(place)
  } catch (error) {
    await endInstance(place, true)
    throw error
  }
  return pid
}

// Asterisk boots without AMI when it cannot read manager.conf, which an overlay brings about easily
function refusedManager({ name, dir }: InstancePlace): SandboxError {
  const log = join(dir, 'log', 'messages.log')
  return new SandboxError(
    'SANDBOX_START_FAILED',
    `${name} has no AMI: it refused manager.conf, ${log} says why`
  )
}

async function booted(place: InstancePlace): Promise<void> {
  await until(
    async () => {
      if (!pidOf(place)) throw await startFailure(place)
      const [program, ...args] = cliCommand(place, 'core waitfullybooted')
      const answer = await tryCommand(program, args, { timeoutMs: cliLimitMs })
      return answer.stdout.includes('fully booted') || undefined
    },
    bootLimitMs,
    () => `${place.name} has not booted after ${bootLimitMs / 1000} s: see ${join(place.dir, 'log')}`
  )
}

async function launch({ name, dir, root }: InstancePlace): Promise<number> {
  const output = await open(join(dir, 'log', 'output'), 'w')
  try {
    const [program, ...args] = rootCommand(root, 'usr/sbin/asterisk')
    const child = spawn(program, [...args, '-f', '-C', settingsFile(dir)], {
      cwd: dir,
      detached: true,
      stdio: ['ignore', output.fd, output.fd]
    })
    const failed = new Promise<never>((_, reject) => child.once('error', reject))
    const pid = await Promise.race([
      new Promise<number>(done => child.once('spawn', () => done(child.pid!))),
      failed
    ])
    child.unref()
    return pid
  } catch (cause) {
    throw new SandboxError('SANDBOX_START_FAILED', `${name}: ${root.loader} does not start`, { cause })
  } finally {
    await output.close()
  }
}

async function startFailure({ name, dir }: InstancePlace): Promise<SandboxError> {
  const output = await readFile(join(dir, 'log', 'output'), 'utf8').catch(() => '')
  const end = output.trim().split('\n').slice(-8).join('\n')
  return new SandboxError(
    'SANDBOX_START_FAILED',
    `${name} ended while it started: ${end || 'without a word'}`
  )
}

/** Ends an instance by its pid, and returns when it is gone: gently (calls get their ends) or, with `kill`, at once. */
export async function endInstance(place: InstancePlace, kill = false): Promise<void> {
  const pid = pidOf(place)
  if (pid) {
    const gone = async () => isGone(pid, place.dir) || undefined
    const late = () => `${place.name}, pid ${pid}, does not end`
    process.kill(pid, kill ? 'SIGKILL' : 'SIGTERM')
    try {
      await until(gone, stopLimitMs, late, 50)
    } catch (error) {
      if (kill) throw error
      process.kill(pid, 'SIGKILL')
      await until(gone, stopLimitMs, late, 50)
    }
  }
  await rm(join(place.dir, 'pid'), { force: true })
}

async function makeCertificate({ dir, root, layout }: Configuration): Promise<void> {
  const certificate = join(dir, 'keys', 'asterisk.pem')
  if (existsSync(certificate)) return
  const [program, ...args] = rootCommand(root, 'usr/bin/openssl')
  const key = join(dir, 'keys', 'asterisk.key')
  const names = `subjectAltName=DNS:localhost,IP:${layout.address}`
  const request = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '365'
  ]
  request.push('-subj', '/CN=localhost', '-addext', names, '-keyout', key, '-out', certificate)
  await runCommand(program, [...args, ...request], {
    env: { ...process.env, OPENSSL_CONF: join(root.folder, 'etc', 'ssl', 'openssl.cnf') },
    what: 'openssl req',
    failure: 'SANDBOX_START_FAILED'
  })
}

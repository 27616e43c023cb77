import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkBehaviour } from './behaviour.ts'
import { type CdrRow, parseCdr } from './cdr.ts'
import type { Configuration } from './configuration.ts'
import { parseContacts, unreachable, unregistered } from './contacts.ts'
import { until } from './deadline.ts'
import { SandboxError } from './errors.ts'
import { cli, endInstance, pidOf, startInstance } from './instance.ts'
import { type InstanceName, instanceNames, layoutOf } from './layout.ts'
import { withLock } from './lock.ts'
import { type SandboxSecrets, secretsFile } from './secrets.ts'
import type { RunState } from './state.ts'

/** An account of `manager.conf`. */
export interface AmiAccount {
  readonly username: string
  readonly secret: string
}

/** `lab` may do everything, `evs` what the framework needs; others are those of the option `amiAccounts`. */
export interface AmiAccounts {
  readonly lab: AmiAccount
  readonly evs: AmiAccount
  readonly [username: string]: AmiAccount
}

/** One of the four Asterisk processes. */
export interface SandboxInstance {
  readonly name: InstanceName
  readonly address: string
  readonly amiPort: number
  readonly sipPort: number
  /** Port of `/ws`; the port after it serves `/wss`. */
  readonly httpPort: number
  /** Its folder: `etc`, `log`, `spool/monitor` and so on. */
  readonly dir: string
  /** The process that runs now; `undefined` while it is stopped. */
  readonly pid: number | undefined
  readonly accounts: AmiAccounts
}

/** A central PBX, two sites' gateways and twenty phones, running on this machine. */
export interface AsteriskSandbox {
  readonly shift: number
  readonly runDir: string
  /** Asterisk's version, such as `22.10.1`. */
  readonly version: string
  readonly central: SandboxInstance
  readonly gatewayA: SandboxInstance
  readonly gatewayB: SandboxInstance
  readonly phones: SandboxInstance
  /** The file with all secrets of this run folder, readable by its owner alone. */
  readonly secretsFile: string
  /** SIP password of an extension, 1001 to 1020 and 1101 to 1110 (the latter for browsers). */
  sipSecret(extension: string): string
  /** Central's `Master.csv`. */
  readonly cdrFile: string
  /** What phone 1001 to 1020 does with its calls from now on; see `conf/phones/extensions.conf`. */
  phone(extension: string, behaviour: string): Promise<void>
  /** Runs one command of an instance's command line and returns what it printed. */
  cli(instance: InstanceName, command: string): Promise<string>
  /** Central's call detail records so far. */
  cdr(): Promise<CdrRow[]>
  /** Ends an instance as a service is stopped: its calls get their ends. Takes from 1 to 20 s. */
  stopInstance(name: InstanceName): Promise<void>
  /** Starts a stopped instance with a freshly written configuration, and waits until it is booted. */
  startInstance(name: InstanceName): Promise<void>
  /** Ends an instance without warning, by SIGKILL of its pid, and waits until it is gone. */
  killInstance(name: InstanceName): Promise<void>
  /** Waits until central reaches the trunks, by default both sites'; asks them at once instead of waiting for OPTIONS. */
  trunksReachable(trunks?: readonly string[]): Promise<void>
  /** Waits until all twenty phones are registered. */
  phonesRegistered(): Promise<void>
  /** Ends all four; files stay in the run folder until the next `up`. */
  down(): Promise<void>
}

const readyLimitMs = 30_000
const siteTrunks = ['trunk-site-a', 'trunk-site-b']

/** The sandbox of a run folder as an object; starts nothing by itself. */
export function sandboxOf(runDir: string, state: RunState, secrets: SandboxSecrets): AsteriskSandbox {
  const places = new Map(
    instanceNames.map(name => [name, { name, dir: join(runDir, name), root: state.root }])
  )
  const placeOf = (name: InstanceName) => places.get(name)!
  const instances = new Map(instanceNames.map(name => [name, instanceOf(name, runDir, state, secrets)]))
  const ask = (name: InstanceName, command: string) => cli(placeOf(name), command)
  const contacts = async () => parseContacts(await ask('central', 'pjsip show contacts'))
  const alone = <T>(work: () => Promise<T>) => withLock(`run ${runDir}`, work)
  const cdrFile = join(runDir, 'central', 'log', 'cdr-csv', 'Master.csv')

  return {
    shift: state.shift,
    runDir,
    version: state.root.version,
    central: instances.get('central')!,
    gatewayA: instances.get('gw-a')!,
    gatewayB: instances.get('gw-b')!,
    phones: instances.get('phones')!,
    secretsFile: secretsFile(runDir),
    sipSecret(extension) {
      const secret = secrets.sip[extension]
      if (secret) return secret
      throw new SandboxError(
        'SANDBOX_BAD_OPTION',
        `no extension ${extension}: there are 1001 to 1020, 1101 to 1110`
      )
    },
    cdrFile,
    async phone(extension, behaviour) {
      checkBehaviour(extension, behaviour)
      await ask('phones', `database put phone ${extension} ${behaviour}`)
    },
    cli: ask,
    async cdr() {
      return parseCdr(await readFile(cdrFile, 'utf8').catch(() => ''))
    },
    stopInstance: name => alone(() => endInstance(placeOf(name))),
    killInstance: name => alone(() => endInstance(placeOf(name), true)),
    startInstance: name =>
      alone(async () => {
        if (!pidOf(placeOf(name))) await startInstance(configurationOf(name, runDir, state, secrets))
      }),
    async trunksReachable(trunks = siteTrunks) {
      let missing = trunks
      const look = async () => {
        for (const trunk of missing) await ask('central', `pjsip qualify ${trunk}`)
        missing = unreachable(await contacts(), trunks)
        return missing.length === 0 || undefined
      }
      await until(
        look,
        readyLimitMs,
        () => `${missing.join(', ')}: no answer to OPTIONS in ${readyLimitMs / 1000} s`
      )
    },
    async phonesRegistered() {
      let missing: string[] = []
      const look = async () => {
        missing = unregistered(await contacts())
        return missing.length === 0 || undefined
      }
      await until(
        look,
        readyLimitMs,
        () => `not registered after ${readyLimitMs / 1000} s: ${missing.join(', ')}`
      )
    },
    down: () =>
      alone(async () => {
        // central first, so that its calls end while the parties are there
        await endInstance(placeOf('central'))
        await Promise.all(instanceNames.map(name => endInstance(placeOf(name))))
      })
  }
}

/** Starts the instances that do not run; on a failure ends those that it has started itself. */
export async function startMissing(
  runDir: string,
  state: RunState,
  secrets: SandboxSecrets,
  progress: (text: string) => void
): Promise<void> {
  const place = (name: InstanceName) => ({ name, dir: join(runDir, name), root: state.root })
  const missing = instanceNames.filter(name => !pidOf(place(name)))
  if (missing.length > 0) progress(`starting ${missing.join(', ')}`)
  const starts = missing.map(name => startInstance(configurationOf(name, runDir, state, secrets)))
  const results = await Promise.allSettled(starts)
  const failure = results.find(result => result.status === 'rejected')
  if (!failure) return
  await Promise.all(missing.map(name => endInstance(place(name), true)))
  throw failure.reason
}

function configurationOf(
  name: InstanceName,
  runDir: string,
  { shift, root, overlays, amiAccounts }: RunState,
  secrets: SandboxSecrets
): Configuration {
  const layout = layoutOf(name, shift)
  return {
    layout,
    dir: join(runDir, name),
    shift,
    root,
    secrets,
    overlays: overlays[name] ?? [],
    amiAccounts
  }
}

function instanceOf(
  name: InstanceName,
  runDir: string,
  { shift, root, amiAccounts }: RunState,
  { ami }: SandboxSecrets
): SandboxInstance {
  const { address, amiPort, sipPort, httpPort } = layoutOf(name, shift)
  const dir = join(runDir, name)
  const account = (username: string): AmiAccount => ({ username, secret: ami[username] ?? '' })
  const extra = Object.fromEntries(Object.keys(amiAccounts).map(username => [username, account(username)]))
  const accounts = { ...extra, lab: account('lab'), evs: account('evs') }
  return {
    name,
    address,
    amiPort,
    sipPort,
    httpPort,
    dir,
    accounts,
    get pid() {
      return pidOf({ name, dir, root })
    }
  }
}

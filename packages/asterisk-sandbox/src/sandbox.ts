import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { available } from './available.ts'
import type { AmiAccountRights } from './configuration.ts'
import { SandboxError } from './errors.ts'
import { pidOf } from './instance.ts'
import { checkShift, instanceNames } from './layout.ts'
import { withLock } from './lock.ts'
import { claimRunFolder, runFolder } from './place.ts'
import { type AsteriskSandbox, sandboxOf, startMissing } from './running.ts'
import { ensureSecrets } from './secrets.ts'
import { type SetupOptions, setup } from './setup.ts'
import { checkSame, type Overlays, type RunState, readState, writeState } from './state.ts'

/** Which sandbox: its shift (0 by default) and run folder (one of the user's own for each shift). */
export interface AttachOptions {
  readonly shift?: number | undefined
  readonly runDir?: string | undefined
  readonly env?: NodeJS.ProcessEnv | undefined
}

/** How a sandbox is started. */
export interface UpOptions extends AttachOptions, SetupOptions {
  /** Folders of `*.conf` files copied over an instance's configuration, `@PLACEHOLDER@`s filled in. */
  readonly overlays?: Overlays | undefined
  /** More AMI accounts by name, besides `lab` and `evs`; their secrets are made with the others. */
  readonly amiAccounts?: Readonly<Record<string, AmiAccountRights>> | undefined
}

/**
 * Brings the sandbox up and returns when central is booted, twenty phones are registered and both trunks reachable.
 * A sandbox that runs in the run folder already is taken over, and what has stopped of it is started; otherwise it
 * begins with empty logs, records and call detail records.
 *
 * @throws SandboxError `SANDBOX_UNAVAILABLE`, `SANDBOX_SETUP_FAILED`, `SANDBOX_BAD_OPTION`, `SANDBOX_START_FAILED`
 * or `SANDBOX_TIMEOUT`; the message says what to do.
 */
export async function up(options: UpOptions = {}): Promise<AsteriskSandbox> {
  const { env = process.env, onProgress = () => {} } = options
  const shift = checkShift(options.shift ?? 0)
  const runDir = runFolder(env, shift, options.runDir)
  const wanted: RunState = {
    shift,
    root: await setup(options),
    overlays: absolute(options.overlays ?? {}),
    amiAccounts: checkAccounts(options.amiAccounts ?? {})
  }
  const sandbox = await withLock(
    `run ${runDir}`,
    async () => {
      await claimRunFolder(runDir)
      const state = await prepare(runDir, wanted)
      const secrets = await secretsOf(runDir, state)
      await startMissing(runDir, state, secrets, onProgress)
      return sandboxOf(runDir, state, secrets)
    },
    () => onProgress(`another process works on the sandbox in ${runDir}, waiting for it`)
  )
  onProgress('waiting for the phones to register and the trunks to answer')
  await sandbox.phonesRegistered()
  await sandbox.trunksReachable()
  return sandbox
}

/**
 * Finds a sandbox that was brought up before, by this process or another. Some of its instances may be stopped.
 *
 * @throws SandboxError `SANDBOX_NOT_RUNNING` when none of them runs.
 */
export async function attach(options: AttachOptions = {}): Promise<AsteriskSandbox> {
  const runDir = runFolder(options.env ?? process.env, checkShift(options.shift ?? 0), options.runDir)
  const state = await readState(runDir)
  if (!state || !anyRuns(runDir, state)) {
    throw new SandboxError(
      'SANDBOX_NOT_RUNNING',
      `no sandbox runs in ${runDir}: bring it up first, or name its folder`
    )
  }
  if (options.shift !== undefined && options.shift !== state.shift) {
    throw new SandboxError(
      'SANDBOX_BAD_OPTION',
      `the sandbox in ${runDir} runs with shift ${state.shift}, not ${options.shift}`
    )
  }
  return sandboxOf(runDir, state, await secretsOf(runDir, state))
}

/** A real Asterisk with two gateways and twenty phones on loopback, without Docker and without root. */
export const asteriskSandbox = { up, attach, setup, available }

// a sandbox that runs keeps its state; a new one starts from nothing but the folder's secrets
async function prepare(runDir: string, wanted: RunState): Promise<RunState> {
  const old = await readState(runDir)
  if (old && anyRuns(runDir, old)) {
    checkSame(old, wanted, runDir)
    return old
  }
  await writeState(runDir, wanted)
  for (const name of instanceNames) await rm(join(runDir, name), { recursive: true, force: true })
  return wanted
}

function anyRuns(runDir: string, { root }: RunState): boolean {
  return instanceNames.some(name => pidOf({ name, dir: join(runDir, name), root }))
}

function secretsOf(runDir: string, { amiAccounts }: RunState) {
  return ensureSecrets(runDir, ['lab', 'evs', ...Object.keys(amiAccounts)])
}

function absolute(overlays: Overlays): Overlays {
  return Object.fromEntries(
    instanceNames.flatMap(name => {
      const folders = overlays[name]
      return folders?.length ? [[name, folders.map(folder => resolve(folder))]] : []
    })
  )
}

function checkAccounts(accounts: Readonly<Record<string, AmiAccountRights>>) {
  for (const [name, { read, write }] of Object.entries(accounts)) {
    if (!/^[a-z][a-z0-9_]*$/.test(name) || name === 'general' || name === 'lab' || name === 'evs') {
      throw new SandboxError(
        'SANDBOX_BAD_OPTION',
        `amiAccounts: "${name}" cannot be the name of an account; take lower case letters, other than general, lab, evs`
      )
    }
    if (/^[a-z, ]*$/.test(read) && /^[a-z, ]*$/.test(write)) continue
    throw new SandboxError(
      'SANDBOX_BAD_OPTION',
      `amiAccounts.${name}: read and write are lists such as "call,cdr"`
    )
  }
  return accounts
}

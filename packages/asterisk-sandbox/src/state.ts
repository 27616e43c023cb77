import { existsSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AmiAccountRights } from './configuration.ts'
import { SandboxError } from './errors.ts'
import type { InstanceName } from './layout.ts'
import { stateFileName } from './place.ts'
import type { AsteriskRoot } from './root.ts'

/** Folders of `*.conf` files laid over an instance's configuration, later ones over earlier ones. */
export type Overlays = { readonly [name in InstanceName]?: readonly string[] }

/** What a run folder says of its sandbox, so that another process can go on with it. */
export interface RunState {
  readonly shift: number
  readonly root: AsteriskRoot
  readonly overlays: Overlays
  readonly amiAccounts: Readonly<Record<string, AmiAccountRights>>
}

/** Reads the state of a run folder, or `undefined` when no sandbox was ever started in it. */
export async function readState(runDir: string): Promise<RunState | undefined> {
  const file = join(runDir, stateFileName)
  if (!existsSync(file)) return undefined
  const state: RunState = JSON.parse(await readFile(file, 'utf8'))
  return state
}

/** Writes the state whole or not at all. */
export async function writeState(runDir: string, state: RunState): Promise<void> {
  const file = join(runDir, stateFileName)
  await writeFile(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 })
  await rename(`${file}.new`, file)
}

/** @throws SandboxError when a running sandbox was started in another way than it is asked for now. */
export function checkSame(running: RunState, wanted: RunState, runDir: string): void {
  for (const key of ['shift', 'overlays', 'amiAccounts'] as const) {
    if (JSON.stringify(running[key]) === JSON.stringify(wanted[key])) continue
    throw new SandboxError(
      'SANDBOX_BAD_OPTION',
      `the sandbox in ${runDir} runs with other ${key}: take it down first, or give another run folder and shift`
    )
  }
}

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres
} from '@evscallpro/embedded-postgres'
import pg from 'pg'
import type { Test } from 'tap'

export const root = process.getuid?.() === 0

/** An ordinary user: ourselves, or `nobody` when the tests run as root. */
export const ordinary = root ? { uid: 65534, gid: 65534 } : {}

/** Why a child of another user cannot run our sources, or false. */
export function closedProject(): string | false {
  if (!root) return false
  const here = fileURLToPath(new URL('.', import.meta.url))
  const look = spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', here], { ...ordinary, cwd: '/' })
  return look.status === 0 ? false : 'needs a project folder that other users can read'
}

/** A folder for one test; `open` lets other users pass through it. */
export function folder(t: Test, mode: 'open' | 'closed' = 'open'): string {
  const path = mkdtempSync(join(tmpdir(), 'evs-pg-test-'))
  chmodSync(path, mode === 'open' ? 0o755 : 0o700)
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** A server that is stopped after the test. */
export async function server(t: Test, options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const started = await startEmbeddedPostgres(options)
  t.teardown(() => started.stop())
  return started
}

/** One connection that survives its server's end. */
export async function connect(t: Test, url: string): Promise<pg.Client> {
  const client = new pg.Client(url)
  client.on('error', () => {})
  await client.connect()
  t.teardown(() => client.end().catch(() => {}))
  return client
}

/** What a launcher process said. */
export interface Said {
  pid: number
  url: string
  attached: boolean
  version: string
  steps: string[]
  code: string
  message: string
}

/** Starts a server from a process of its own, as another user if asked, and waits for its one line. */
export async function launch(
  t: Test,
  options: EmbeddedPostgresOptions,
  as: { uid?: number; gid?: number; env?: Record<string, string>; wrapper?: string[] } = {}
): Promise<{ child: ChildProcess; said: Said; stop: () => Promise<void> }> {
  const { env, wrapper = [], ...user } = as
  const flags = [
    '--conditions=@evscallpro/source',
    `--import=${new URL('../../../scripts/typescript.mjs', import.meta.url).href}`
  ]
  const program = fileURLToPath(new URL('launcher.ts', import.meta.url))
  const [command = '', ...rest] = [...wrapper, process.execPath, ...flags, program, JSON.stringify(options)]
  const child = spawn(command, rest, {
    ...user,
    cwd: '/',
    env: { PATH: process.env.PATH, ...env },
    stdio: ['pipe', 'pipe', 'pipe']
  })
  t.teardown(() => child.kill('SIGKILL'))
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', text => {
    complaint += text
  })
  const gone = once(child, 'exit')
  const line = await Promise.race([once(createInterface(child.stdout), 'line'), gone])
  if (typeof line[0] !== 'string') throw new Error(`the launcher ended without a word: ${complaint}`)
  return {
    child,
    // The launcher is ours: it says either the server's fields or an error's.
    said: JSON.parse(line[0]) as Said,
    stop: async () => {
      child.stdin.end('stop\n')
      await gone
    }
  }
}

/** The user the files of a folder belong to. */
export function ownerOf(path: string): { uid: number; gid: number } {
  const { uid, gid } = statSync(path)
  return { uid, gid }
}

/** The folder of the installed binaries: bin/, lib/, share/. */
export function installedBinaries(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  return fileURLToPath(new URL('../native', import.meta.resolve(name)))
}

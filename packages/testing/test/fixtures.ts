import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import type { Test } from 'tap'

export interface Holder {
  child: ChildProcess
  said: { url: string; migrations: number; message: string }
  /** Lets it give its database back and waits for its end. */
  leave(): Promise<void>
}

/** A process that holds a fresh database. */
export async function holder(t: Test, key: string, env: Record<string, string> = {}): Promise<Holder> {
  const flags = [
    '--conditions=@evscallpro/source',
    `--import=${new URL('../../../scripts/typescript.mjs', import.meta.url).href}`
  ]
  const child = spawn(
    process.execPath,
    [...flags, fileURLToPath(new URL('holder.ts', import.meta.url)), key],
    {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'inherit']
    }
  )
  t.teardown(() => child.kill('SIGKILL'))
  const gone = once(child, 'exit')
  const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), gone])
  if (typeof line !== 'string') throw new Error('the holder ended without a word')
  return {
    child,
    said: JSON.parse(line),
    leave: async () => {
      child.stdin.end()
      await gone
    }
  }
}

/** What makes test processes use a server of their own, embedded whatever DATABASE_URL says. */
export interface Apart {
  EVS_TEST_SERVER_DIR: string
  DATABASE_URL: string
}

/** A place for a server that no other test uses, and whether it runs. */
export function apart(t: Test): { env: Apart & Record<string, string>; isUp(): Promise<boolean> } {
  const place = mkdtempSync(join(tmpdir(), 'evs-apart-'))
  t.teardown(() => rmSync(place, { recursive: true, force: true }))
  const host = encodeURIComponent(join(place, 'data'))
  return {
    env: { EVS_TEST_SERVER_DIR: place, DATABASE_URL: '' },
    isUp: () =>
      connect(`postgresql:///postgres?host=${host}&user=app`).then(
        client => client.end().then(() => true),
        () => false
      )
  }
}

export async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(url)
  client.on('error', () => {})
  await client.connect()
  return client
}

/** Waits for a foreign process, which gives no event; throws after 30 s. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('waited 30 s in vain')
    await delay(50)
  }
}

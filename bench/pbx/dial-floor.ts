// The floor on which the way from the click to the INVITE is measured: a real Asterisk with our dialplan, and two agents.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asteriskSandbox, type SandboxInstance } from '@evscallpro/asterisk-sandbox'
import {
  connectDatabase,
  coreDomain,
  createApp,
  migrate,
  type PluginScope,
  withDomain
} from '@evscallpro/core'
import { startEmbeddedPostgres } from '@evscallpro/embedded-postgres'
import { ami, kitTemplates } from '@evscallpro/plugin-ami'
import { mobileCallback } from '@evscallpro/plugin-mobile-callback'
import { trunks } from '@evscallpro/plugin-trunks'
import { loginAs, makeSite, type SignedIn } from '@evscallpro/testing'

/** Ends what was begun, called in the opposite order. */
export type Teardown = (end: () => unknown) => void

export interface DialFloor {
  readonly app: PluginScope
  readonly gateway: SandboxInstance
  /** His softphone answers by itself. */
  readonly softphone: SignedIn
  /** His mobile has been called once, and its leg waits for calls. */
  readonly held: SignedIn
  /** Sends a request over HTTP, as a browser does. Throws for an answer that is not 2xx. */
  ask<T>(who: SignedIn, method: string, path: string, body?: object): Promise<T>
}

const limitless = { burst: 100_000, perMinute: 100_000 }

export async function openDialFloor(teardown: Teardown, shift: number): Promise<DialFloor> {
  const folder = await mkdtemp(join(tmpdir(), 'evs-'))
  teardown(() => rm(folder, { recursive: true, force: true }))
  const sandbox = await asteriskSandbox.up({
    shift,
    runDir: join(folder, 'pbx'),
    overlays: { central: [kitTemplates] }
  })
  teardown(() => sandbox.down())
  const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') })
  teardown(() => postgres.stop())
  const { address, amiPort, accounts } = sandbox.central
  const plugins = withDomain([
    coreDomain({
      destinations: { allow: ['+33'], deny: [] },
      dialLimits: { agent: limitless, trunk: limitless, 'api-key': { burst: 1, perMinute: 1 } }
    }),
    ami({
      host: address,
      port: amiPort,
      username: 'evs',
      secret: accounts.evs.secret,
      journal: { folder: join(folder, 'journal'), retentionHours: 1, segmentBytes: 16_777_216 }
    }),
    trunks(),
    mobileCallback()
  ])
  const db = connectDatabase(postgres.url)
  teardown(() => db.destroy())
  await migrate(db, plugins)
  const app = await createApp({ db, plugins, logger: false })
  teardown(() => app.close())
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const ask = async <T>(who: SignedIn, method: string, path: string, body?: object): Promise<T> => {
    const answer = await fetch(url + path, {
      method,
      headers: { ...who.headers, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) })
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${text}`)
    return (text === '' ? undefined : JSON.parse(text)) as T // our own API
  }

  const siteId = await makeSite(app, { caller_id: '+33199000001', trunks: [] })
  const admin = await loginAs(app, 'admin')
  const softphone = await loginAs(app, 'agent', { siteId, extension: '1001' })
  // The last four digits say how it behaves: answered, 1 pressed, never hung up.
  const held = await loginAs(app, 'agent', { siteId, mobileNumber: '+33612345000', mobileAllowed: true })
  const ids: number[] = []
  for (const name of ['trunk-site-a', 'trunk-site-b'])
    ids.push(
      (await ask<{ id: number }>(admin, 'POST', '/api/trunks', { name, label: name, siteId, channels: 4 })).id
    )
  await ask(admin, 'PUT', `/api/trunks/sites/${siteId}`, { routes: ids.map(trunkId => ({ trunkId })) })
  await ask(admin, 'PATCH', `/api/mobile-callback/sites/${siteId}`, { mode: 'held', accept: 'key' })
  await ask(admin, 'PUT', `/api/mobile-callback/users/${held.userId}/verification`, {
    reason: 'the sandbox knows its numbers'
  })
  await sandbox.phone('1001', 'auto')
  while (!(await fetch(`${url}/health/ready`)).ok) await new Promise(resolve => setTimeout(resolve, 50))
  await ask(softphone, 'PUT', '/api/agent/session', { station: 'extension' })
  await ask(held, 'PUT', '/api/agent/session', { station: 'mobile' })
  while ((await ask<{ state: string }>(held, 'GET', '/api/agent/phone')).state !== 'ready')
    await new Promise(resolve => setTimeout(resolve, 50))
  return { app, gateway: sandbox.gatewayA, softphone, held, ask }
}

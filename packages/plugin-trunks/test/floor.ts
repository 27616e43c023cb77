import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AsteriskSandbox, asteriskSandbox } from '@evscallpro/asterisk-sandbox'
import { coreDomain, createApp, type PluginScope } from '@evscallpro/core'
import { ami, kitTemplates } from '@evscallpro/plugin-ami'
import { trunks } from '@evscallpro/plugin-trunks'
import { buildTestApp, loginAs, makeSite, type SignedIn, type Teardown } from '@evscallpro/testing'
import { Ami, type Packet } from '../../asterisk-sandbox/test/ami.ts'

export interface Answer<T> {
  readonly status: number
  readonly body: T
}
export type Ask = <T = { code: string; detail: string }>(
  who: SignedIn,
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  url: string,
  payload?: object
) => Promise<Answer<T>>

/** A row of the call history, as far as these tests look. */
export interface Row {
  readonly callId: string
  readonly outcome: string
  readonly agentId: number | null
  readonly siteId: number | null
  readonly campaignId: number
  readonly number: string
  readonly trunk: string | null
  readonly route: number | null
  readonly cause: number | null
  readonly station: string
  readonly callerIdRequested: string | null
  readonly callerIdPresented: string | null
}

export interface Floor {
  readonly app: PluginScope
  readonly sandbox: AsteriskSandbox
  readonly admin: SignedIn
  /** Extension 1001, site a. */
  readonly anna: SignedIn
  /** Extension 1011, site b. */
  readonly bruno: SignedIn
  readonly sites: { readonly a: number; readonly b: number }
  readonly trunks: { readonly a: number; readonly b: number }
  readonly gateways: { readonly a: Ami; readonly b: Ami }
  readonly phones: Ami
  readonly ask: Ask
  /** Another server on the same database, when the first one is gone. */
  anotherServer(): Promise<PluginScope>
  /** Ends the PBX as a service is stopped and starts it again, with the files it had. */
  restartCentral(): Promise<void>
  /** Gives the PBX the files that the server makes of its data. */
  giveFiles(): Promise<void>
  /** The first row of the history that fits, as soon as it is there. */
  row(fits: (row: Row) => boolean): Promise<Row>
}

/** Calls that have reached a gateway since a mark: what was dialled, and as whom. */
export function arrived(gateway: Ami, since: number): { number: string; callerId: string }[] {
  return gateway.packets
    .slice(since)
    .filter(({ Event, Channel = '', ChannelState }) => {
      return Event === 'Newchannel' && Channel.startsWith('PJSIP/central-') && ChannelState === '4'
    })
    .map(({ Exten = '', CallerIDNum = '' }) => ({ number: Exten, callerId: CallerIDNum }))
}

/** A server with plugin-trunks on a real Asterisk: two sites, each with its gateway, and an agent at each. */
export async function openFloor(t: Teardown, shift: number): Promise<Floor> {
  const runDir = await mkdtemp(join(tmpdir(), 'evs-'))
  t.teardown(() => rm(runDir, { recursive: true, force: true }))
  const sandbox = await asteriskSandbox.up({ shift, runDir, overlays: { central: [kitTemplates] } })
  t.teardown(() => sandbox.down())
  const listen = async (instance: AsteriskSandbox['central']): Promise<Ami> => {
    const session = new Ami(instance)
    t.teardown(() => session.close())
    await session.login(instance.accounts.lab)
    return session
  }
  const gateways = { a: await listen(sandbox.gatewayA), b: await listen(sandbox.gatewayB) }
  const phones = await listen(sandbox.phones)
  const { address, amiPort, accounts } = sandbox.central
  const plugins = () => [
    coreDomain({ destinations: { allow: ['+33', '+32'], deny: ['+3389'] } }),
    ami({ host: address, port: amiPort, username: 'evs', secret: accounts.evs.secret }),
    trunks()
  ]
  const { app, url } = await buildTestApp(t, { plugins: plugins() })
  const sites = {
    a: await makeSite(app, { name: 'Site A', caller_id: '+33199000001', trunks: [] }),
    b: await makeSite(app, { name: 'Site B', caller_id: '+33199000002', trunks: [] })
  }
  const admin = await loginAs(app, 'admin')
  const anna = await loginAs(app, 'agent', { siteId: sites.a, extension: '1001' })
  const bruno = await loginAs(app, 'agent', { siteId: sites.b, extension: '1011' })
  const ask: Ask = async (who, method, url, payload) => {
    const answer = await app.inject({ method, url, headers: who.headers, ...(payload && { payload }) })
    return { status: answer.statusCode, body: answer.body === '' ? undefined : answer.json() } as never // the caller names the shape
  }
  const makeTrunk = async (name: string, siteId: number, more: object): Promise<number> => {
    const answer = await ask<{ id: number }>(admin, 'POST', '/api/trunks', {
      name,
      label: name,
      siteId,
      channels: 4,
      ...more
    })
    return answer.body.id
  }
  const a = await makeTrunk('trunk-site-a', sites.a, {
    prefixRules: [{ prefix: '33', strip: 2, prepend: '0' }]
  })
  const b = await makeTrunk('trunk-site-b', sites.b, { callerIdMode: 'sim', callerIds: ['+33612000002'] })
  const routes = [{ trunkId: a }, { trunkId: b }]
  await ask(admin, 'PUT', `/api/trunks/sites/${sites.a}`, { routes })
  await ask(admin, 'PUT', `/api/trunks/sites/${sites.b}`, { routes: [...routes].reverse() })
  for (const [who, extension] of [[anna, '1001'] as const, [bruno, '1011'] as const]) {
    await ask(who, 'PUT', '/api/agent/session', { station: 'extension' })
    await sandbox.phone(extension, 'auto')
  }
  await until(async () => (await app.inject('/health/ready')).statusCode === 200)
  const floor: Floor = {
    app,
    sandbox,
    admin,
    anna,
    bruno,
    sites,
    trunks: { a, b },
    gateways,
    phones,
    ask,
    async anotherServer() {
      const next = await createApp({ databaseUrl: url, plugins: plugins(), logger: false })
      t.teardown(() => next.close())
      await next.ready()
      await until(async () => (await next.inject('/health/ready')).statusCode === 200)
      return next
    },
    async restartCentral() {
      const file = join(sandbox.central.dir, 'etc', 'outbound_evs_sites.conf')
      const text = await readFile(file, 'utf8')
      await sandbox.stopInstance('central')
      await sandbox.startInstance('central')
      await writeFile(file, text)
      await sandbox.cli('central', 'dialplan reload')
      await sandbox.trunksReachable(['trunk-site-b'])
    },
    async giveFiles() {
      const { body } = await ask<{ files: { name: string; text: string }[] }>(
        admin,
        'GET',
        '/api/trunks/dialplan'
      )
      for (const { name, text } of body.files) await writeFile(join(sandbox.central.dir, 'etc', name), text)
      await sandbox.cli('central', 'dialplan reload')
      await sandbox.cli('central', 'module reload res_pjsip.so')
    },
    async row(fits) {
      let found: Row | undefined
      await until(async () => {
        const { body } = await ask<{ items: Row[] }>(admin, 'GET', '/api/call-history?limit=50')
        found = body.items.find(fits)
        return found !== undefined
      })
      return found!
    }
  }
  await floor.giveFiles()
  return floor
}

/** Waits for something of another process, at most a minute. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const begin = Date.now(); Date.now() - begin < 60_000; ) {
    if (await condition()) return
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  throw new Error(`it did not come within a minute: ${condition}`)
}

/** A phone dials by itself and talks until it hangs up. */
export const dialByHand = (phones: Ami, extension: string, number: string): Promise<Packet> =>
  phones.action({
    Action: 'Originate',
    Channel: `PJSIP/${number}@out-${extension}`,
    Context: 'caller',
    Exten: 't00',
    Priority: '1',
    Timeout: '30000',
    Async: 'true'
  })

/** Waits until an agent is in this state. */
export const becomes = (app: PluginScope, who: SignedIn, state: string): Promise<void> =>
  until(async () => {
    const answer = await app.inject({ url: '/api/agent/state', headers: who.headers })
    return answer.json().state === state
  })

/** Every phone puts down. */
export async function hangUpAll(sandbox: AsteriskSandbox): Promise<void> {
  await sandbox.cli('phones', 'channel request hangup all')
}

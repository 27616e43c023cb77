import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AsteriskSandbox, asteriskSandbox, type SandboxInstance } from '@evscallpro/asterisk-sandbox'
import { coreDomain, createApp, type LiveCallWire, type Plugin, type PluginScope } from '@evscallpro/core'
import { ami, kitTemplates } from '@evscallpro/plugin-ami'
import { buildTestApp, loginAs, makeSite, type SignedIn, type Teardown } from '@evscallpro/testing'
import { Ami } from '../../asterisk-sandbox/test/ami.ts'
import { quarters, readWav, type Voice } from './tones.ts'

/** A real Asterisk with our kit, the laboratory's eyes on each of its parts, and ears for the parties. */
export interface Lab {
  readonly pbx: AsteriskSandbox
  readonly central: Ami
  readonly gatewayA: Ami
  readonly gatewayB: Ami
  readonly phones: Ami
}

export async function openLab(t: Teardown, shift: number): Promise<Lab> {
  const folder = await mkdtemp(join(tmpdir(), 'evs-m-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const pbx = await asteriskSandbox.up({ shift, runDir: folder, overlays: { central: [kitTemplates] } })
  t.teardown(() => pbx.down())
  const [central, gatewayA, gatewayB, phones] = await Promise.all(
    [pbx.central, pbx.gatewayA, pbx.gatewayB, pbx.phones].map(instance => labOf(t, instance))
  )
  return { pbx, central: central!, gatewayA: gatewayA!, gatewayB: gatewayB!, phones: phones! } // four of four
}

async function labOf(t: Teardown, instance: SandboxInstance): Promise<Ami> {
  const lab = new Ami(instance, 60_000)
  t.teardown(() => lab.close())
  await lab.login(instance.accounts.lab)
  return lab
}

export interface Floor {
  readonly app: PluginScope
  /** Of the database. */
  readonly url: string
  readonly siteId: number
  readonly agent: SignedIn
  readonly supervisor: SignedIn
}

export interface FloorOptions {
  readonly plugins?: readonly Plugin[]
  readonly agent?: { extension?: string; mobileNumber?: string; mobileAllowed?: boolean }
  readonly trunks?: readonly string[]
  /** Another way to the AMI, on the loopback. */
  readonly amiPort?: number
}

const pluginsOn = (
  { central }: AsteriskSandbox,
  more: readonly Plugin[],
  way: { host: string; port: number } = { host: central.address, port: central.amiPort }
): Plugin[] => [
  coreDomain({ destinations: { allow: ['+998'], deny: [] }, agentRingSeconds: 20 }),
  ami({ pbx: 'lab', ...way, ...central.accounts.evs }),
  ...more
]

/** Another server on the database of one that has ended, when it reads the PBX. */
export async function anotherServer(
  t: Teardown,
  { pbx }: Lab,
  databaseUrl: string,
  plugins: readonly Plugin[]
): Promise<PluginScope> {
  const app = await createApp({ databaseUrl, plugins: pluginsOn(pbx, plugins), logger: false })
  t.teardown(() => app.close())
  await app.ready()
  await until(async () => (await app.inject('/health/ready')).statusCode === 200)
  return app
}

/** A server on that Asterisk, with one agent of site A and a supervisor whose phone is 1002. */
export async function openFloor(t: Teardown, { pbx }: Lab, options: FloorOptions = {}): Promise<Floor> {
  const { plugins = [], agent: fields = { extension: '1001' }, trunks = ['trunk-site-a'], amiPort } = options
  const way = amiPort === undefined ? undefined : { host: '127.0.0.1', port: amiPort }
  const { app, url } = await buildTestApp(t, { plugins: pluginsOn(pbx, plugins, way) })
  const siteId = await makeSite(app, { trunks, caller_id: '+998712000001', country: 'UZ' })
  const agent = await loginAs(app, 'agent', { siteId, ...fields })
  const supervisor = await loginAs(app, 'supervisor', { siteId, extension: '1002' })
  await until(async () => (await app.inject('/health/ready')).statusCode === 200)
  return { app, url, siteId, agent, supervisor }
}

/** A request of one person that must be answered with 2xx. */
export async function ask<T>(
  { app }: Pick<Floor, 'app'>,
  who: SignedIn,
  method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE',
  url: string,
  payload?: object
): Promise<T> {
  const response = await app.inject({ method, url, headers: who.headers, ...(payload && { payload }) })
  if (response.statusCode >= 300) throw new Error(`${method} ${url}: ${response.statusCode} ${response.body}`)
  return response.body === '' ? (undefined as T) : response.json()
}

export const live = async (floor: Floor, callId: string): Promise<LiveCallWire | null> =>
  (await ask<{ live: LiveCallWire | null }>(floor, floor.agent, 'GET', `/api/calls/${callId}`)).live

/** The call when it looks so. */
export async function when(
  floor: Floor,
  callId: string,
  like: (call: LiveCallWire) => boolean
): Promise<LiveCallWire> {
  let found: LiveCallWire | undefined
  await until(async () => {
    const call = await live(floor, callId)
    if (call && like(call)) found = call
    return found !== undefined
  })
  return found!
}

/** Its row in the history, when it is over. */
export async function recordOf(floor: Floor, callId: string): Promise<Record<string, unknown>> {
  let record: Record<string, unknown> | null = null
  await until(async () => {
    const body = await ask<{ record: Record<string, unknown> | null }>(
      floor,
      floor.agent,
      'GET',
      `/api/calls/${callId}`
    )
    record = body.record
    return record !== null
  })
  return record!
}

/** What one party hears from now on, until `stop` says who was heard. */
export async function ear(lab: Ami, { dir }: SandboxInstance, channel: string): Promise<Ear> {
  const file = join(dir, 'spool', 'monitor', `ear-${Math.random().toString(36).slice(2)}.wav`)
  await lab.action({
    Action: 'MixMonitor',
    Channel: channel,
    File: `${file.slice(0, -4)}-mix.wav`,
    Options: `r(${file})`
  })
  return {
    async stop() {
      await lab.action({ Action: 'StopMixMonitor', Channel: channel })
      await new Promise(resolve => setTimeout(resolve, 300)) // Asterisk closes the file on a thread of its own
      return quarters(await readWav(file))
    }
  }
}

export interface Ear {
  stop(): Promise<Voice[][]>
}

/** Names of an instance's channels. */
export async function channels(pbx: AsteriskSandbox, name: SandboxInstance['name']): Promise<string[]> {
  const lines = (await pbx.cli(name, 'core show channels concise')).split('\n')
  return lines.filter(line => line.startsWith('PJSIP/')).map(line => line.split('!')[0] ?? '')
}

/** The one channel that an instance has, besides those known already. */
export async function channelOf(
  pbx: AsteriskSandbox,
  name: SandboxInstance['name'],
  known: readonly string[] = []
): Promise<string> {
  let found: string[] = []
  await until(async () => {
    found = (await channels(pbx, name)).filter(channel => !known.includes(channel))
    return found.length === 1
  })
  return found[0]!
}

export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited 60 s for ${condition}`)
    await new Promise(resolve => setTimeout(resolve, 50)) // each look is a request: without a pause they take a processor
  }
}

/** Lets the parties be heard for so long, ms. */
export const listenFor = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

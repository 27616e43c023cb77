import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { agentLegs, coreDomain, createApp, definePlugin, type PluginScope } from '@evscallpro/core'
import { type PbxSimulator, startPbxSimulator } from '@evscallpro/pbx-simulator'
import { ami } from '@evscallpro/plugin-ami'
import { buildTestApp, loginAs, makeSite, type SignedIn, type Teardown } from '@evscallpro/testing'
import pg from 'pg'
import { test } from 'tap'
import { replayFiles } from '../src/replay/replay-files.ts'

const secret = 'not a secret outside this test'

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(resolve => setTimeout(resolve, 50))
}

interface Floor {
  readonly app: PluginScope
  readonly pbx: PbxSimulator
  readonly agent: SignedIn
  readonly supervisor: SignedIn
  readonly folder: string
  readonly url: string
}

/** Station `line`: the agent's phone is called once, and its leg is held over his session. */
const heldLine = definePlugin({
  name: 'held-line',
  version: '0.1.0',
  setup(_scope, { fill }) {
    fill(agentLegs, {
      name: 'line',
      plan: ({ extension }) => ({
        station: 'line',
        dial: `PJSIP/${extension}`,
        accept: 'none',
        ringSeconds: 3
      }),
      holdSeconds: () => 3600
    })
  }
})

const pluginsOf = (pbx: PbxSimulator, folder: string) => [
  heldLine(),
  coreDomain({ destinations: { allow: ['+33'], deny: [] }, agentRingSeconds: 3 }),
  ami({
    pbx: 'sim',
    host: pbx.host,
    port: pbx.port,
    username: 'evs',
    secret,
    journal: { folder, retentionHours: 1, segmentBytes: 65_536 }
  })
]

/** A server with a journal on a simulator in real time, one agent at work. */
async function floor(t: Teardown): Promise<Floor> {
  const pbx = await startPbxSimulator({ accounts: [{ username: 'evs', secret }] })
  t.teardown(() => pbx.close())
  const folder = mkdtempSync(join(tmpdir(), 'evs-gaps-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const { app, url } = await buildTestApp(t, { plugins: pluginsOf(pbx, folder) })
  const siteId = await makeSite(app, { trunks: ['trunk-site-a'], caller_id: '+33199000001' })
  const agent = await loginAs(app, 'agent', { siteId, extension: '1001' })
  const supervisor = await loginAs(app, 'supervisor')
  await ready(app)
  const session = { method: 'PUT' as const, url: '/api/agent/session', headers: agent.headers }
  await app.inject({ ...session, payload: { station: 'extension' } })
  return { app, pbx, agent, supervisor, folder, url }
}

async function ready(app: PluginScope): Promise<void> {
  await until(async () => (await app.inject('/health/ready')).statusCode === 200)
}

/** A call of the agent's own, until both talk. The customer never hangs up by himself. */
async function talking({ app, agent }: Floor): Promise<string> {
  const payload = { number: '+33199001100' }
  const answer = await app.inject({ method: 'POST', url: '/api/calls', headers: agent.headers, payload })
  const { callId } = answer.json()
  await until(async () => {
    const row = await app.kernel.db('core.calls').where({ id: callId }).first('state')
    return row?.state === 'talking'
  })
  return callId
}

async function history(setup: Pick<Floor, 'app' | 'supervisor'>) {
  const answer = await setup.app.inject({ url: '/api/call-history', headers: setup.supervisor.headers })
  return answer.json().items
}

/** Until the server has noticed that the link is gone, and has it back. */
async function reconnected({ pbx, app }: Floor): Promise<void> {
  await until(async () => (await app.inject('/health/ready')).statusCode === 503)
  await until(() => pbx.connections() >= 2)
  await ready(app)
}

test('a cut link: the call goes on and ends exactly', async t => {
  const setup = await floor(t)
  const callId = await talking(setup)
  setup.pbx.cutMidPacket()
  setup.pbx.dropConnections()
  await reconnected(setup)
  setup.pbx.phone('1001').hangup()
  await until(async () => (await history(setup)).length === 1)
  t.match(await history(setup), [{ callId, outcome: 'answered', endedBy: 'agent', endQuality: 'exact' }])
})

test('a call that ends while the link is cut is estimated, once; what is known of it is kept', async t => {
  const setup = await floor(t)
  const callId = await talking(setup)
  setup.pbx.dropConnections()
  setup.pbx.phone('1001').hangup()
  t.equal(setup.pbx.channels().length, 0)
  await until(async () => (await history(setup)).length > 0)
  const [row] = await history(setup)
  t.match(row, { callId, outcome: 'answered', endedBy: 'unknown', endQuality: 'estimated' })
  t.ok(row.customerAnsweredAt !== null)
  t.same(await setup.app.kernel.db('core.calls'), [])
})

test('a link that is only half open is found dead, and nothing stays open', async t => {
  const setup = await floor(t)
  const callId = await talking(setup)
  setup.pbx.freezeConnections()
  setup.pbx.phone('1001').hangup()
  await until(async () => (await history(setup)).length === 1)
  t.match(await history(setup), [{ callId, outcome: 'answered', endQuality: 'estimated' }])
})

test('an Asterisk that is shut down ends its calls exactly; one that dies leaves them to be estimated', async t => {
  const setup = await floor(t)
  const first = await talking(setup)
  await setup.pbx.shutdown(100)
  const back = reconnected(setup)
  await setup.pbx.start()
  await back
  await until(async () => (await history(setup)).length === 1)
  t.match(await history(setup), [
    { callId: first, outcome: 'answered', endedBy: 'server', endQuality: 'exact' }
  ])
  const second = await talking(setup)
  await setup.pbx.crash()
  await setup.pbx.start()
  await until(async () => (await history(setup)).length === 2)
  t.match((await history(setup))[0], { callId: second, outcome: 'answered', endQuality: 'estimated' })
  t.same(await setup.app.kernel.db('core.calls'), [])
})

test('a database that is away: calls go on, nothing is lost, and the rows come when it is back', async t => {
  const setup = await floor(t)
  const gate = await gateBefore(t, setup.url)
  // A second server, whose way to the database can be closed; the first one leaves it the lease.
  const app = await createApp({
    databaseUrl: gate.url,
    plugins: pluginsOf(setup.pbx, setup.folder),
    logger: false
  })
  t.teardown(() => app.close())
  await app.ready()
  await ready(app)
  const watcher = new pg.Client({ connectionString: setup.url })
  await watcher.connect()
  t.teardown(() => watcher.end())
  await setup.app.close()
  const second = { ...setup, app }
  const rows = async () =>
    (await watcher.query('select id, outcome, ended_by, end_quality from core.call_history')).rows
  await until(async () => (await app.inject('/health/ready')).statusCode === 200)
  await until(() => setup.pbx.connections() === 2)
  const callId = await talking(second)
  gate.close()
  setup.pbx.phone('1001').hangup()
  for (let n = 0; n < 3; n++)
    setup.pbx.trunk('trunk-site-a').call({ from: `3361234567${n}`, to: `100${n + 2}`, talkS: 1 })
  await until(() => setup.pbx.cdr().length >= 4 && setup.pbx.channels().length === 0)
  t.same(await rows(), [], 'nothing could be written')
  gate.open()
  await until(async () => (await rows()).length === 4)
  t.match(
    (await rows()).find(row => row.id === callId),
    { outcome: 'answered', ended_by: 'agent', end_quality: 'exact' }
  )
  t.ok((await rows()).every(row => row.end_quality === 'exact'))

  // What stands in the journal says the same as the rows.
  const journal = join(setup.folder, 'sim')
  t.ok(readdirSync(journal).some(file => file.endsWith('.evsj')))
  const replayed = async () => {
    const lines: string[] = []
    for await (const call of replayFiles([journal], { pbx: 'sim', onNotice() {} }))
      lines.push(JSON.stringify(call))
    return lines
  }
  const once = await replayed()
  t.equal(once.length, 4)
  t.same(await replayed(), once, 'read twice, the same to the byte')
  t.same(once.map(line => JSON.parse(line).record.callId).sort(), (await rows()).map(row => row.id).sort())
})

test('a process on another machine cannot see the journal: it estimates what ended meanwhile', async t => {
  const setup = await floor(t)
  const callId = await talking(setup)
  await setup.app.close()
  setup.pbx.phone('1001').hangup()
  const elsewhere = mkdtempSync(join(tmpdir(), 'evs-gaps-'))
  t.teardown(() => rmSync(elsewhere, { recursive: true, force: true }))
  const plugins = pluginsOf(setup.pbx, elsewhere)
  const app = await createApp({ databaseUrl: setup.url, plugins, logger: false })
  t.teardown(() => app.close())
  await app.ready()
  const there = { app, supervisor: setup.supervisor }
  await until(async () => (await history(there)).length === 1)
  t.match(await history(there), [{ callId, outcome: 'answered', endQuality: 'estimated' }])
})

test('a held leg whose end nobody read is found missing: it is over, and its agent is lost', async t => {
  const setup = await floor(t)
  const { app, agent, pbx } = setup
  const session = { method: 'PUT' as const, url: '/api/agent/session', headers: agent.headers }
  await app.inject({ ...session, payload: { station: 'line' } })
  const phone = async (server: PluginScope) =>
    (await server.inject({ url: '/api/agent/phone', headers: agent.headers })).json()
  const state = async (server: PluginScope) =>
    (await server.inject({ url: '/api/agent/state', headers: agent.headers })).json()
  await until(async () => (await phone(app)).state === 'ready')
  t.match(await state(app), { state: 'ready' })
  await app.close()
  pbx.phone('1001').hangup()
  t.equal(pbx.channels().length, 0)
  const elsewhere = mkdtempSync(join(tmpdir(), 'evs-gaps-'))
  t.teardown(() => rmSync(elsewhere, { recursive: true, force: true }))
  const next = await createApp({
    databaseUrl: setup.url,
    plugins: pluginsOf(pbx, elsewhere),
    logger: false
  })
  t.teardown(() => next.close())
  await next.ready()
  await until(async () => (await phone(next)).state === 'none')
  t.match(await state(next), { state: 'phone_lost' })
})

test('an agent who dials by hand is busy whatever the server misses of it', async t => {
  const setup = await floor(t)
  const { pbx, agent } = setup
  const becomes = (server: PluginScope, state: string) =>
    until(async () => {
      const answer = await server.inject({ url: '/api/agent/state', headers: agent.headers })
      return answer.json().state === state
    })
  /** Another server, on a machine that has no journal of the one before. */
  const elsewhere = async (): Promise<PluginScope> => {
    const folder = mkdtempSync(join(tmpdir(), 'evs-gaps-'))
    t.teardown(() => rmSync(folder, { recursive: true, force: true }))
    const app = await createApp({ databaseUrl: setup.url, plugins: pluginsOf(pbx, folder), logger: false })
    t.teardown(() => app.close())
    await app.ready()
    await ready(app)
    return app
  }
  pbx.phone('1001').dial('998901231100')
  await becomes(setup.app, 'talking')
  pbx.cutMidPacket()
  pbx.dropConnections()
  await reconnected(setup)
  await becomes(setup.app, 'talking')
  await setup.app.close()
  pbx.phone('1001').hangup()
  const second = await elsewhere()
  await becomes(second, 'ready')
  await second.close()
  pbx.phone('1001').dial('998901231100')
  const third = await elsewhere()
  await becomes(third, 'talking')
  pbx.phone('1001').hangup()
  await becomes(third, 'ready')
})

/** A database address of our own that can be closed and opened again, as if the server were away. */
async function gateBefore(t: Teardown, url: string) {
  const { host, port, user, password, database } = new pg.Client({ connectionString: url })
  const sockets = new Set<Socket>()
  let isOpen = true
  const server = createServer(client => {
    if (!isOpen) {
      client.resetAndDestroy()
      return
    }
    const inner = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host)
    for (const socket of [client, inner]) {
      sockets.add(socket)
      socket.on('error', () => {}) // breaking connections is what this is for
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        inner.destroy()
      })
    }
    client.pipe(inner).pipe(client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no TCP address')
  return {
    url: `postgres://${encodeURIComponent(user ?? '')}:${encodeURIComponent(String(password ?? ''))}@127.0.0.1:${address.port}/${database}`,
    close() {
      isOpen = false
      for (const socket of sockets) socket.destroy()
    },
    open() {
      isOpen = true
    }
  }
}

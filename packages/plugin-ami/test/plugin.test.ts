import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  agentLegs,
  callEnded,
  coreDomain,
  createApp,
  definePlugin,
  type Plugin,
  type PluginScope,
  runCommand
} from '@evscallpro/core'
import { type PbxSimulator, startPbxSimulator } from '@evscallpro/pbx-simulator'
import { ami } from '@evscallpro/plugin-ami'
import { buildTestApp, loginAs, makeSite, type SignedIn, type Teardown } from '@evscallpro/testing'
import t from 'tap'
import { foreignCallId } from '../src/foreign-call-id.ts'

const secret = 'not a secret outside this test'

interface Floor {
  readonly app: PluginScope
  readonly url: string
  readonly agent: SignedIn
  readonly supervisor: SignedIn
  readonly siteId: number
}

interface FloorOptions {
  readonly mode?: 'dialplan' | 'trial'
  readonly more?: readonly Plugin[]
}

const pluginsOf = (pbx: PbxSimulator, { more = [], ...options }: FloorOptions = {}) => [
  coreDomain({ destinations: { allow: ['+33'], deny: [] }, agentRingSeconds: 3 }),
  ami({ pbx: 'sim', host: pbx.host, port: pbx.port, username: 'evs', secret, ...options }),
  ...more
]

/** A server on a simulator that runs ten times faster than life, with one agent at work. */
async function floor(t: Teardown, pbx: PbxSimulator, options: FloorOptions = {}): Promise<Floor> {
  const { app, url } = await buildTestApp(t, { plugins: pluginsOf(pbx, options) })
  const siteId = await makeSite(app, { trunks: ['trunk-site-a', 'trunk-site-b'], caller_id: '+33199000001' })
  const agent = await loginAs(app, 'agent', { siteId, extension: '1001' })
  const supervisor = await loginAs(app, 'supervisor')
  await ready(app)
  await app.inject({
    method: 'PUT',
    url: '/api/agent/session',
    headers: agent.headers,
    payload: { station: 'extension' }
  })
  return { app, url, agent, supervisor, siteId }
}

async function simulator(t: Teardown, timeScale = 10): Promise<PbxSimulator> {
  const pbx = await startPbxSimulator({ accounts: [{ username: 'evs', secret }], timeScale })
  t.teardown(() => pbx.close())
  return pbx
}

/** Until both sessions with the PBX are up: the plugin's own probe says so. */
async function ready(app: PluginScope): Promise<void> {
  await until(async () => (await app.inject('/health/ready')).statusCode === 200)
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(resolve => setTimeout(resolve, 10))
}

async function dial({ app, agent }: Floor, number: string): Promise<string> {
  const response = await app.inject({
    method: 'POST',
    url: '/api/calls',
    headers: agent.headers,
    payload: { number }
  })
  return response.json().callId
}

interface Row {
  callId: string
  outcome: string
  endedBy: string
  trunk: string | null
  route: number | null
  callerIdPresented: string | null
  linkedid: string
  campaignId: number
  direction: string
  endQuality: string
}

async function history({ app, supervisor }: Pick<Floor, 'app' | 'supervisor'>): Promise<Row[]> {
  return (await app.inject({ url: '/api/call-history', headers: supervisor.headers })).json().items
}

/** Resolves when so many calls have ended. */
function ended(app: PluginScope, count = 1): Promise<void> {
  return new Promise(resolve => {
    let seen = 0
    app.kernel.events.on(callEnded, () => {
      if (++seen === count) resolve()
    })
  })
}

t.test('a call goes to the PBX with its business context and comes back as one row', async t => {
  const pbx = await simulator(t)
  const setup = await floor(t, pbx)
  const over = ended(setup.app)
  const callId = await dial(setup, '+33199001001')
  await over
  t.match(await history(setup), [
    {
      callId,
      outcome: 'answered',
      endedBy: 'customer',
      linkedid: `${callId}-a1`,
      route: 1,
      endQuality: 'exact'
    }
  ])
  const invites = pbx.invites()
  t.match(invites.at(-1), { number: '33199001001' }, 'the gateway gets the number without its plus')
  t.match(JSON.stringify(invites.at(-1)), /33199000001/, "and the site's caller id, not the customer's own")
  t.notMatch(JSON.stringify(invites.at(-1)), /"callerId":"\+?33199001001"/)
})

t.test('the second way out is taken when the first is down, and the row says which', async t => {
  const pbx = await simulator(t)
  pbx.trunk('trunk-site-a').down()
  const setup = await floor(t, pbx)
  const over = ended(setup.app)
  await dial(setup, '+33199001001')
  await over
  t.match(await history(setup), [{ outcome: 'answered', trunk: 'PJSIP/trunk-site-b', route: 2 }])
})

t.test(
  'hanging up while the customer is rung is a cancelled call, while the agent is rung the agent was cancelled',
  async t => {
    const pbx = await simulator(t)
    const setup = await floor(t, pbx)
    const state = async (): Promise<string> =>
      (await setup.app.inject({ url: '/api/agent/state', headers: setup.agent.headers })).json().state
    const hangUp = (callId: string) =>
      setup.app.inject({ method: 'POST', url: `/api/calls/${callId}/hangup`, headers: setup.agent.headers })
    const first = ended(setup.app)
    const ringing = await dial(setup, '+33199002100')
    await until(async () => pbx.channels().some(channel => JSON.stringify(channel).includes('trunk-site-a')))
    await until(async () => (await state()) === 'dialling_customer')
    t.equal((await hangUp(ringing)).statusCode, 202)
    await first
    t.match(await history(setup), [{ callId: ringing, outcome: 'cancelled', endedBy: 'server' }])

    pbx.phone('1001', 'ring')
    const second = ended(setup.app)
    const unanswered = await dial(setup, '+33199001001')
    await until(() => pbx.channels().length > 0)
    t.equal((await hangUp(unanswered)).statusCode, 202)
    await second
    t.match((await history(setup))[0], { callId: unanswered, outcome: 'agent_cancelled', endedBy: 'server' })
    t.equal(pbx.channels().length, 0)
  }
)

t.test('a phone that is not registered gives a row at once', async t => {
  const pbx = await simulator(t)
  pbx.phone('1001').unregister()
  const setup = await floor(t, pbx)
  const over = ended(setup.app)
  await dial(setup, '+33199001001')
  await over
  t.match(await history(setup), [{ outcome: 'agent_unreachable' }])
})

t.test('calls that others start are recorded too, once, in campaign 0', async t => {
  const pbx = await simulator(t)
  const setup = await floor(t, pbx)
  pbx.trunk('trunk-site-a').call({ from: '33612345678', to: '1002', talkS: 2 })
  await until(async () => (await history(setup)).length > 0)
  const [row] = await history(setup)
  t.match(row, { campaignId: 0, direction: 'inbound', outcome: 'answered' })
  t.equal((await history(setup)).length, 1)
  const id = foreignCallId('sim', '1795352254.1', 1_795_352_254_000)
  t.equal(id, foreignCallId('sim', '1795352254.1', 1_795_352_254_000), 'the same call has the same id')
  t.not(id, foreignCallId('other', '1795352254.1', 1_795_352_254_000))
  t.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

t.test('trial mode needs no dialplan on the PBX', async t => {
  const pbx = await simulator(t)
  const setup = await floor(t, pbx, { mode: 'trial' })
  const over = ended(setup.app)
  await dial(setup, '+33199002001')
  await over
  t.match(await history(setup), [{ outcome: 'busy' }])
})

t.test(
  'of two processes one reads the PBX; when it goes the other takes over and no call is lost',
  async t => {
    const pbx = await simulator(t, 1) // one clock for both sides: a snapshot is read by ours
    const setup = await floor(t, pbx)
    let log = ''
    const stream = {
      write: (line: string) => {
        log += line
      }
    }
    const second = await createApp({ databaseUrl: setup.url, plugins: pluginsOf(pbx), logger: { stream } })
    t.teardown(() => second.close())
    await second.ready()
    await ready(second)
    const callId = await dial(setup, '+33199001100')
    await until(
      async () =>
        (await setup.app.kernel.db('core.calls').where({ state: 'talking' }).first('id')) !== undefined
    )
    await setup.app.close()
    await until(() => log.includes('reconciled with the PBX'))
    const over = ended(second)
    pbx.phone('1001').hangup()
    await over
    t.match(await history({ app: second, supervisor: setup.supervisor }), [
      { callId, outcome: 'answered', endedBy: 'agent', endQuality: 'exact' }
    ])
  }
)

t.test(
  'a PBX that is away or refuses is said in one sentence; calls are refused, nothing is pretended',
  async t => {
    const pbx = await simulator(t)
    const setup = await floor(t, pbx)
    await pbx.crash()
    await until(async () => (await setup.app.inject('/health/ready')).statusCode === 503)
    const health = await setup.app.inject('/health/ready')
    t.match(health.body, /the link to the PBX sim is down/)
    t.notMatch(health.body, new RegExp(secret))
    const response = await setup.app.inject({
      method: 'POST',
      url: '/api/calls',
      headers: setup.agent.headers,
      payload: { number: '+33199001001' }
    })
    t.equal(response.statusCode, 503)
    t.equal(response.json().code, 'AMI_LINK_DOWN')
    t.match(await history(setup), [{ outcome: 'failed' }])
    await pbx.start()
    await ready(setup.app)
    const over = ended(setup.app)
    await dial(setup, '+33199001001')
    await over
    t.match((await history(setup))[0], { outcome: 'answered' })
  }
)

/** An agent whose phone, 1001, is called twice for one call. */
const twice = definePlugin({
  name: 'twice',
  version: '1.0.0',
  setup(_scope, { fill }) {
    const leg = { station: 'twice', dial: 'PJSIP/1001', accept: 'none', ringSeconds: 3, attempts: 2 } as const
    fill(agentLegs, { name: 'twice', plan: () => leg })
  }
})

/**
 * An AMI that finds 1001 busy. Of a second attempt there, and of a call to 1002, it says nothing; when it was asked for both
 * the connection breaks.
 */
async function deadlyAmi(t: Teardown) {
  let events: Socket | undefined
  let unanswered = 0
  const say = (to: Socket | undefined, ...lines: string[]) => to?.write(`${lines.join('\r\n')}\r\n\r\n`)
  const busy = (leg: string): void => {
    const channel = ['Channel: PJSIP/1001-00000001', `Uniqueid: ${leg}`, `Linkedid: ${leg}`]
    const at = `Timestamp: ${(Date.now() / 1000).toFixed(6)}`
    const variables = [
      `ChanVariable: EVS_CALL_ID=${leg.slice(0, -'-a1'.length)}`,
      'ChanVariable: EVS_LEG=agent'
    ]
    say(events, 'Event: Newchannel', at, ...channel, 'ChannelState: 0')
    say(events, 'Event: Newstate', at, ...channel, 'ChannelState: 5', ...variables)
    say(events, 'Event: Hangup', at, ...channel, 'Cause: 17', ...variables)
  }
  const server = createServer(socket => {
    socket.write('Asterisk Call Manager/11.0.0\r\n')
    socket.on('data', data => {
      for (const packet of data.toString().split('\r\n\r\n')) {
        const id = `ActionID: ${/ActionID: (.*)/.exec(packet)?.[1]}`
        if (/^Action: Login/m.test(packet)) {
          if (!/^Events: off/m.test(packet)) events = socket
          say(socket, 'Response: Success', id)
        }
        if (/^Action: CoreShowChannels/m.test(packet)) {
          say(socket, 'Response: Success', id, 'EventList: start')
          say(socket, 'Event: CoreShowChannelsComplete', id, 'EventList: Complete', 'ListItems: 0')
        }
        if (/^Action: Ping/m.test(packet)) say(socket, 'Response: Success', id, 'Ping: Pong')
        const leg = /^ChannelId: (.*)/m.exec(packet)?.[1]
        if (!/^Action: Originate/m.test(packet)) continue
        if (/^Channel: Local\/s@evs-rules/m.test(packet)) say(socket, 'Response: Success', id)
        else if (!leg?.endsWith('-a1') || /^Channel: PJSIP\/1002/m.test(packet)) {
          if (++unanswered === 2) socket.destroy()
        } else {
          say(socket, 'Response: Success', id)
          busy(leg)
        }
      }
    })
    socket.on('error', () => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const address = server.address() as { port: number }
  return { host: '127.0.0.1', port: address.port } as PbxSimulator
}

t.test('a request whose answer is lost is looked up at the PBX and gets its row', async t => {
  const pbx = await deadlyAmi(t)
  const setup = await floor(t, pbx, { more: [twice()] })
  const { app } = setup
  const other = await loginAs(app, 'agent', { siteId: setup.siteId, extension: '1002' })
  const session = (who: SignedIn, station: string) =>
    app.inject({ method: 'PUT', url: '/api/agent/session', headers: who.headers, payload: { station } })
  await session(setup.agent, 'twice')
  await session(other, 'extension')
  const over = ended(app, 2)
  const [second, first] = await Promise.all([
    dial(setup, '+33199001001'),
    dial({ ...setup, agent: other }, '+33199001002')
  ])
  t.ok(first, 'the agent is not told that nothing happened')
  const { db } = app.kernel
  await until(async () => (await db('core.calls').where({ id: second }).first('attempt'))?.attempt === 2)
  t.match(await db('core.call_legs').where({ call_id: second }), [{ leg: 'a1', ended_at: Date, cause: 17 }])
  await over
  const rows = await history(setup)
  t.match(
    rows.find(row => row.callId === first),
    { outcome: 'failed', endQuality: 'estimated' }
  )
  t.match(
    rows.find(row => row.callId === second),
    { outcome: 'failed', endQuality: 'estimated' },
    'the second attempt at a phone is looked up as the first is'
  )
  t.match(
    await db('core.call_history_legs').where({ call_id: second }),
    [{ leg: 'a1', cause: 17 }],
    'and what was known of the first stands in its row'
  )
  t.same(await db('core.calls').select('id'), [])
  for (const { headers } of [setup.agent, other])
    t.match((await app.inject({ url: '/api/agent/state', headers })).json(), { state: 'ready' })
})

t.test('evs asterisk-kit writes what a PBX needs and keeps what was changed by hand', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'evs-kit-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const run = async (...args: string[]) => {
    const lines: string[] = []
    const io = { out: (line: string) => lines.push(line), err: (line: string) => lines.push(line) }
    return {
      code: await runCommand([coreDomain(), ami()], ['asterisk-kit', ...args], io),
      text: lines.join('\n')
    }
  }
  const first = await run(folder, '--permit', '10.0.0.5/255.255.255.255')
  t.equal(first.code, 0)
  t.match(first.text, /#include extensions_evs\.conf/)
  const account = readFileSync(join(folder, 'manager_evs.conf'), 'utf8')
  t.match(account, /permit = 10\.0\.0\.5\/255\.255\.255\.255/)
  t.match(account, /write = call,originate,reporting\n/)
  t.match(account, /secret = \S{20,}/)
  t.equal(statSync(join(folder, 'manager_evs.conf')).mode & 0o007, 0, 'the secret is not for everybody')
  t.notMatch(readFileSync(join(folder, 'extensions_evs_site.conf'), 'utf8'), /@[A-Z]+@/)

  writeFileSync(join(folder, 'extensions_evs_site.conf'), '; ours\n')
  const second = await run(folder)
  t.match(second.text, /extensions_evs\.conf: unchanged/)
  t.match(second.text, /extensions_evs_site\.conf: kept/)
  t.equal(readFileSync(join(folder, 'extensions_evs_site.conf'), 'utf8'), '; ours\n')
  t.match((await run(folder, '--overwrite')).text, /extensions_evs_site\.conf: written/)

  for (const args of [
    [],
    [folder, 'more'],
    [folder, '--permit', 'everyone'],
    [folder, '--recordings', '../x;rm']
  ]) {
    const refused = await run(...args)
    t.equal(refused.code, 2, args.join(' '))
    t.match(refused.text, /give one folder|--permit is|--recordings is/)
  }
})

t.test('the emitter is no way around the policy, however an action is written', async t => {
  const pbx = await simulator(t)
  pbx.phone('1001', 'auto')
  const { app } = await floor(t, pbx)
  const refusal = (action: Record<string, unknown>) =>
    new Promise(resolve => {
      app.ami.action({ channel: 'PJSIP/899123456@trunk-site-a', ...action }, resolve)
    })
  const reserved = { code: 'AMI_ACTION_RESERVED', message: /POST \/api\/calls/ }
  const dialling = ['Originate', 'Redirect', 'BlindTransfer', 'Atxfer', 'Bridge', 'Setvar', 'Command']
  for (const name of [...dialling, 'DialplanExtensionAdd', 'QueueAdd', 'SendText', 'PJSIPNotify'])
    t.match(await refusal({ action: name, application: 'Dial', data: 'PJSIP/1' }), reserved, name)
  for (const name of ['originate', 'ORIGINATE', ' oRiGinate ', 'Originate\t', ['Originate']])
    for (const key of ['action', 'Action', 'ACTION', 'Act ion'])
      t.match(await refusal({ [key]: name }), reserved, `${key}: ${name}`)
  t.match(await refusal({ action: 'Ping', Action: 'Originate' }), reserved, 'named twice')
  t.match(await refusal({ action: 'Ping', note: 'x\r\nAction: Originate' }), { code: 'AMI_BAD_HEADER' })
  t.same(pbx.invites(), [], 'nothing rang')
})

t.test('what is stopped is stopped for phones, too, also when that was while the PBX was away', async t => {
  const pbx = await simulator(t)
  const setup = await floor(t, pbx)
  const stop = (method: 'PUT' | 'DELETE') =>
    setup.app.inject({
      method,
      url: '/api/dialling/stop',
      headers: setup.supervisor.headers,
      ...(method === 'PUT' && { payload: { reason: 'invoice' } })
    })
  const dialByHand = async () => {
    const before = (await history(setup)).length
    pbx.phone('1001').dial('998901001001')
    await until(async () => (await history(setup)).length > before)
    return (await history(setup))[0]?.outcome
  }
  t.equal(await dialByHand(), 'answered')
  t.equal((await stop('PUT')).statusCode, 200)
  t.equal(await dialByHand(), 'blocked', 'the answer comes when the PBX has taken it')
  t.equal((await stop('DELETE')).statusCode, 200)
  t.equal(await dialByHand(), 'answered')

  await pbx.crash()
  t.equal((await stop('PUT')).statusCode, 200)
  await pbx.start()
  await ready(setup.app)
  await until(async () => (await dialByHand()) === 'blocked')
})

t.test('hold, mute and keys work on a simulated call as on a real one', async t => {
  const pbx = await simulator(t, 1)
  pbx.phone('1001', 'auto')
  const setup = await floor(t, pbx)
  const callId = await dial(setup, '+33199001200')
  const live = async () =>
    (await setup.app.inject({ url: `/api/calls/${callId}`, headers: setup.agent.headers })).json().live
  const order = async (what: string, payload?: object) =>
    (
      await setup.app.inject({
        method: 'POST',
        url: `/api/calls/${callId}/${what}`,
        headers: setup.agent.headers,
        ...(payload && { payload })
      })
    ).statusCode
  await until(async () => (await live()).state === 'talking')
  t.same((await live()).capabilities, ['hangup', 'hold', 'mute', 'digits'])
  t.equal(await order('hold'), 202)
  await until(async () => (await live()).held)
  t.equal(await order('digits', { digits: '1' }), 409, 'no keys while he is held')
  t.equal(await order('resume'), 202)
  await until(async () => !(await live()).held)
  t.equal(await order('mute'), 202)
  t.match(await live(), { muted: true })
  t.equal(await order('digits', { digits: '12#' }), 202)
  t.equal(await order('hangup'), 202)
})

t.test('without our dialplan there is no hold and no recording', async t => {
  const pbx = await simulator(t, 1)
  pbx.phone('1001', 'auto')
  const setup = await floor(t, pbx, { mode: 'trial' })
  const callId = await dial(setup, '+33199001200')
  const live = async () =>
    (await setup.app.inject({ url: `/api/calls/${callId}`, headers: setup.agent.headers })).json().live
  await until(async () => (await live()).state === 'talking')
  t.same((await live()).capabilities, ['hangup', 'mute', 'digits'])
})

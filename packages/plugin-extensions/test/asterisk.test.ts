import { mkdtempSync, rmSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AsteriskSandbox, asteriskSandbox } from '@evscallpro/asterisk-sandbox'
import {
  connectDatabase,
  coreDomain,
  createApp,
  migrate,
  type PluginScope,
  runCommand,
  withDomain
} from '@evscallpro/core'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@evscallpro/embedded-postgres'
import { ami, kitTemplates, writeAsteriskKit } from '@evscallpro/plugin-ami'
import { extensions } from '@evscallpro/plugin-extensions'
import { loginAs, makeSite, type SignedIn } from '@evscallpro/testing'
import t, { type Test } from 'tap'
import { pjsipFile } from '../src/pjsip-file.ts'
import { SipPhone, type SipPhoneOptions } from './sip-phone.ts'

t.setTimeout(300_000)
const shift = 500
/** The socket's folder may have 63 characters at most. */
const folder = mkdtempSync(join(tmpdir(), 'evs-x-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

const usable = await asteriskSandbox.available()
if (!usable.ok) {
  if (process.env.CI === 'true') throw new Error(`the real Asterisk is missing: ${usable.reason}`)
  t.plan(0, usable.reason)
  process.exit(0)
}

const startDatabase = (): Promise<EmbeddedPostgres> =>
  startEmbeddedPostgres({ dataDir: join(folder, 'pg'), settings: { fsync: 'off' } })
let postgres = await startDatabase()
t.teardown(() => postgres.stop())

/** The kit as an administrator gets it, with the database's socket; trust on the socket, as its folder is closed to others. */
const { host, port, database: name } = postgres.connection
await writeAsteriskKit(join(folder, 'kit'), {
  recordings: '/var/spool/asterisk/monitor',
  permit: '127.0.0.1/255.255.255.255',
  database: { host, port, name, role: 'asterisk' }
})
const pbx: AsteriskSandbox = await asteriskSandbox.up({
  shift,
  runDir: join(folder, 'run'),
  overlays: { central: [kitTemplates, join(folder, 'kit', 'agents-realtime')] }
})
t.teardown(() => pbx.down())

const plugins = [
  coreDomain({ destinations: { allow: ['+33'], deny: [] } }),
  ami({
    pbx: 'sandbox',
    host: pbx.central.address,
    port: pbx.central.amiPort,
    ...pbx.central.accounts.evs
  }),
  extensions({ sipHost: '127.0.0.1', sipPort: pbx.central.sipPort, qualifySeconds: 5, maxContacts: 3 })
]
const db = connectDatabase(postgres.url)
t.teardown(() => db.destroy())
await migrate(db, withDomain(plugins))
await db.raw(await readFile(join(folder, 'kit', 'agents-realtime', 'role.sql'), 'utf8'))
const app: PluginScope = await createApp({ db, plugins, logger: false })
t.teardown(() => app.close())
await app.ready()
await until(async () => (await app.inject('/health/ready')).statusCode === 200)
const siteId = await makeSite(app, { trunks: ['trunk-site-a'], caller_id: '+33199000001' })
const admin = await loginAs(app, 'admin')

async function until(condition: () => boolean | Promise<boolean>, limitMs = 30_000): Promise<number> {
  const from = performance.now()
  while (!(await condition())) {
    if (performance.now() - from > limitMs) throw new Error(`not within ${limitMs} ms: ${condition}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  return performance.now() - from
}

const send = (
  method: 'POST' | 'PATCH' | 'PUT' | 'DELETE',
  path: string,
  payload: object,
  who: SignedIn = admin
) => app.inject({ method, url: `/api/extensions${path}`, headers: who.headers, payload })

const read = (path: string) => app.inject({ url: `/api/extensions${path}`, headers: admin.headers })

let nextNumber = 1201

/** An agent of the site with a SIP account, as an administrator makes him. */
async function makeAgent(digest?: string): Promise<{ agent: SignedIn; number: string; secret: string }> {
  const number = String(nextNumber++)
  const agent = await loginAs(app, 'agent', {
    siteId,
    extension: number,
    displayName: `Zoé "Zo" ; d'Été ^${number}`
  })
  const response = await send('POST', '/accounts', { userId: agent.userId, ...(digest && { digest }) })
  return { agent, number, secret: response.json().secret }
}

async function phone(
  t: Test,
  options: Omit<SipPhoneOptions, 'port' | 'userAgent'> & { userAgent?: string }
): Promise<SipPhone> {
  const started = await SipPhone.start({ userAgent: 'Desk phone 1.0', ...options, port: pbx.central.sipPort })
  t.teardown(() => started.stop())
  return started
}

/** The agent goes to work and calls a customer who answers and talks for two seconds; the row of the call. */
async function callCustomer(agent: SignedIn): Promise<{ outcome: string }> {
  const headers = agent.headers
  const opened = await app.inject({
    method: 'PUT',
    url: '/api/agent/session',
    headers,
    payload: { station: 'extension' }
  })
  if (opened.statusCode !== 200) return { outcome: opened.json().detail }
  const called = await app.inject({
    method: 'POST',
    url: '/api/calls',
    headers,
    payload: { number: '+33199001002' }
  })
  if (called.statusCode !== 202) return { outcome: called.json().detail }
  const { callId } = called.json()
  await until(async () => (await db('core.call_history').where({ id: callId }).first('id')) !== undefined)
  return db('core.call_history').where({ id: callId }).first('outcome')
}

t.test('a new agent registers and calls within a second of being saved, without a reload', async t => {
  const { agent, number, secret } = await makeAgent()
  const saved = performance.now()
  const desk = await phone(t, { user: number, secret })
  t.match(await desk.register(), { status: 200, offered: ['MD5'] })
  t.ok(performance.now() - saved < 10_000, 'and that at once')
  t.comment(`registered ${Math.round(performance.now() - saved)} ms after the answer of the API`)
  t.match(await callCustomer(agent), { outcome: 'answered' })
  t.equal(desk.rang, 1)
  const inForce = await until(async () => {
    const response = await app.inject({
      url: `/api/extensions/accounts/${agent.userId}`,
      headers: admin.headers
    })
    return response.json().inForce
  })
  t.comment(`in force after ${Math.round(inForce)} ms more`)
  const endpoint = await pbx.cli('central', `pjsip show endpoint ${number}`)
  t.match(endpoint, new RegExp(`callerid\\s*: "Zoé {2}Zo {2}, d'Été '${number}" <${number}>`))
  t.match(endpoint, /context\s*: evs-outbound/)
})

t.test('a disabled agent registers no more within a second, and again when he is enabled', async t => {
  const { agent, number, secret } = await makeAgent()
  const desk = await phone(t, { user: number, secret })
  t.match(await desk.register(), { status: 200 })
  t.equal((await send('PATCH', `/accounts/${agent.userId}`, { enabled: false })).statusCode, 200)
  const off = await until(async () => (await desk.register()).status === 401)
  t.comment(`refused after ${Math.round(off)} ms`)
  t.match(await callCustomer(agent), { outcome: /account 12\d\d is disabled/ })
  await send('PATCH', `/accounts/${agent.userId}`, { enabled: true })
  t.comment(
    `accepted after ${Math.round(await until(async () => (await desk.register()).status === 200))} ms`
  )

  // The profile, which is core's, counts as well.
  const user = (payload: object) =>
    app.inject({ method: 'PATCH', url: `/api/users/${agent.userId}`, headers: admin.headers, payload })
  t.equal((await user({ active: false })).statusCode, 200)
  await until(async () => (await desk.register()).status === 401)
  await user({ active: true })
  await until(async () => (await desk.register()).status === 200)
  await user({ extension: '1299' })
  await until(async () => (await desk.register()).status === 401)
  const { state } = (await read(`/accounts/${agent.userId}`)).json()
  t.equal(state, 'number_changed', 'a new extension needs a new secret: the number is part of the digest')
  const made = await send('POST', `/accounts/${agent.userId}/secret`, {})
  const moved = await phone(t, { user: '1299', secret: made.json().secret })
  t.match(await moved.register(), { status: 200 })
})

t.test('a new secret makes the old one worthless', async t => {
  const { agent, number, secret } = await makeAgent()
  const old = await phone(t, { user: number, secret })
  t.match(await old.register(), { status: 200 })
  const rotated = await send('POST', `/accounts/${agent.userId}/secret`, {})
  t.equal(rotated.statusCode, 200)
  t.comment(
    `old one refused after ${Math.round(await until(async () => (await old.register()).status === 401))} ms`
  )
  const fresh = await phone(t, { user: number, secret: rotated.json().secret })
  t.match(await fresh.register(), { status: 200 })
  const rows = await db('extensions.accounts').where({ user_id: agent.userId }).select('*')
  t.notMatch(JSON.stringify(rows), rotated.json().secret, 'the database holds no secret')
})

t.test('SHA-256 is offered on request only, alone or before MD5', async t => {
  const both = await makeAgent('both')
  for (const algorithm of ['MD5', 'SHA-256'] as const) {
    const one = await phone(t, { user: both.number, secret: both.secret, algorithm })
    t.match(await one.register(), { status: 200, offered: ['SHA-256', 'MD5'] }, algorithm)
  }
  const only = await makeAgent('sha256')
  const modern = await phone(t, { user: only.number, secret: only.secret, algorithm: 'SHA-256' })
  t.match(await modern.register(), { status: 200, offered: ['SHA-256'] })
  const old = await phone(t, { user: only.number, secret: only.secret })
  t.match(await old.register(), { status: 401 }, 'a phone that knows MD5 only cannot answer')
  const stranger = await phone(t, { user: '1999', secret: 'wrong' })
  t.match(
    await stranger.register(),
    { status: 401, offered: ['MD5'] },
    'an unknown user is challenged like a known one'
  )
})

t.test(
  'desk phone and smartphone with the same account are both shown, and the one picked rings',
  async t => {
    const { agent, number, secret } = await makeAgent()
    const desk = await phone(t, { user: number, secret, userAgent: 'Desk phone 1.0' })
    const mobile = await phone(t, { user: number, secret, userAgent: 'Softphone on a smartphone 2.1' })
    const list = async () =>
      (await app.inject({ url: '/api/extensions/devices', headers: agent.headers })).json().items
    await desk.register()
    t.match(await list(), [{ userAgent: 'Desk phone 1.0', rings: true }])
    await mobile.register()
    const devices = await list()
    t.match(devices, [
      { userAgent: 'Softphone on a smartphone 2.1', address: '127.0.0.1', rings: true },
      { userAgent: 'Desk phone 1.0', rings: false }
    ])
    t.ok(
      devices.every((device: { since: string }) => Date.now() - Date.parse(device.since) < 60_000),
      'since when'
    )
    t.same(
      (await read(`/accounts/${agent.userId}/devices`)).json().items.length,
      2,
      'his supervisor sees them too'
    )

    t.match(await callCustomer(agent), { outcome: 'answered' })
    t.same([desk.rang, mobile.rang], [0, 1], 'the last registered rings')
    const choose = (deviceId: string | null) => send('PUT', '/devices/choice', { deviceId }, agent)
    t.match((await choose(devices[1].id)).json().items, [{ rings: false }, { rings: true }])
    t.match(await callCustomer(agent), { outcome: 'answered' })
    t.same([desk.rang, mobile.rang], [1, 1], 'the picked one rings')
    t.match((await choose('nonsense')).json(), { code: 'EXTENSIONS_DEVICE_GONE' })

    // The desk phone starts anew, from another port: it is still the one that he picked.
    await desk.register(0)
    const restarted = await phone(t, { user: number, secret, userAgent: 'Desk phone 1.0' })
    await restarted.register()
    t.equal((await list()).length, 2)
    t.match(await callCustomer(agent), { outcome: 'answered' })
    t.same([restarted.rang, mobile.rang], [1, 1])

    await choose(null)
    await restarted.register(0)
    t.match(await callCustomer(agent), { outcome: 'answered' })
    t.same([restarted.rang, mobile.rang], [1, 2])
    await mobile.register(0)
    t.match(await callCustomer(agent), { outcome: /No phone is registered under extension 12\d\d/ })
  }
)

t.test('a phone that vanishes makes its agent phone_lost, and he goes on when it is back', async t => {
  const { agent, number, secret } = await makeAgent()
  const desk = await phone(t, { user: number, secret })
  await desk.register()
  const { headers } = agent
  const opened = await app.inject({
    method: 'PUT',
    url: '/api/agent/session',
    headers,
    payload: { station: 'extension' }
  })
  t.match(opened.json(), { state: 'ready' })
  const state = async () => (await app.inject({ url: '/api/agent/state', headers })).json().state
  await desk.register(0)
  await until(async () => (await state()) === 'phone_lost')
  t.match((await callCustomer(agent)).outcome, /No phone is registered/)
  await desk.register()
  await until(async () => (await state()) === 'ready')
  await until(async () =>
    (await read(`/accounts/${agent.userId}/devices`))
      .json()
      .items.some((one: { status: string }) => one.status === 'reachable')
  )
  desk.alive = false
  await until(async () => (await state()) === 'phone_lost', 45_000)
  t.match((await callCustomer(agent)).outcome, /does not answer the PBX: look at its network or VPN/)
  desk.alive = true
  await until(async () => (await state()) === 'ready', 45_000)
})

t.test('with the database stopped registered agents stay and calls work', async t => {
  const { agent, number, secret } = await makeAgent()
  const unused = await makeAgent()
  const desk = await phone(t, { user: number, secret })
  t.match(await desk.register(), { status: 200 })
  const inForce = async () => (await read(`/accounts/${unused.agent.userId}`)).json().inForce
  await until(inForce)
  await postgres.stop()
  t.match(await desk.register(), { status: 200 }, 'he registers again')
  const second = await phone(t, { user: number, secret, userAgent: 'Another phone of his' })
  t.match(await second.register(), { status: 200 }, 'with another phone too')
  const first = await phone(t, { user: unused.number, secret: unused.secret })
  t.match(
    await first.register(),
    { status: 200 },
    'even one who registers for the first time: he was announced'
  )
  await pbx.cli('central', `channel originate PJSIP/${number} extension 33199001002@lab-dial`)
  await until(async () => desk.rang + second.rang === 1)
  await until(async () => (await pbx.cli('central', 'core show channels concise')).includes('trunk-site-a'))
  postgres = await startDatabase()
  await until(async () => (await app.inject('/health/ready')).statusCode === 200)
  await send('PATCH', `/accounts/${agent.userId}`, { enabled: false })
  await until(async () => (await desk.register()).status === 401)
  t.pass('and when it is back, changes count again')
})

t.test(
  'the generated file says what the views say, and phones register by it, on older Asterisk too',
  async t => {
    const text = await pjsipFile(db)
    const numbers: string[] = await db('extensions.ps_endpoints').pluck('id')
    t.ok(numbers.length > 3)
    const sections = parseSections(text)
    for (const [type, view] of [
      ['endpoint', 'ps_endpoints'],
      ['auth', 'ps_auths'],
      ['aor', 'ps_aors']
    ] as const) {
      for (const { id, mailboxes: _m, contact: _c, ...row } of await db(`extensions.${view}`).select('*')) {
        const expected = Object.entries(row).filter(([, value]) => value !== null && value !== '')
        t.same(sections.get(`${id} ${type}`), Object.fromEntries(expected), `${type} ${id}`)
      }
    }
    t.equal(sections.size, 3 * numbers.length)

    const { agent: modern } = await makeAgent('sha256')
    await t.rejects(pjsipFile(db, { md5Cred: true }), { code: 'EXTENSIONS_NO_MD5_DIGEST' })
    await send('PATCH', `/accounts/${modern.userId}`, { enabled: false })
    await db('extensions.accounts').where({ digest: 'sha256' }).update({ enabled: false }) // those of tests before

    // The views lose him, so that what Asterisk knows of him is the file's.
    for (const md5Cred of [false, true]) {
      const { agent, number, secret } = await makeAgent()
      const desk = await phone(t, { user: number, secret })
      await until(async () => (await desk.register()).status === 200)
      const file = await pjsipFile(db, { md5Cred })
      t.equal(/^md5_cred = [0-9a-f]{32}$/m.test(file), md5Cred)
      await send('PATCH', `/accounts/${agent.userId}`, { enabled: false })
      await until(async () => (await desk.register()).status === 401)
      await writeFile(join(pbx.central.dir, 'etc', 'pjsip_evs_trunks.conf'), file)
      await pbx.cli('central', 'module reload res_pjsip.so')
      await until(async () => (await desk.register()).status === 200)
      const wrong = await phone(t, { user: number, secret: 'something else' })
      t.match(await wrong.register(), { status: 401 })
    }
  }
)

t.test('check-asterisk says line by line what is right, missing or too much', async t => {
  const { number } = await makeAgent()
  const check = async (account: 'evs' | 'lab', ...args: string[]) => {
    const lines: string[] = []
    const io = { out: (line: string) => void lines.push(line), err: (line: string) => void lines.push(line) }
    const file = join(folder, `secret-${account}`)
    await writeFile(file, pbx.central.accounts[account].secret, { mode: 0o600 })
    const connection = ['--host', pbx.central.address, '--port', String(pbx.central.amiPort)]
    const code = await runCommand(
      [coreDomain(), ami()],
      ['check-asterisk', ...connection, '--username', account, '--secret-file', file, ...args],
      io
    )
    return { code, text: lines.join('\n') }
  }
  const good = await check('evs', '--extension', number)
  t.match(good.text, /ok {7}Asterisk 2\d\..* answers/)
  t.match(good.text, /ok {7}The AMI account may do what is needed, and no more/)
  t.match(good.text, /ok {7}The dialplan has all contexts: evs-dial/)
  t.match(good.text, /ok {7}Events bear the time of the PBX/)
  t.match(good.text, /ok {7}The voice prompts are there, \d+ files/)
  t.match(good.text, /ok {7}Recordings can be written to/)
  t.match(good.text, /ok {7}Agents' SIP accounts come from the database and stay in memory/)
  t.match(good.text, new RegExp(`advice {3}Extension ${number} is known, and no phone is registered`))
  t.match(good.text, /Nothing is missing\./)
  t.equal(good.code, 0)

  const prompt = join(pbx.central.dir, 'data', 'sounds', 'evs', 'fr', 'stopped.gsm')
  await rename(prompt, `${prompt}.away`)
  const bad = await check(
    'lab',
    '--trunk',
    'trunk-site-down',
    '--trunk',
    'trunk-nowhere',
    '--extension',
    '1999',
    '--extension',
    '1001'
  )
  await rename(`${prompt}.away`, prompt)
  t.equal(bad.code, 1)
  t.match(bad.text, /missing {2}Voice prompts are not there: evs\/fr\/stopped\.gsm; copy the kit's folder/)
  t.match(bad.text, /danger {3}The AMI account has the write class 'system'.*take it off/)
  t.match(bad.text, /missing {2}Trunk trunk-site-down does not answer \(UNAVAILABLE\): look at the gateway/)
  t.match(
    bad.text,
    /missing {2}Trunk trunk-site-down has rtp_timeout = 60 but no longer rtp_timeout_hold: set 600/
  )
  t.match(bad.text, /missing {2}Trunk trunk-nowhere is no endpoint of pjsip\.conf/)
  t.match(bad.text, /missing {2}Extension 1999 is unknown to Asterisk: create its SIP account/)
  t.match(bad.text, /advice {3}Extension 1001 dials by hand through 'from-agent'/)
  t.match(bad.text, /To be mended: \d+\./)
  await writeFile(join(folder, 'wrong'), 'wrong')
  const refused = await check('evs', '--secret-file', join(folder, 'wrong'))
  t.equal(refused.code, 2)
  t.match(refused.text, /refused the login of "evs": compare name, secret, deny and permit/)
})

/** What pjsip.conf's parser makes of a file: `id type` → options, repeated ones joined as in a view. */
function parseSections(text: string): Map<string, Record<string, string>> {
  const sections = new Map<string, Record<string, string>>()
  for (const block of text.split(/^(?=\[)/m).slice(1)) {
    const [head = '', ...lines] = block.trim().split('\n')
    const options: Record<string, string> = {}
    for (const line of lines) {
      const [, option = '', value = ''] = /^(\w+) = (.*)$/.exec(line) ?? []
      options[option] = option in options ? `${options[option]};${value}` : value
    }
    const { type, ...rest } = options
    sections.set(`${head.slice(1, -1)} ${type}`, rest)
  }
  return sections
}

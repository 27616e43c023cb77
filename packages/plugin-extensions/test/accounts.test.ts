import { coreDomain, runCommand } from '@evscallpro/core'
import { startPbxSimulator } from '@evscallpro/pbx-simulator'
import { ami } from '@evscallpro/plugin-ami'
import { extensions } from '@evscallpro/plugin-extensions'
import { buildTestApp, loginAs, makeSite, makeUser } from '@evscallpro/testing'
import t, { type Test } from 'tap'
import { newSecret } from '../src/account/digest.ts'
import { pickDevice } from '../src/device/pick-device.ts'

const secret = 'not a secret outside this test'

async function server(t: Test, options: object = {}) {
  const pbx = await startPbxSimulator({ accounts: [{ username: 'evs', secret }] })
  t.teardown(() => pbx.close())
  const lines: string[] = []
  const built = await buildTestApp(t, {
    plugins: [
      coreDomain(),
      ami({ pbx: 'sim', host: pbx.host, port: pbx.port, username: 'evs', secret }),
      extensions({ sipHost: 'pbx.example', source: 'file', publicUrl: 'https://crm.example/', ...options })
    ],
    logger: { stream: { write: line => void lines.push(line) } }
  })
  const { app } = built
  while ((await app.inject('/health/ready')).statusCode !== 200)
    await new Promise(resolve => setTimeout(resolve, 10))
  const admin = await loginAs(app, 'admin')
  const send = (
    method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE',
    path: string,
    payload?: object,
    who = admin
  ) =>
    app.inject({ method, url: `/api/extensions${path}`, headers: who.headers, ...(payload && { payload }) })
  return { ...built, pbx, admin, send, lines }
}

t.test(
  'an account is made for a user with an extension; its secret is shown once and never stored or logged',
  async t => {
    const { app, db, send, lines } = await server(t)
    const siteId = await makeSite(app)
    const agent = await loginAs(app, 'agent', { siteId, extension: '1001', displayName: 'Zoé' })
    const response = await send('POST', '/accounts', { userId: agent.userId })
    t.equal(response.statusCode, 201)
    t.equal(response.headers['cache-control'], 'no-store')
    const { account, secret: shown, sheet } = response.json()
    t.match(account, {
      userId: agent.userId,
      number: '1001',
      displayName: 'Zoé',
      kind: 'softphone',
      digest: 'md5',
      maxContacts: 3,
      enabled: true,
      state: 'active',
      inForce: null,
      revision: 1
    })
    t.match(shown, /^[a-zA-Z2-9]{5}(-[a-zA-Z2-9]{5}){3}$/)
    t.match(sheet.html, /<html lang="fr">.*Réglages du téléphone/s)
    t.match(
      sheet.html,
      new RegExp(`${shown}.*Zoiper.*1001@pbx\\.example.*Linphone.*Téléphone de bureau`, 's')
    )
    t.match(sheet.html, /VPN d’abord.*choisir TCP au lieu d’UDP/, 'what helps away from the office')
    t.match(sheet.qrSvg, /^<svg /)
    t.notMatch(sheet.html, /<script|https?:(?!\/\/www\.w3\.org)/, 'a page that needs nothing from elsewhere')
    t.match(sheet.fields[1], { value: '1001' })

    const again = (await send('GET', `/accounts/${agent.userId}/sheet?language=en`)).json()
    t.match(again.html, /Telephone settings.*an administrator can make a new one/s)
    t.notMatch(again.html, shown)
    t.equal(again.qrSvg, null)
    const own = await send('GET', '/sheet', undefined, agent)
    t.match(own.json().html, /Réglages/)
    t.match((await send('GET', '/accounts')).json(), { items: [{ number: '1001' }], next: null })
    t.equal((await send('GET', '/accounts', undefined, agent)).statusCode, 403)

    const rotated = await send('POST', `/accounts/${agent.userId}/secret`, { digest: 'both', language: 'en' })
    t.match(rotated.json(), { account: { digest: 'both', revision: 2 } })
    t.not(rotated.json().secret, shown)
    const stored = await db('extensions.accounts').select('*')
    t.match(stored, [{ ha1_md5: /^[0-9a-f]{32}$/, ha1_sha256: /^[0-9a-f]{64}$/ }])
    for (const one of [shown, rotated.json().secret]) {
      t.notMatch(JSON.stringify(stored), one)
      t.notMatch(lines.join('\n'), one)
    }
  }
)

t.test(
  "the link of the QR code gives Linphone its settings once, with the hash in the secret's place",
  async t => {
    const { app, db, send, lines } = await server(t)
    const agent = await makeUser(app, { extension: '1001', displayName: 'A & "B" <c>' })
    const made = await send('POST', '/accounts', { userId: agent.id })
    const links = await db('extensions.provisioning_links').select('*')
    t.equal(links.length, 1)
    t.notMatch(made.body, 'token=', 'the link is in the picture only')

    // The picture is the only place of the link, so the test puts one of its own in its place.
    const { createHash } = await import('node:crypto')
    const token = 'a-token-of-the-test-0123456789'
    const put = (expires_at: Date) =>
      db('extensions.provisioning_links').update({
        token_hash: createHash('sha256').update(token).digest(),
        expires_at
      })
    await put(new Date(Date.now() + 60_000))
    const url = `/api/extensions/provisioning?token=${token}`
    const xml = await app.inject(url)
    t.equal(xml.statusCode, 200)
    t.match(xml.headers['content-type'], /application\/xml/)
    t.match(xml.body, /<entry name="ha1" overwrite="true">[0-9a-f]{32}<\/entry>/)
    t.match(xml.body, /reg_proxy" overwrite="true">&#60;sip:pbx\.example;transport=udp&#62;/)
    t.match(xml.body, /A &#38; +B/)
    t.notMatch(xml.body, made.json().secret)
    t.match((await app.inject(url)).json(), { status: 404, code: 'EXTENSIONS_LINK_GONE' })

    await send('POST', `/accounts/${agent.id}/secret`, {})
    await put(new Date(Date.now() - 1))
    t.equal((await app.inject(url)).statusCode, 404, 'too old')
    t.notMatch(lines.join('\n'), token, 'the log holds no link')
  }
)

t.test('bad input is refused with the field and the mend', async t => {
  const { app, send } = await server(t)
  const bare = await makeUser(app)
  const gone = await makeUser(app, { extension: '1002', active: false })
  const agent = await makeUser(app, { extension: '1001' })
  const refused = async (payload: object, code: string, detail: RegExp) => {
    const response = await send('POST', '/accounts', payload)
    t.match(response.json(), { code, detail })
  }
  await refused({ userId: 9999 }, 'CORE_INVALID_FIELD', /userId names a user who does not exist/)
  await refused(
    { userId: bare.id },
    'CORE_INVALID_FIELD',
    /without an extension: set it in his profile first/
  )
  await refused({ userId: gone.id }, 'CORE_INVALID_FIELD', /deactivated: activate him first/)
  t.equal((await send('POST', '/accounts', { userId: agent.id })).statusCode, 201)
  await refused({ userId: agent.id }, 'EXTENSIONS_ACCOUNT_EXISTS', /for a new secret use POST .*\/secret/)
  t.equal((await send('POST', '/accounts', { userId: agent.id, digest: 'sha1' })).statusCode, 400)
  t.match((await send('POST', `/accounts/${bare.id}/secret`, {})).json(), {
    code: 'EXTENSIONS_ACCOUNT_NOT_FOUND'
  })
  t.equal((await send('PATCH', `/accounts/${agent.id}`, { maxContacts: 99 })).statusCode, 400)
  t.equal((await send('PATCH', `/accounts/${agent.id}`, {})).statusCode, 400)

  // An extension that went to somebody else leaves its account behind for nobody.
  const change = (id: number, payload: object) => app.kernel.db('core.users').where({ id }).update(payload)
  await change(agent.id, { extension: '1003' })
  t.match((await send('GET', `/accounts/${agent.id}`)).json(), { state: 'number_changed' })
  await change(bare.id, { extension: '1001' })
  t.equal((await send('POST', '/accounts', { userId: bare.id })).statusCode, 201)
  t.equal((await send('GET', `/accounts/${agent.id}`)).statusCode, 404)
  t.equal((await send('DELETE', `/accounts/${bare.id}`)).statusCode, 204)
})

t.test('every change of what the views show is announced, and nothing else', async t => {
  const { app, db, send } = await server(t)
  const siteId = await makeSite(app)
  const user = await makeUser(app, { siteId, extension: '1001' })
  await send('POST', '/accounts', { userId: user.id })
  const change = async (): Promise<number> =>
    Number((await db('extensions.announcements').where({ number: '1001' }).first('change')).change)
  const announces = async (work: () => PromiseLike<unknown>): Promise<boolean> => {
    const before = await change()
    await work()
    return (await change()) > before
  }
  const set = (payload: object) => () => db('core.users').where({ id: user.id }).update(payload)
  t.ok(await announces(set({ display_name: 'New name' })))
  t.ok(await announces(set({ language: 'en' })))
  t.ok(await announces(set({ active: false })))
  t.ok(await announces(set({ active: true })))
  t.ok(await announces(set({ number_classes: ['fixed', 'mobile'] })))
  const [endpoint] = await db('extensions.ps_endpoints').where({ id: '1001' })
  t.equal(endpoint.set_var, `EVS_SITE=${siteId};EVS_AGENT=${user.id};EVS_POLICY=fixed:mobile`)
  t.equal(endpoint.tone_zone, 'fr')
  t.ok(await announces(() => db('core.sites').where({ id: siteId }).update({ country: 'BE' })))
  t.notOk(await announces(set({ email: 'a@b.example' })))
  t.notOk(await announces(set({ active: true })), 'a change to what it was is none')
})

t.test('the file is the same content for an Asterisk without the database', async t => {
  const { app, send, url } = await server(t)
  const user = await makeUser(app, { extension: '1001', displayName: 'Zoé' })
  await send('POST', '/accounts', { userId: user.id })
  const before = process.env.DATABASE_URL
  process.env.DATABASE_URL = url
  t.teardown(() => {
    if (before === undefined) delete process.env.DATABASE_URL
    else process.env.DATABASE_URL = before
  })
  const path = `${t.testdir({})}/pjsip_agents.conf`
  const run = () =>
    runCommand([coreDomain(), ami(), extensions()], ['extensions-file', path], { out() {}, err() {} })
  t.equal(await run(), 3, 'it was written, so Asterisk has to reload')
  t.equal(await run(), 0, 'nothing changed')
})

t.test('on the PBX the device that is picked rings', async t => {
  const { app, send, pbx } = await server(t)
  const agent = await loginAs(app, 'agent', { extension: '1001' })
  await send('POST', '/accounts', { userId: agent.userId })
  const mine = await send('GET', '/devices', undefined, agent)
  t.match(mine.json(), { items: [{ userAgent: 'pbx-simulator', status: 'reachable', rings: true }] })
  pbx.phone('1001').unregister()
  t.same((await send('GET', '/devices', undefined, agent)).json(), { items: [] })
  const opened = await app.inject({
    method: 'PUT',
    url: '/api/agent/session',
    headers: agent.headers,
    payload: { station: 'extension' }
  })
  t.match(opened.json(), {
    code: 'CORE_STATION_REFUSED',
    detail: /No phone is registered under extension 1001: start it/
  })
})

t.test('the last registered rings by default, a picked one while it can be reached', t => {
  const one = { id: 'a', userAgent: 'Desk', status: 'reachable' } as const
  const two = { id: 'b', userAgent: 'Mobile', status: 'unknown' } as const
  t.equal(pickDevice([], null), null)
  t.equal(pickDevice([two, one], null), two)
  t.equal(pickDevice([two, one], { contactId: 'a', userAgent: 'Desk' }), one)
  t.equal(pickDevice([two, { ...one, status: 'unreachable' }], { contactId: 'a', userAgent: 'Desk' }), two)
  t.equal(pickDevice([{ ...two, status: 'unreachable' }], null), null)
  const moved = { ...one, id: 'c' }
  t.equal(pickDevice([two, moved], { contactId: 'a', userAgent: 'Desk' }), moved)
  t.equal(
    pickDevice([two, moved, { ...moved, id: 'd' }], { contactId: 'a', userAgent: 'Desk' }),
    two,
    'two alike: not known which'
  )
  t.not(newSecret(), newSecret())
  t.end()
})

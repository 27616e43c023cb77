import { buildTestApp, fakeClock, loginAs, makeSite, makeUser, testPassword } from '@evscallpro/testing'
import type { InjectOptions } from 'fastify'
import t from 'tap'

const crm = 'https://crm.example.com'
const minute = 60_000

/** A server whose administrator approved the origin of a CRM and gave its back end a key. */
async function embedding(t: Parameters<typeof buildTestApp>[0]) {
  const clock = fakeClock()
  const { app, db } = await buildTestApp(t, { clock })
  const admin = await loginAs(app, 'admin')
  const send = (method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, rest: InjectOptions = {}) =>
    app.inject({ method, url: `/api${url}`, ...rest })
  const asAdmin = (method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, payload?: object) =>
    send(method, url, { headers: admin.headers, ...(payload && { payload }) })
  await asAdmin('POST', '/origins', { origin: crm })
  const created = await asAdmin('POST', '/auth/api-keys', {
    name: 'crm',
    permissions: ['embed-tokens:write']
  })
  const { key, id: keyId } = created.json<{ key: string; id: number }>()
  const askToken = (payload: object) =>
    send('POST', '/embed-tokens', { headers: { authorization: `Bearer ${key}` }, payload })
  const whoAmI = (token: string, origin?: string) =>
    send('GET', '/auth/me', {
      headers: { authorization: `Bearer ${token}`, ...(origin !== undefined && { origin }) }
    })
  return { app, db, clock, admin, asAdmin, send, askToken, whoAmI, keyId }
}

const tokenOf = (response: { json(): unknown }): string => (response.json() as { token: string }).token

t.test(
  'a CRM asks for a token for its agent; it works from the origin it was made for, ten minutes long',
  async t => {
    const { app, db, clock, askToken, whoAmI } = await embedding(t)
    const agent = await makeUser(app, { login: 'alice' })
    const answer = await askToken({ login: 'Alice', origin: crm })
    t.equal(answer.statusCode, 201)
    const token = tokenOf(answer)
    t.match(token, /^evt_[\w-]{43}$/)
    t.notMatch(JSON.stringify(await db('core.embed_tokens')), token, 'the token is not stored')
    t.match((await whoAmI(token, crm)).json(), { kind: 'user', id: agent.id, role: 'agent' })
    t.equal((await whoAmI(token, 'https://elsewhere.example')).statusCode, 401, 'another origin')
    t.equal((await whoAmI(token)).statusCode, 401, 'no origin, and not our own page')
    await clock.advance(10 * minute)
    t.equal((await whoAmI(token, crm)).statusCode, 401, 'its time is over')
  }
)

t.test('a token never gives more than its user holds, and ends with everything it hangs on', async t => {
  const { app, asAdmin, askToken, whoAmI, keyId, send } = await embedding(t)
  const site = await makeSite(app)
  const boss = await makeUser(app, { role: 'admin' })
  const supervisor = await makeUser(app, { role: 'supervisor', siteId: site })
  const agent = await makeUser(app)
  const asSupervisor = tokenOf(await askToken({ userId: boss.id, as: 'supervisor', origin: crm }))
  const { role, permissions } = (await whoAmI(asSupervisor, crm)).json()
  t.equal(role, 'supervisor', 'an administrator on a page of a CRM is a supervisor there')
  t.notOk(permissions.includes('users:write'))
  t.equal((await askToken({ userId: agent.id, as: 'supervisor', origin: crm })).statusCode, 422)
  t.equal((await askToken({ origin: crm })).statusCode, 422, 'it says whose it is')
  t.equal((await askToken({ userId: agent.id, origin: `${crm}/contacts` })).statusCode, 422)
  t.match((await askToken({ userId: agent.id, origin: 'https://other.example' })).json(), {
    status: 403,
    code: 'CORE_ORIGIN_NOT_APPROVED'
  })
  const headers = { authorization: `Bearer ${asSupervisor}`, origin: crm }
  const again = await send('POST', '/auth/embed-token', { headers, payload: {} })
  t.match(again.json(), { code: 'CORE_NO_SESSION' }, 'a token is not exchanged for another')

  const ended = async (why: string, token: string) => t.equal((await whoAmI(token, crm)).statusCode, 401, why)
  const { id, token: revoked } = (await askToken({ userId: agent.id, origin: crm })).json()
  t.equal((await asAdmin('DELETE', `/embed-tokens/${id}`)).statusCode, 204)
  t.equal((await asAdmin('DELETE', `/embed-tokens/${id}`)).statusCode, 404)
  await ended('revoked', revoked)
  const orphan = tokenOf(await askToken({ userId: agent.id, origin: crm }))
  await asAdmin('DELETE', `/users/${agent.id}`)
  await ended('its user is deactivated', orphan)
  const keyless = tokenOf(await askToken({ userId: supervisor.id, as: 'supervisor', origin: crm }))
  await asAdmin('DELETE', `/auth/api-keys/${keyId}`)
  await ended('its key is revoked', keyless)
})

t.test('a page of the server exchanges its session, which scripts cannot read', async t => {
  const { app, send, whoAmI } = await embedding(t)
  const user = await makeUser(app, { login: 'bob', role: 'supervisor' })
  const login = await send('POST', '/auth/login', {
    payload: { login: 'bob', password: testPassword, cookie: true }
  })
  t.match(login.json(), { token: null })
  const set = String(login.headers['set-cookie'])
  t.match(set, /^evs_session=[\w-]{43}; Expires=.*; Path=\/api\/auth; HttpOnly; SameSite=Strict$/)
  const cookie = set.slice(0, set.indexOf(';'))
  const own = 'http://localhost'
  const exchange = (origin: string) =>
    send('POST', '/auth/embed-token', { headers: { cookie, origin }, payload: {} })
  t.equal((await exchange(crm)).statusCode, 401, 'not from another origin, approved or not')
  const token = tokenOf(await exchange(own))
  t.match((await whoAmI(token, own)).json(), { id: user.id, role: 'supervisor' })
  t.match((await whoAmI(token)).statusCode, 200, 'a GET of our own page carries no Origin')
  t.equal(
    (await send('GET', '/auth/me', { headers: { cookie } })).statusCode,
    401,
    'the cookie opens no other door'
  )
  const out = await send('DELETE', '/auth/session', { headers: { cookie } })
  t.match(out.headers['set-cookie'], /^evs_session=; Max-Age=0/)
  t.equal((await whoAmI(token, own)).statusCode, 401, 'the token ended with the session')
})

t.test('only pages of approved origins may read answers', async t => {
  const { app, asAdmin, askToken, whoAmI } = await embedding(t)
  const agent = await makeUser(app)
  const preflight = (origin: string) =>
    app.inject({
      method: 'OPTIONS',
      url: '/api/agent/state',
      headers: {
        origin,
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'authorization'
      }
    })
  const approved = await preflight(crm)
  t.equal(approved.headers['access-control-allow-origin'], crm)
  t.match(approved.headers['access-control-allow-headers'], /authorization/)
  t.notOk(approved.headers['access-control-allow-credentials'])
  const stranger = await preflight('https://elsewhere.example')
  t.notOk(stranger.headers['access-control-allow-origin'])
  t.match((await asAdmin('POST', '/origins', { origin: 'crm.example.com' })).json(), {
    code: 'CORE_ORIGIN_INVALID'
  })
  const token = tokenOf(await askToken({ userId: agent.id, origin: crm }))
  const { items } = (await asAdmin('GET', '/origins')).json<{ items: { id: number; origin: string }[] }>()
  t.match(items, [{ origin: crm }])
  t.equal((await asAdmin('DELETE', `/origins/${items[0]!.id}`)).statusCode, 204)
  t.notOk((await preflight(crm)).headers['access-control-allow-origin'], 'withdrawn')
  t.equal((await whoAmI(token, crm)).statusCode, 401, 'and its tokens with it')
})

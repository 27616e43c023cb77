import { buildTestApp, fakeClock, loginAs, makeSite, makeUser, testPassword } from '@evscallpro/testing'
import t from 'tap'
import { verifyPassword } from '../src/domain/user/password.ts'
import { createApp, hashPassword } from '../src/index.ts'
import { asAdmin, login, me } from './fixtures/user-requests.ts'

const hour = 3_600_000

/** Real password hashing takes its time, the more on a busy machine. */
t.setTimeout(120_000)

t.test('a user signs in whatever the case of his login, is recognised, and signs out', async t => {
  const { app, db } = await buildTestApp(t)
  const site = await makeSite(app)
  const user = await makeUser(app, {
    login: 'Amina',
    displayName: 'Amina K.',
    siteId: site,
    role: 'supervisor'
  })
  const response = await login(app, 'aMINA', testPassword)
  t.equal(response.statusCode, 200)
  const { token } = response.json()
  t.match(token, /^[\w-]{43}$/)
  t.match((await me(app, token)).json(), {
    kind: 'user',
    id: user.id,
    role: 'supervisor',
    siteId: site,
    login: 'Amina',
    displayName: 'Amina K.',
    language: 'fr',
    permissions: ['agent:work']
  })
  const [session] = await db('core.user_sessions')
  t.notMatch(JSON.stringify(session), token, 'the token is not stored')
  const headers = { authorization: `Bearer ${token}` }
  t.equal((await app.inject({ method: 'DELETE', url: '/api/auth/session', headers })).statusCode, 204)
  t.equal((await me(app, token)).statusCode, 401)
})

t.test('a session ends after 12 hours of rest, and after 7 days in any case', async t => {
  const clock = fakeClock()
  const { app } = await buildTestApp(t, { clock })
  const idle = await loginAs(app, 'agent')
  await clock.advance(12 * hour - 1)
  t.equal((await me(app, idle.token)).statusCode, 200)
  await clock.advance(12 * hour - 1)
  t.equal((await me(app, idle.token)).statusCode, 200, 'each request prolongs it')
  await clock.advance(12 * hour)
  t.equal((await me(app, idle.token)).statusCode, 401)

  const busy = await loginAs(app, 'agent')
  for (let hours = 0; hours < 7 * 24 - 6; hours += 6) {
    await clock.advance(6 * hour)
    t.equal((await me(app, busy.token)).statusCode, 200)
  }
  await clock.advance(6 * hour)
  t.equal((await me(app, busy.token)).statusCode, 401)
})

t.test('five wrong passwords lock a login in every process, for 15 minutes', async t => {
  const clock = fakeClock()
  const { app, url } = await buildTestApp(t, { clock })
  const other = await createApp({ databaseUrl: url, plugins: [], logger: false, clock })
  t.teardown(() => other.close())
  await makeUser(app, { login: 'amina' })
  await makeUser(app, { login: 'bakary' })

  const unknown = await login(app, 'nobody', testPassword)
  const wrong = await login(app, 'amina', 'wrong')
  t.equal(wrong.statusCode, 401)
  t.match(wrong.json(), { code: 'CORE_LOGIN_REFUSED', detail: 'Login or password is wrong.' })
  t.strictSame(
    { ...unknown.json(), instance: '' },
    { ...wrong.json(), instance: '' },
    'tells nothing about logins'
  )

  t.equal((await login(other, 'AMINA', testPassword)).statusCode, 200, 'success clears')
  const guesses = await Promise.all(
    Array.from({ length: 8 }, (_, i) => login(i % 2 ? app : other, 'amina', `guess ${i}`))
  )
  t.strictSame(
    guesses.map(({ statusCode }) => statusCode).sort(),
    [401, 401, 401, 401, 401, 429, 429, 429],
    'not one guess more, though sent at once to two processes'
  )
  const locked = await login(app, 'amina', testPassword)
  t.match(locked, { statusCode: 429, headers: { 'retry-after': '900' } }, 'the right password does not help')
  t.match(locked.json(), {
    code: 'CORE_TOO_MANY_FAILURES',
    detail: 'Too many failed attempts. Try again in 15 minutes.'
  })
  t.equal(
    (await login(app, 'bakary', testPassword)).statusCode,
    200,
    'a colleague at the same address works on'
  )
  await clock.advance(15 * 60_000)
  t.equal((await login(app, 'amina', testPassword)).statusCode, 200)

  await app.kernel
    .db('core.login_failures')
    .insert(Array.from({ length: 50 }, () => ({ subject: 'address:10.0.0.9', failed_at: clock.now() })))
  t.equal(
    (await login(app, 'bakary', testPassword, '10.0.0.9')).statusCode,
    429,
    'an address that tries many logins'
  )
  t.equal((await login(app, 'bakary', testPassword, '10.0.0.8')).statusCode, 200)
})

t.test('passwords are kept as salted scrypt hashes that carry their cost', async t => {
  const { app, db } = await buildTestApp(t)
  const hash = await hashPassword('correct horse battery')
  t.match(hash, /^\$scrypt\$ln=15,r=8,p=3\$[\w-]{22}\$[\w-]{43}$/)
  t.not(await hashPassword('correct horse battery', { ln: 2, r: 1, p: 1 }), hash)
  t.equal(await verifyPassword('correct horse battery', hash), true)
  t.equal(await verifyPassword('correct horse batterY', hash), false)
  t.equal(
    await verifyPassword('Ame\u0301lie 12345', await hashPassword('Am\u00e9lie 12345')),
    true,
    'other keyboard'
  )
  t.equal(await verifyPassword('x', 'no hash at all'), false)

  const { headers, userId } = await loginAs(app, 'agent', { login: 'amina' })
  const elsewhere = (await login(app, 'amina', testPassword)).json().token
  const change = (payload: object) =>
    app.inject({ method: 'PUT', url: '/api/auth/password', headers, payload })
  t.match((await change({ current: testPassword, next: 'short' })).json(), {
    status: 400,
    errors: [{ pointer: '/next', detail: /10 characters/ }]
  })
  t.match((await change({ current: 'wrong', next: 'another good one' })).json(), {
    code: 'CORE_LOGIN_REFUSED'
  })
  t.equal((await change({ current: testPassword, next: 'another good one' })).statusCode, 204)
  t.equal((await me(app, elsewhere)).statusCode, 401, 'other sessions end')
  t.equal((await app.inject({ url: '/api/auth/me', headers })).statusCode, 200, 'this one goes on')
  t.equal((await login(app, 'amina', 'another good one')).statusCode, 200)
  const { password_hash } = await db('core.users').where({ id: userId }).first('password_hash')
  t.match(password_hash, /^\$scrypt\$ln=15/)
})

t.test('an API key is shown once, does what it was made for, and can be revoked', async t => {
  const { app, db } = await buildTestApp(t)
  const { send } = await asAdmin(app)
  const create = (payload: object) => send('POST', '/auth/api-keys', { payload })
  const created = (await create({ name: 'crm', permissions: ['users:read'] })).json()
  t.match(created, {
    id: Number,
    name: 'crm',
    permissions: ['users:read'],
    key: /^evs_[\w-]{43}$/,
    revokedAt: null
  })
  const list = await send('GET', '/auth/api-keys')
  t.match(list.json(), { items: [{ name: 'crm' }], next: null })
  t.notMatch(list.body, created.key)
  t.notMatch(JSON.stringify(await db('core.api_keys')), created.key)

  const headers = { authorization: `Bearer ${created.key}` }
  const asKey = (method: 'GET' | 'POST' | 'PUT', url: string, payload?: object) =>
    app.inject({ method, url: `/api${url}`, headers, ...(payload && { payload }) })
  t.equal((await asKey('GET', '/users')).statusCode, 200)
  t.equal((await asKey('GET', '/sites')).statusCode, 403)
  t.match((await asKey('GET', '/auth/me')).json(), {
    kind: 'api-key',
    role: null,
    permissions: ['users:read']
  })
  t.match((await asKey('PUT', '/auth/password', { current: 'x', next: '0123456789' })).json(), {
    code: 'CORE_USER_ONLY'
  })
  t.match((await create({ name: 'crm', permissions: ['users:read'] })).json(), {
    status: 409,
    errors: [{ pointer: '/name' }]
  })
  t.match((await create({ name: 'x', permissions: ['users:raed'] })).json(), {
    status: 422,
    detail: /'users:raed', which no plugin declares/,
    errors: [{ pointer: '/permissions' }]
  })

  const keeper = (await create({ name: 'keeper', permissions: ['api-keys:write', 'users:write'] })).json()
  const asKeeper = { authorization: `Bearer ${keeper.key}` }
  const more = await app.inject({
    method: 'POST',
    url: '/api/auth/api-keys',
    headers: asKeeper,
    payload: { name: 'y', permissions: ['users:write'] }
  })
  t.match(more.json(), { code: 'CORE_USER_ONLY' }, 'a key makes no keys')
  const climber = { login: 'climber', displayName: 'C', role: 'admin', password: '0123456789' }
  const climb = await app.inject({ method: 'POST', url: '/api/users', headers: asKeeper, payload: climber })
  t.match(climb.json(), { status: 403, code: 'CORE_ADMIN_ONLY' })

  t.equal((await send('DELETE', `/auth/api-keys/${created.id}`)).statusCode, 204)
  t.equal((await asKey('GET', '/users')).statusCode, 401)
  t.equal((await send('DELETE', `/auth/api-keys/${created.id}`)).statusCode, 404)
})

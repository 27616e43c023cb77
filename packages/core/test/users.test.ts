import { buildTestApp, loginAs, makeSite, makeUser, testPassword } from '@evscallpro/testing'
import t from 'tap'
import { connectDatabase, createApp, userDeactivated } from '../src/index.ts'
import { asAdmin, login, me } from './fixtures/user-requests.ts'

/** Real password hashing takes its time, the more on a busy machine. */
t.setTimeout(120_000)

t.test('sites are kept with checked zones, countries, numbers and trunk names', async t => {
  const { app } = await buildTestApp(t)
  const { send } = await asAdmin(app)
  const site = { name: 'Tachkent', timeZone: 'Asia/Tashkent', country: 'UZ' }
  const created = await send('POST', '/sites', {
    payload: { ...site, callerId: '90 123 45 67', trunks: ['op-1', 'gsm_2'] }
  })
  t.match(created, { statusCode: 201, headers: { etag: '"1"' } })
  t.match(created.json(), { ...site, callerId: '+998901234567', trunks: ['op-1', 'gsm_2'], revision: 1 })
  const { id } = created.json()

  for (const [change, status, pointer] of [
    [{ timeZone: 'Mars/Olympus' }, 422, '/timeZone'],
    [{ country: 'ZZ' }, 422, '/country'],
    [{ callerId: '12' }, 422, '/callerId'],
    [{ trunks: ['a b'] }, 400, '/trunks/0'],
    [{ trunks: ['x,Wait(1)'] }, 400, '/trunks/0'],
    [{ revision: 7 }, 400, '/revision'],
    [{}, 400, '']
  ] as const) {
    const refused = await send('PATCH', `/sites/${id}`, { payload: change })
    t.match(refused.json(), { status, errors: [{ in: 'body', pointer }] }, JSON.stringify(change))
  }
  t.match((await send('POST', '/sites', { payload: site })).json(), {
    status: 409,
    errors: [{ pointer: '/name' }]
  })

  const changed = await send('PATCH', `/sites/${id}`, {
    payload: { callerId: null },
    headers: { 'if-match': '"1"' }
  })
  t.match(changed, { statusCode: 200, headers: { etag: '"2"' } })
  const late = await send('PATCH', `/sites/${id}`, {
    payload: { trunks: [] },
    headers: { 'if-match': '"1"' }
  })
  t.match(late.json(), { status: 412, code: 'CORE_REVISION_MISMATCH', detail: /at revision 2, you sent 1/ })
  t.equal(
    (await send('PATCH', `/sites/${id}`, { payload: { trunks: [] }, headers: { 'if-match': 'x' } }))
      .statusCode,
    400
  )
  t.match((await send('GET', `/sites/${id}`)).json(), {
    callerId: null,
    trunks: ['op-1', 'gsm_2'],
    revision: 2
  })

  await makeUser(app, { siteId: id })
  t.match((await send('DELETE', `/sites/${id}`)).json(), { status: 409, code: 'CORE_SITE_IN_USE' })
  const empty = await makeSite(app)
  t.equal((await send('DELETE', `/sites/${empty}`)).statusCode, 204)
  for (const method of ['GET', 'DELETE'] as const) {
    t.equal((await send(method, `/sites/${empty}`)).statusCode, 404)
  }
  t.equal((await send('PATCH', `/sites/${empty}`, { payload: { trunks: [] } })).statusCode, 404)
  t.match((await send('GET', '/sites')).json(), { items: [{ id }], next: null })
})

t.test('users are listed by page, and no answer contains a hash', async t => {
  const { app } = await buildTestApp(t)
  const { send, userId } = await asAdmin(app)
  const made: number[] = [userId]
  for (let i = 0; i < 4; i++) made.push((await makeUser(app, { active: i !== 3 })).id)
  const seen: number[] = []
  let after = ''
  for (let page = 0; page < 3; page++) {
    const response = await send('GET', `/users?limit=2${after}`)
    t.notMatch(response.body, /hash|scrypt/)
    const { items, next } = response.json()
    seen.push(...items.map((user: { id: number }) => user.id))
    after = `&after=${next}`
    t.equal(next === null, page === 2)
  }
  t.strictSame(seen, made)
  t.equal((await send('GET', '/users?active=false')).json().items.length, 1)
  t.equal((await send('GET', '/users?role=admin')).json().items.length, 1)
  t.match((await send('GET', '/users?limit=0')).json(), {
    status: 400,
    errors: [{ in: 'querystring', pointer: '/limit' }]
  })
  t.match((await send('GET', `/users/${made[1]}`)).json(), { id: made[1], role: 'agent', revision: 1 })
  t.equal((await send('GET', '/users/999')).statusCode, 404)
})

t.test('a user is created and changed by rule: numbers in E.164, unique fields, newest revision', async t => {
  const { app } = await buildTestApp(t)
  const { send } = await asAdmin(app)
  const uz = await makeSite(app, { country: 'UZ' })
  const person = { login: 'amina', displayName: 'Amina', role: 'agent', password: '0123456789' }
  const create = (fields: object) => send('POST', '/users', { payload: { ...person, ...fields } })
  const created = await create({
    siteId: uz,
    mobileNumber: '90 123 45 67',
    extension: '1001',
    email: 'a@example.org'
  })
  t.match(created, { statusCode: 201, headers: { etag: '"1"' } })
  t.match(created.json(), {
    mobileNumber: '+998901234567',
    mobileAllowed: false,
    active: true,
    language: 'fr'
  })
  const { id } = created.json()

  for (const [fields, status, pointer] of [
    [{ login: 'AMINA' }, 409, '/login'],
    [{ login: 'b', extension: '1001' }, 400, '/login'],
    [{ login: 'bob', extension: '1001' }, 409, '/extension'],
    [{ login: 'bob', siteId: 999 }, 422, '/siteId'],
    [{ login: 'bob', mobileNumber: '0612345678' }, 422, '/mobileNumber'],
    [{ login: 'bob', siteId: uz, mobileNumber: '1' }, 422, '/mobileNumber'],
    [{ login: 'bob', password: 'short' }, 400, '/password'],
    [{ login: 'bob', role: 'boss' }, 400, '/role'],
    [{ login: 'bob', email: 'nowhere' }, 400, '/email'],
    [{ login: 'bob', passwordHash: 'x' }, 400, '/passwordHash']
  ] as const) {
    const refused = await create(fields)
    t.match(refused.json(), { status, errors: [{ in: 'body', pointer }] }, JSON.stringify(fields))
    t.notMatch(refused.body, '612345678', 'numbers are not repeated')
  }

  const patch = (payload: object, headers = {}) => send('PATCH', `/users/${id}`, { payload, headers })
  t.match(
    (await patch({ mobileNumber: '+33 6 12 34 56 78', mobileAllowed: true }, { 'if-match': '"1"' })).json(),
    {
      mobileNumber: '+33612345678',
      mobileAllowed: true,
      extension: '1001',
      revision: 2
    }
  )
  t.match((await patch({ language: 'en' }, { 'if-match': '"1"' })).json(), { code: 'CORE_REVISION_MISMATCH' })
  t.match((await patch({ login: 'ROOT' })).json(), { status: 409, errors: [{ pointer: '/login' }] })
  t.match((await patch({ mobileNumber: null, siteId: null })).json(), { mobileNumber: null, siteId: null })
  t.equal((await send('PATCH', '/users/999', { payload: { language: 'en' } })).statusCode, 404)
})

t.test('deactivation ends sessions at once and is told; a new password ends them too', async t => {
  const { app } = await buildTestApp(t)
  const { send } = await asAdmin(app)
  const told = new Promise<number>(resolve => {
    app.kernel.events.on(userDeactivated, ({ userId }) => resolve(userId))
  })
  const gone = await loginAs(app, 'agent', { login: 'gone' })
  t.equal((await send('DELETE', `/users/${gone.userId}`)).statusCode, 204)
  t.equal(await told, gone.userId)
  t.equal((await me(app, gone.token)).statusCode, 401)
  t.equal((await login(app, 'gone', testPassword)).statusCode, 401)
  t.match((await send('GET', `/users/${gone.userId}`)).json(), { active: false })
  await send('PATCH', `/users/${gone.userId}`, { payload: { active: true } })
  t.equal((await login(app, 'gone', testPassword)).statusCode, 200)

  const reset = await loginAs(app, 'agent', { login: 'reset' })
  t.equal(
    (await send('PATCH', `/users/${reset.userId}`, { payload: { password: 'a brand new one' } })).statusCode,
    200
  )
  t.equal((await me(app, reset.token)).statusCode, 401)
  t.equal((await login(app, 'reset', 'a brand new one')).statusCode, 200)
})

t.test('there is always an active administrator, even when two remove each other at once', async t => {
  const { app, url, db } = await buildTestApp(t)
  const { send, userId } = await asAdmin(app)
  t.match((await send('DELETE', `/users/${userId}`)).json(), { status: 409, code: 'CORE_LAST_ADMIN' })
  const demotion = { payload: { role: 'agent' } }
  t.match((await send('PATCH', `/users/${userId}`, demotion)).json(), { code: 'CORE_LAST_ADMIN' })
  t.equal((await send('PATCH', `/users/${userId}`, { payload: { role: 'admin' } })).statusCode, 200)

  const pool = connectDatabase(url)
  t.teardown(() => pool.destroy())
  const other = await createApp({ db: pool, plugins: [], logger: false })
  t.teardown(() => other.close())
  for (let round = 0; round < 5; round++) {
    await db('core.users').update({ active: false })
    const one = await loginAs(app, 'admin')
    const two = await loginAs(app, 'admin')
    const answers = await Promise.all([
      app.inject({ method: 'PATCH', url: `/api/users/${two.userId}`, headers: one.headers, ...demotion }),
      other.inject({ method: 'DELETE', url: `/api/users/${one.userId}`, headers: two.headers })
    ])
    t.equal(answers.filter(({ statusCode }) => statusCode < 300).length, 1, 'one of the two is refused')
    t.equal((await db('core.users').where({ role: 'admin', active: true })).length, 1)
  }
})

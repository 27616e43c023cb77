import { buildTestApp, fakeClock, loginAs, makeSite, makeUser, testPassword } from '@evscallpro/testing'
import type { InjectOptions } from 'fastify'
import t from 'tap'
import { readConfig } from '../../../examples/reference-app/src/config.ts'
import { plugins } from '../../../examples/reference-app/src/server.ts'
import { countInStats } from '../src/domain/call/call-stats.ts'
import { insertCalls } from '../src/domain/call/insert-calls.ts'
import { recordOf } from './working-day.ts'

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

interface Operation {
  readonly operationId: string
  readonly parameters?: readonly { readonly name: string; readonly in: string }[]
  readonly requestBody?: unknown
}

t.test('who sees certain campaigns or a site reads and changes nothing else, by any route', async t => {
  const config = readConfig({}, t.testdir())
  const pbx = { pbx: 'none', host: '127.0.0.1', port: 1, username: 'none', secret: 'none', tls: false }
  const { app, db } = await buildTestApp(t, { plugins: plugins(config, { ...pbx, mode: 'trial' }) })
  const admin = await loginAs(app, 'admin')
  const send = (headers: Record<string, string>) => async (method: string, url: string, payload?: object) => {
    const answer = await app.inject({
      method: method as 'GET',
      url,
      headers,
      ...(payload && { payload })
    } as InjectOptions)
    return { status: answer.statusCode, body: answer.body === '' ? null : answer.json() }
  }
  const asAdmin = send({ ...admin.headers })
  const site = await makeSite(app)
  const agent = await makeUser(app, { siteId: site, extension: '1001' })
  const supervisor = await makeUser(app, { role: 'supervisor' })
  const set = await asAdmin('POST', '/api/disposition-sets', { name: 'Standard' })
  const sale = await asAdmin('POST', `/api/disposition-sets/${set.body.id}/dispositions`, {
    ...{ code: 'sale', labelFr: 'Vente', labelEn: 'Sale', positive: true }
  })
  const dispositionId = sale.body.id
  const campaign = async (name: string) => {
    const made = await asAdmin('POST', '/api/campaigns', {
      ...{ name, dialMode: 'preview', country: 'FR', timeZone: 'Europe/Paris', dispositionSetId: set.body.id }
    })
    const { id } = made.body
    await asAdmin('PUT', `/api/campaigns/${id}/agents`, { agentIds: [agent.id, supervisor.id] })
    await asAdmin('POST', `/api/campaigns/${id}/contacts`, {
      contacts: [{ phones: ['+33199001001'] }, { phones: ['+33199001002'] }]
    })
    const { body } = await asAdmin('GET', `/api/campaigns/${id}/contacts`)
    const [called, promised] = body.items as { id: number }[]
    const rule = await asAdmin('POST', `/api/quotas/campaigns/${id}/rules`, {
      ...{ field: 'city', operator: 'equals', value: name, limit: 1 }
    })
    const now = new Date()
    const [handout] = await db('core.handouts')
      .insert({
        ...{ campaign_id: id, contact_id: called!.id, agent_id: agent.id, cause: 'list', granted_at: now },
        ...{ expires_at: now, ended_at: now, end_reason: 'qualified', disposition_id: dispositionId }
      })
      .returning<{ id: number }[]>('id')
    await db('core.callbacks').insert({
      ...{ campaign_id: id, contact_id: promised!.id, due_at: now, created_at: now }
    })
    const callId = app.kernel.newId()
    await db.transaction(async trx => {
      const inserted = await insertCalls(trx, [
        {
          callId,
          business: {
            ...{ campaignId: id, contactId: called!.id, handoutId: handout!.id, agentId: agent.id },
            ...{ siteId: site, number: '+33199001001', callerId: null, station: 'extension', pbx: 'main' },
            ...{ recordingFile: null, startedAt: now }
          },
          record: recordOf(callId)
        }
      ])
      await countInStats(trx, { added: [...inserted.values()], removed: [] })
    })
    return { id, contactId: called!.id, ruleId: rule.body.id, handoutId: handout!.id, callId }
  }
  const own = await campaign('Nantes')
  const foreign = await campaign('Brest')

  await asAdmin('POST', '/api/origins', { origin: crm })
  const key = await asAdmin('POST', '/api/auth/api-keys', {
    name: 'crm',
    permissions: ['embed-tokens:write']
  })
  const issued = await send({ authorization: `Bearer ${key.body.key}` })('POST', '/api/embed-tokens', {
    ...{ userId: supervisor.id, as: 'supervisor', origin: crm, campaignIds: [own.id] }
  })
  const asPage = send({ authorization: `Bearer ${issued.body.token}`, origin: crm })

  const contacts = { contacts: [{ phones: ['+33199001003'] }] }
  const quota = { field: 'city', operator: 'equals', value: 'Lorient', limit: 1 }
  /** A body for each route that takes one. */
  const bodies: Readonly<Record<string, (campaignId: number) => object>> = {
    'core.openAgentSession': campaignId => ({ campaignIds: [campaignId] }),
    'core.requestNextContact': campaignId => ({ campaignId }),
    'core.createCallExport': campaignId => ({ filter: { campaignId } }),
    'core.updateCampaign': () => ({ priority: 7 }),
    'core.setCampaignAgents': () => ({ agentIds: [agent.id, supervisor.id] }),
    'core.addContacts': () => contacts,
    'core.updateContact': () => ({ city: 'Nantes' }),
    'core.shuffleContacts': () => ({ seed: 1 }),
    'quotas.createQuotaRule': () => quota,
    'quotas.importQuotaRules': () => ({ rules: [quota] }),
    'trunks.decideRoute': campaignId => ({ siteId: site, number: '+33199001001', campaignId })
  }
  const refusesCampaign = ({ status, body }: Awaited<ReturnType<typeof asPage>>): boolean =>
    (status === 404 && /_CAMPAIGN_(NOT_FOUND|UNKNOWN)$/.test(body.code)) ||
    (status === 422 && body.errors[0]?.pointer === '/campaignId')
  const others = new Set(['core.createEmbedToken', 'core.listOwnCallHistory']) // a back end's own, one's own calls
  const document = app.swagger() as unknown as { paths: Record<string, Record<string, Operation>> }
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      path,
      method: method.toUpperCase(),
      ...operation
    }))
  )
  const ofCampaigns = operations.filter(
    ({ path, operationId, parameters, requestBody }) =>
      !others.has(operationId) &&
      (path.includes('campaigns/{id}') || JSON.stringify([parameters, requestBody]).includes('"campaignId'))
  )
  t.ok(ofCampaigns.length > 15)
  for (const { path, method, operationId, parameters = [], requestBody } of ofCampaigns) {
    const ask = (sender: typeof asPage, { id, contactId }: typeof own) => {
      const url = path.replace('{id}', String(id)).replace('{contactId}', String(contactId))
      const asked = parameters.some(({ name }) => name === 'campaignId') ? `${url}?campaignId=${id}` : url
      return sender(method, asked, requestBody ? bodies[operationId]?.(id) : undefined)
    }
    const refused = await ask(asPage, foreign)
    const mine = await ask(asPage, own)
    t.notOk(refusesCampaign(mine), `${operationId} of his own campaign`)
    if (operationId === 'core.createCallExport') {
      t.equal(refused.body.rowsTotal, 0, `${operationId} of another campaign has no rows`)
    } else if (refused.status === 200) {
      t.same(refused.body.items, [], `${operationId} of another campaign shows nothing`)
      t.not(mine.body.items.length, 0)
    } else {
      t.ok(refusesCampaign(refused), `${operationId} of another campaign`)
    }
  }
  const correction = { dispositionId }
  const notFound = async (sender: typeof asPage, { ruleId, handoutId, callId }: typeof own) => [
    (await sender('PATCH', `/api/quotas/rules/${ruleId}`, { limit: 2 })).status,
    (await sender('DELETE', `/api/quotas/rules/${ruleId}`)).status,
    (await sender('PUT', `/api/handouts/${handoutId}/correction`, correction)).status,
    (await sender('GET', `/api/calls/${callId}`)).status
  ]
  t.same(await notFound(asPage, foreign), [404, 404, 404, 404])
  for (const url of [
    '/api/campaigns',
    '/api/callbacks',
    '/api/call-stats?groupBy=campaign',
    '/api/call-history'
  ]) {
    const { items } = (await asPage('GET', url)).body as { items: { id?: number; campaignId?: number }[] }
    const campaigns = items.map(({ id, campaignId }) => campaignId ?? id)
    t.same(new Set(campaigns), new Set([own.id]), url)
  }

  const promised = (await asAdmin('GET', '/api/callbacks')).body.items as { id: number; campaignId: number }[]
  const theirs = promised.find(({ campaignId }) => campaignId === foreign.id)!
  t.match(
    await asPage('DELETE', `/api/callbacks/${theirs.id}`),
    { status: 409, body: { code: 'CORE_CALLBACK_NOT_OPEN' } },
    'nor is one of another campaign given up'
  )

  const elsewhere = await loginAs(app, 'supervisor', { siteId: await makeSite(app) })
  const asOther = send({ ...elsewhere.headers })
  t.same((await asOther('GET', '/api/call-stats')).body.items, [], 'the calls of another site')
  t.equal((await asOther('PUT', `/api/handouts/${own.handoutId}/correction`, correction)).status, 404)
  t.equal((await asOther('GET', `/api/calls/${own.callId}`)).status, 404)
  t.equal((await asOther('GET', '/api/campaigns')).body.items.length, 2, 'all sites share the campaigns')
})

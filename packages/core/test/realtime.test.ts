import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { fakeClock, loginAs, makeSite } from '@evscallpro/testing'
import t from 'tap'
import { connectDatabase, coreDomain, createApp } from '../src/index.ts'
import { listen, Page, pageToken } from './page.ts'
import { FakePbx, sender, workingDay } from './working-day.ts'

t.setTimeout(240_000)

type Row = Record<string, unknown> | null | undefined
const stateIs = (state: string) => (row: Row) => row?.state === state

/** A working day whose server listens; pages of its own connect to it. */
async function floor(...[t, options]: Parameters<typeof workingDay>) {
  const day = await workingDay(t, options)
  const url = await listen(day.app)
  const page = (at = url, origin: string | null = at): Page => {
    const one = new Page(at, origin)
    t.teardown(() => one.close())
    return one
  }
  /** A user with a way to get tokens of pages. */
  const person = async (role: 'agent' | 'supervisor' | 'admin', fields: object = {}) => {
    const who = await loginAs(day.app, role, fields)
    return {
      id: who.userId,
      send: sender(day.app, who),
      /** For a page of the server at this address. */
      token: (at = url) => pageToken(day.app, at, who.headers)
    }
  }
  return { ...day, databaseUrl: day.url, url, page, person }
}

t.test('an agent sees his own day as it happens: state, contact, both legs of the call, its end', async t => {
  const day = await floor(t)
  await day.contacts('1001')
  const alice = await day.person('agent', { siteId: day.siteId, extension: '2001' })
  await day.admin('PUT', `/api/campaigns/${day.campaignId}/agents`, { agentIds: [alice.id] })
  const page = await day.page().hello(await alice.token(), ['me'], { focused: true })
  t.match(await page.until(({ type }) => type === 'welcome'), {
    epoch: /^[\w-]{36}$/,
    profile: { userId: alice.id, role: 'agent', language: 'fr' }
  })
  await page.until(({ type }) => type === 'snapshot')
  t.match(page.row('me', 'agent'), { state: 'offline' })
  t.match(page.row('me', 'stations'), [{ name: 'extension', available: true, reason: null }])
  t.match(page.row('me', 'campaigns'), [{ id: day.campaignId, dialMode: 'preview' }])
  t.equal(page.row('me', 'call'), null)

  await alice.send('PUT', '/api/agent/session', { station: 'extension' })
  await page.untilRow('me', 'agent', stateIs('ready'))
  const { body } = await alice.send<{ handout: { id: number } }>('POST', '/api/handouts', {})
  const handout = await page.untilRow('me', 'handout', row => row?.id === body.handout.id)
  t.match(handout, {
    campaignName: 'Ventes',
    contact: { phones: ['+33199001001'] },
    why: { cause: 'list', attempts: 0 },
    dispositions: [{ code: 'sale', positive: true }, {}, {}, { code: 'callback', callback: true }]
  })
  const dialled = await alice.send<{ callId: string }>('POST', `/api/handouts/${body.handout.id}/calls`, {})
  const { callId } = dialled.body
  await day.pbx.leg(callId, 'agent', 'created', 'ringing')
  await page.untilRow('me', 'call', row => (row?.agentLeg as Row)?.state === 'ringing')
  await day.pbx.leg(callId, 'agent', 'answered')
  await day.pbx.leg(callId, 'customer', 'created', 'ringing', 'answered', 'bridged')
  const talking = await page.untilRow('me', 'call', stateIs('talking'))
  t.match(talking, {
    callId,
    customerLeg: { state: 'talking' },
    talkingSince: /^20/,
    capabilities: ['hangup']
  })
  await day.pbx.end(callId)
  await page.untilRow('me', 'call', row => row === null)
  t.match(await page.untilRow('me', 'lastCall', row => row?.callId === callId), {
    outcome: 'answered',
    talkMs: 10_000
  })
  t.match(await page.untilRow('me', 'wrapUp', row => row !== null), {
    handoutId: body.handout.id,
    extensionsLeft: 2,
    extensionSeconds: 60
  })
  await alice.send('POST', `/api/handouts/${body.handout.id}/finalise`, {
    qualification: { dispositionId: day.dispositions.sale }
  })
  await page.untilRow('me', 'handout', row => row === null)
  await page.untilRow('me', 'agent', stateIs('ready'))
  const sent = page.frames.flatMap(frame => (frame.topic === 'me' ? frame.rows!.map(([key]) => key) : []))
  t.equal(sent.filter(key => key === 'stations').length, 1, 'what did not change is not sent again')
  t.equal(
    new Set(page.frames.map(({ n }) => n)).size - 1,
    page.frames.filter(({ n }) => n).length,
    'numbered'
  )
})

t.test(
  'commands go over the connection: same answers as REST, once for one key, not when it is too late',
  async t => {
    const day = await floor(t)
    const { person, page: open } = day
    const bob = await person('agent', { siteId: day.siteId, extension: '2002' })
    const page = await open().hello(await bob.token(), ['me'])
    await page.until(({ type }) => type === 'snapshot')
    let id = 0
    const command = async (method: string, path: string, body?: object, rest: object = {}) => {
      id++
      const now = Date.now()
      page.send({
        type: 'command',
        id,
        method,
        path,
        key: `test-key-${id}`,
        notAfter: now + 20_000,
        ...(body && { body }),
        ...rest
      })
      const mine = id
      return page.until(frame => frame.type === 'result' && frame.id === mine)
    }
    t.match(await command('PUT', '/api/agent/session', { station: 'extension' }), {
      status: 200,
      body: { state: 'ready' }
    })
    t.match(await command('PUT', '/api/agent/session', { station: 'pigeon' }), {
      status: 422,
      body: { code: 'CORE_STATION_UNKNOWN' },
      code: 'agent_leg_failed'
    })
    t.match(await command('POST', '/api/users', { login: 'x' }), { status: 403, code: 'forbidden' })
    t.match(await command('POST', '/api/calls', { number: 7 }), { status: 400, code: 'invalid_input' })
    t.match(await command('DELETE', '/api/agent/pause'), { status: 409, code: 'conflict' })
    const dial = { number: '+33199001010' }
    const first = await command('POST', '/api/calls', dial, { key: 'double-click' })
    const second = await command('POST', '/api/calls', dial, { key: 'double-click' })
    t.equal(first.status, 202)
    t.strictSame(second.body, first.body, 'the same key is the same call')
    t.equal(day.pbx.requests.length, 1)
    t.match(await command('POST', '/api/calls', dial, { notAfter: Date.now() - 1 }), {
      status: 408,
      body: { code: 'CORE_COMMAND_LATE' },
      code: 'timeout'
    })
    t.equal(day.pbx.requests.length, 1, 'nobody is called when nobody waits any more')
    page.send({ type: 'nonsense' })
    t.match(await page.untilClosed(), { code: 4400 })
  }
)

t.test('who may look, and at what: origin, token, role, site, campaign', async t => {
  const day = await floor(t)
  const other = await makeSite(day.app)
  const north = await day.agent()
  const south = await day.person('agent', { siteId: other, extension: '3001' })
  await south.send('PUT', '/api/agent/session', { station: 'extension' })

  const stranger = day.page(day.url, 'https://elsewhere.example')
  t.match(await stranger.untilClosed(), { code: 1006 }, 'an origin that is not approved gets no connection')
  const forged = await day.page().hello('evt_0000000000000000000000000000000000000000000', ['me'])
  t.match(await forged.untilClosed(), { code: 4401 })
  const session = await day.page().hello((await loginAs(day.app, 'agent')).token, ['me'])
  t.match(await session.untilClosed(), { code: 4401 }, 'a session is not the token of a page')
  const nosy = await day.page().hello(await south.token(), ['board', 'calls', 'weather', 'me'])
  await nosy.until(({ type }) => type === 'snapshot')
  t.match(
    nosy.frames.filter(({ type }) => type === 'refused').map(({ topic, reason }) => [topic, reason]),
    [
      ['board', 'forbidden'],
      ['calls', 'forbidden'],
      ['weather', 'unknown_topic']
    ]
  )

  const boss = await day.person('supervisor')
  const local = await day.person('supervisor', { siteId: other })
  const all = await day.page().hello(await boss.token(), ['board', 'calls', 'campaigns'])
  const some = await day.page().hello(await local.token(), ['board', 'calls'])
  await some.until(({ type, topic }) => type === 'snapshot' && topic === 'calls')
  await all.until(({ type, topic }) => type === 'snapshot' && topic === 'campaigns')
  t.match(all.row('board', north.id), { state: 'ready' })
  t.match(all.row('board', south.id), { state: 'ready' })
  t.match(all.row('campaigns', day.campaignId), { name: 'Ventes', agentsAtWork: 1 })
  t.equal(some.row('board', north.id), undefined, 'another site')
  t.match(some.row('board', south.id), { state: 'ready' })

  const { body } = await north.send<{ callId: string }>('POST', '/api/calls', { number: '+33199001010' })
  await all.untilRow('calls', body.callId, row => row?.agentId === north.id)
  await all.untilRow('board', north.id, stateIs('ringing_agent'))
  await south.send('PUT', '/api/agent/pause', { reason: 'lunch' })
  await some.untilRow('board', south.id, row => row?.pauseReason === 'lunch')
  await day.app.kernel.db('core.users').where({ id: south.id }).update({ site_id: day.siteId })
  await some.untilRow('board', south.id, row => row === undefined)
  t.notMatch(JSON.stringify(some.frames), body.callId, 'nothing of the other site was ever sent')
  t.match(await all.untilRow('board', south.id, row => row?.siteId === day.siteId), {
    pauseReason: 'lunch',
    pauseLabels: { fr: 'Déjeuner', en: 'Lunch' }
  })
  await day.pbx.end(body.callId)
  await all.untilRow('calls', body.callId, row => row === undefined)
})

t.test(
  'a page that comes back gets what it missed; one of another life of the server gets everything',
  async t => {
    const day = await floor(t)
    const agent = await day.agent()
    const boss = await day.person('supervisor')
    const before = await day.page().hello(await boss.token(), ['board'])
    const { epoch } = await before.until(({ type }) => type === 'welcome')
    const { n } = await before.until(({ type }) => type === 'snapshot')
    before.close()
    await before.untilClosed()
    await agent.send('PUT', '/api/agent/pause', { reason: 'break' })
    const resume = { resume: { epoch, n: { board: n } } }
    const after = await day.page().hello(await boss.token(), ['board'], resume)
    await after.until(({ type }) => type === 'resumed')
    await after.untilRow('board', agent.id, stateIs('paused'))
    t.notOk(after.frames.some(({ type }) => type === 'snapshot'))
    const elsewhere = { resume: { epoch: 'another-process', n: { board: n } } }
    const anew = await day.page().hello(await boss.token(), ['board'], elsewhere)
    await anew.until(({ type }) => type === 'snapshot')
    t.match(anew.row('board', agent.id), { state: 'paused' })

    // A page that broke off between two topics: of the second it has nothing since the first connection.
    const other = { resume: { epoch, n: { campaigns: n! + 1_000 } } }
    const between = await day.page().hello(await boss.token(), ['campaigns', 'board'], other)
    await between.until(({ type, topic }) => type === 'snapshot' && topic === 'board')
    t.match(between.row('board', agent.id), { state: 'paused' })
    between.send({ type: 'subscribe', topic: 'board' })
    const snapshots = () =>
      between.frames.filter(({ type, topic }) => type === 'snapshot' && topic === 'board')
    await between.until(() => snapshots().length === 2, 'everything anew, as it was asked for')
  }
)

t.test('a page that does not read slows nobody, and gets everything anew when it reads again', async t => {
  const day = await floor(t)
  const agent = await day.agent()
  const boss = await day.person('supervisor')
  const slow = await day.page().hello(await boss.token(), ['board'])
  const quick = await day.page().hello(await boss.token(), ['board'])
  await slow.until(({ type }) => type === 'snapshot')
  await quick.until(({ type }) => type === 'snapshot')
  slow.socket.pause()
  const { db } = day.app.kernel
  // Megabytes of changes: rows with very long names.
  for (let i = 0; i < 40; i++) {
    await db('core.users')
      .where({ id: agent.id })
      .update({ display_name: `${i} ${randomBytes(200_000).toString('hex')}` })
    await quick.untilRow('board', agent.id, row => String(row?.displayName).startsWith(`${i} `))
  }
  await db('core.users').where({ id: agent.id }).update({ display_name: 'short again' })
  await quick.untilRow('board', agent.id, row => row?.displayName === 'short again')
  const heard = slow.frames.length
  slow.socket.resume()
  await slow.untilRow('board', agent.id, row => row?.displayName === 'short again')
  t.ok(slow.frames.length - heard < 40, 'not every change was kept for it')
  t.ok(slow.frames.slice(heard).some(({ type }) => type === 'snapshot'))
})

t.test('a large snapshot goes over the line compressed', async t => {
  const day = await floor(t)
  const { db } = day.app.kernel
  const boss = await day.person('supervisor')
  await db.raw(
    `with people as (insert into core.users (login, display_name, role, password_hash)
       select 'floor' || n, 'Agent ' || n, 'agent', 'x' from generate_series(1, 500) n returning id)
     insert into core.agent_states (agent_id, state, cause, since, revision)
       select id, 'offline', 'never_at_work', now(), 1 from people`
  )
  const page = day.page()
  const line = new Promise<Socket>(resolve => page.socket.once('upgrade', ({ socket }) => resolve(socket)))
  await page.hello(await boss.token(), ['board'])
  const snapshot = await page.until(({ type }) => type === 'snapshot')
  t.ok(snapshot.rows!.length >= 500)
  const plain = JSON.stringify(snapshot).length
  const { bytesRead } = await line
  t.ok(bytesRead < plain / 5, `${bytesRead} bytes on the line for ${plain}`)
})

t.test('of a page that goes while it is being served nothing is left', async t => {
  const clock = fakeClock(new Date())
  const day = await floor(t, { clock })
  const { app, admin } = day
  const boss = await (await day.person('supervisor')).token()
  const alice = await (await day.person('agent', { siteId: day.siteId, extension: '2001' })).token()
  const key = await admin<{ key: string }>('POST', '/api/auth/api-keys', {
    name: 'Prometheus',
    permissions: ['metrics:read']
  })
  const measured = async (name: string): Promise<string[]> => {
    const { body } = await app.inject({
      url: '/metrics',
      headers: { authorization: `Bearer ${key.body.key}` }
    })
    return body.split('\n').filter(line => line.startsWith(name))
  }
  const connections = () =>
    new Promise<number>((resolve, reject) =>
      app.server.getConnections((err, count) => (err ? reject(err) : resolve(count)))
    )
  const nobodyConnected = async () => {
    for (const deadline = Date.now() + 60_000; (await connections()) > 0; ) {
      if (Date.now() > deadline) throw new Error('the server still has connections')
      await setImmediate() // the server works in this process
    }
  }
  /** A hundred pages go while the server waits for this table; then it reads on. */
  const goWhileLocked = async (table: string, come: (i: number) => Promise<Page>) => {
    const trx = await app.kernel.db.transaction()
    await trx.raw('lock table ?? in access exclusive mode', [table])
    const pages = await Promise.all(Array.from({ length: 100 }, (_, i) => come(i)))
    for (const page of pages) page.close()
    await nobodyConnected()
    await trx.rollback()
    // Who comes now is served after those: they have been read for, too.
    const last = await day.page().hello(alice, ['me'])
    await last.until(({ type }) => type === 'tab')
    last.close()
    await nobodyConnected()
    t.same(await measured('evs_pages_connected'), ['evs_pages_connected 0'])
    t.ok((await measured('evs_topics_watched{')).every(line => line.endsWith(' 0')))
  }
  await goWhileLocked('core.users', i =>
    i % 2 === 0 ? day.page().hello(boss, ['board', 'calls']) : day.page().hello(alice, ['me'])
  )
  await goWhileLocked('core.agent_states', async () => {
    const page = await day.page().hello(boss, ['board', 'calls'])
    await page.until(({ type }) => type === 'welcome')
    return page
  })
  t.not((await measured('evs_topics_watched{')).length, 0)
  await clock.advance(60_000)
  t.same(await measured('evs_topics_watched{'), [], 'nobody came back')
})

t.test('a token that ends closes the connection, unless the page renews it in time', async t => {
  const day = await floor(t)
  const agent = await day.person('agent')
  const dying = await day.page().hello(await agent.token(), ['me'])
  const renewed = await day.page().hello(await agent.token(), ['me'])
  await dying.until(({ type }) => type === 'snapshot')
  await renewed.until(({ type }) => type === 'snapshot')
  const { db } = day.app.kernel
  const old = await db('core.embed_tokens').pluck('id')
  renewed.send({ type: 'renew', token: await agent.token() })
  t.ok((await renewed.until(({ type }) => type === 'renewed')).expiresAt)
  await db('core.embed_tokens')
    .whereIn('id', old)
    .update({ expires_at: new Date(Date.now() - 1) })
  t.match(await dying.untilClosed(), { code: 4401 })
  renewed.send({ type: 'ping', id: 7 })
  t.match(await renewed.until(({ type }) => type === 'pong'), { id: 7 })
  renewed.send({ type: 'renew', token: await (await day.person('agent')).token() })
  t.match(await renewed.untilClosed(), { code: 4401, reason: 'token of another user' })
})

t.test(
  'two server processes on one database: what one does the screens of the other show; one tab rings',
  async t => {
    const day = await floor(t)
    const db = connectDatabase(day.databaseUrl)
    t.teardown(() => db.destroy())
    const second = await createApp({
      db,
      plugins: [coreDomain({ destinations: { allow: ['+33'], deny: [] } }), new FakePbx().plugin()],
      logger: false
    })
    t.teardown(() => second.close())
    const there = await listen(second)
    const carol = await day.person('agent', { siteId: day.siteId, extension: '2003' })
    const here = await day.page().hello(await carol.token(), ['me'], { focused: true })
    await here.until(frame => frame.type === 'tab' && frame.leader === true)
    const remote = await loginAs(second, 'supervisor')
    const watching = await day.page(there).hello(await pageToken(second, there, remote.headers), ['board'])
    await watching.until(({ type }) => type === 'snapshot')
    const tab = await day.page(there).hello(await carol.token(there), ['me'])
    await tab.until(frame => frame.type === 'tab' && frame.leader === false && frame.tabs === 2)

    await carol.send('PUT', '/api/agent/session', { station: 'extension' })
    await watching.untilRow('board', carol.id, stateIs('ready'))
    const { body } = await carol.send<{ callId: string }>('POST', '/api/calls', { number: '+33199001010' })
    await day.pbx.leg(body.callId, 'agent', 'created', 'ringing')
    const ring = await here.until(({ type }) => type === 'effect')
    t.match(ring.effect, { eventId: `${body.callId}:ringing`, milestone: 'ringing' })
    await tab.untilRow('me', 'call', row => (row?.agentLeg as Row)?.state === 'ringing')
    here.close() // before it could say that it has rung
    const again = await tab.until(({ type }) => type === 'effect')
    t.match(again.effect, { eventId: `${body.callId}:ringing` }, 'the tab that is left rings instead')
    t.match(await tab.until(frame => frame.type === 'tab' && frame.leader === true), { tabs: 1 })
    tab.send({ type: 'done', eventId: `${body.callId}:ringing` })
    const third = await day.page().hello(await carol.token(), ['me'], { focused: true })
    await third.until(frame => frame.type === 'tab' && frame.leader === true)
    await day.pbx.leg(body.callId, 'agent', 'answered')
    await day.pbx.leg(body.callId, 'customer', 'created', 'answered', 'bridged')
    t.match((await third.until(({ type }) => type === 'effect')).effect, { milestone: 'connected' })
    await tab.untilRow('me', 'call', stateIs('talking'))
    t.equal(tab.frames.filter(({ type }) => type === 'effect').length, 1)
    await second.close()
    t.match(await tab.untilClosed(), { code: 1012 })
    await third.until(frame => frame.type === 'tab' && frame.tabs === 1)
  }
)

t.test('a screen never shows the wrap-up of a call whose end it lacks, nor an ended call', async t => {
  const day = await floor(t)
  const alice = await day.person('agent', { siteId: day.siteId, extension: '2001' })
  // A call may end between any two of what is read: so the order in which they are asked and answered decides.
  const parts = ["a.state = 'wrap_up'", 'from core.call_history where agent_id', 'c.agent_id = ']
  const seen: string[] = []
  const { db } = day.app.kernel
  const note = (step: string, sql: string): void => {
    const part = parts.find(one => sql.includes(one))
    if (part) seen.push(`${step} ${part}`)
  }
  db.on('query', ({ sql }: { sql: string }) => note('asked', sql))
  db.on('query-response', (_: unknown, { sql }: { sql: string }) => note('answered', sql))
  const page = await day.page().hello(await alice.token(), ['me'])
  await page.until(({ type }) => type === 'snapshot')
  t.same(
    seen,
    parts.flatMap(part => [`asked ${part}`, `answered ${part}`])
  )
})

t.test(
  'what a process did and died before it announced it, screens show when the next one starts',
  async t => {
    const day = await floor(t)
    const agent = await day.agent()
    const boss = await day.person('supervisor', { siteId: day.siteId })
    const page = await day.page().hello(await boss.token(), ['board'])
    await page.untilRow('board', agent.id, stateIs('ready'))
    await day.app.kernel.db.transaction(async trx => {
      await trx.raw(`select set_config('core.in_turn', 'on', true)`)
      await trx.raw(
        `with before as (update core.agent_states set until = now() where agent_id = ? and until is null returning *)
       insert into core.agent_states (agent_id, session_id, state, cause, pause_reason, since, revision)
       select agent_id, session_id, 'paused', 'asked', 'break', now(), revision + 1 from before`,
        [agent.id]
      )
    })
    const db = connectDatabase(day.databaseUrl)
    t.teardown(() => db.destroy())
    const next = await createApp({ db, plugins: [coreDomain(), new FakePbx().plugin()], logger: false })
    t.teardown(() => next.close())
    await next.ready()
    await page.untilRow('board', agent.id, stateIs('paused'))
  }
)

t.test(
  'wrap-up lasts as long as the campaign says, may be extended so often, and then ends not qualified',
  async t => {
    const day = await floor(t)
    await day.contacts('1001', '1002', '1003')
    await day.admin('PATCH', `/api/campaigns/${day.campaignId}`, { wrapUpSeconds: 30, wrapUpExtensions: 1 })
    const dan = await day.agent()
    const boss = await day.person('supervisor', { siteId: day.siteId })
    const away = await day.person('supervisor', { siteId: await makeSite(day.app) })
    const work = async () => {
      const { body } = await dan.send<{ handout: { id: number } }>('POST', '/api/handouts', {})
      const { id } = body.handout
      const call = await dan.send<{ callId: string }>('POST', `/api/handouts/${id}/calls`, {})
      await day.pbx.talk(call.body.callId)
      await day.pbx.end(call.body.callId)
      return id
    }
    const id = await work()
    const more = () => dan.send<{ deadline: string }>('POST', `/api/handouts/${id}/wrap-up-extension`)
    const left = Date.parse((await more()).body.deadline) - Date.now()
    t.ok(left > 45_000 && left <= 60_000, 'twice the time')
    t.match(await more(), { status: 409, body: { code: 'CORE_WRAP_UP_NOT_EXTENDABLE' } })
    const page = await day.page().hello(await boss.token(), ['board'])
    await page.untilRow('board', dan.id, stateIs('wrap_up'))
    const { db } = day.app.kernel
    await db('core.handouts')
      .where({ id })
      .update({ wrap_up_until: new Date(Date.now() - 1) })
    await page.untilRow('board', dan.id, stateIs('ready')) // by the housekeeping
    t.match(await db('core.handouts').where({ id }).first('disposition_id', 'end_reason'), {
      disposition_id: 0,
      end_reason: 'expired'
    })

    const second = await work()
    await dan.send('PUT', `/api/handouts/${second}/qualification`, { dispositionId: day.dispositions.sale })
    const force = (send: typeof boss.send, action: string) =>
      send('POST', `/api/agents/${dan.id}/force`, { action })
    t.match(await force(away.send, 'end_wrap_up'), { status: 404 }, 'not his site')
    t.match(await force(boss.send, 'end_wrap_up'), { status: 200, body: { state: 'ready' } })
    t.match(
      await db('core.handouts').where({ id: second }).first('disposition_id', 'end_reason'),
      { disposition_id: day.dispositions.sale, end_reason: 'qualified' },
      'what the agent chose counts'
    )
    t.match(await force(boss.send, 'end_wrap_up'), { status: 409 })
    t.match(await force(boss.send, 'pause'), { body: { state: 'paused', pauseReason: 'supervisor' } })
    t.match(await force(boss.send, 'log_out'), { body: { state: 'offline' } })
    await page.untilRow('board', dan.id, stateIs('offline'))
    t.match(await away.send('GET', '/api/agent-states'), { body: { items: [] } })
    t.match(await away.send('GET', '/api/call-history'), { body: { items: [] } })
    const seen = await boss.send<{ items: object[] }>('GET', '/api/call-history')
    t.equal(seen.body.items.length, 2)
  }
)

t.test(
  'an agent who is ready and has lost all his pages gets no contact until one is back; a call goes on',
  async t => {
    const clock = fakeClock(new Date())
    const day = await floor(t, { clock })
    await day.contacts('1001')
    const agentOf = async (extension: string) => {
      const who = await day.person('agent', { siteId: day.siteId, extension })
      await who.send('PUT', '/api/agent/session', { station: 'extension' })
      return who
    }
    const eve = await agentOf('2005')
    const program = await agentOf('2006')
    await day.admin('PUT', `/api/campaigns/${day.campaignId}/agents`, { agentIds: [eve.id, program.id] })
    const boss = await day.person('supervisor')
    const board = await day.page().hello(await boss.token(), ['board'])
    /** Time passes until the board shows this state of hers; when it began, ms since 1970. */
    const shown = async (state: string): Promise<number> => {
      for (const deadline = Date.now() + 60_000; Date.now() < deadline; ) {
        const row = board.row('board', eve.id)
        if (row?.state === state) return Date.parse(String(row.since))
        await clock.advance(500)
        await boss.send('GET', '/api/agent-states')
      }
      throw new Error(`The board never showed '${state}'`)
    }
    const open = async () => {
      const page = await day.page().hello(await eve.token(), ['me'])
      await page.until(({ type }) => type === 'tab')
      return page
    }
    const first = await open()
    const second = await open()
    await shown('ready')
    first.close()
    await second.until(frame => frame.type === 'tab' && frame.tabs === 1)
    second.close()
    const closedAt = clock.now().getTime()
    t.ok((await shown('disconnected_ui')) - closedAt >= 30_000, 'not before the grace is over')
    const next = (who: typeof eve) =>
      who.send<{ handout: { id: number } }>('POST', '/api/handouts', { campaignId: day.campaignId })
    t.match(await next(eve), { status: 409, body: { code: 'CORE_AGENT_NOT_READY' } })
    t.equal(board.row('board', program.id)?.state, 'ready', 'who never had a page is not missed')

    const byHand = (phase: 'began' | 'ended') => {
      const callId = '0192b0f0-0000-8000-8000-000000000001'
      const atMs = Date.now()
      const call = { callId, phase, uniqueid: '17000.1', endpoint: 'PJSIP/2005', startedAtMs: atMs, atMs }
      return day.pbx.tell([{ kind: 'hand-call', ...call }])
    }
    await byHand('began')
    await shown('talking')
    const back = await open()
    await byHand('ended')
    await shown('ready')
    const { body } = await next(eve)
    const call = await eve.send<{ callId: string }>('POST', `/api/handouts/${body.handout.id}/calls`, {})
    await day.pbx.talk(call.body.callId)
    await shown('talking')
    back.close()
    const lostAt = clock.now().getTime()
    while (clock.now().getTime() < lostAt + 90_000) {
      await clock.advance(2_000)
      await boss.send('GET', '/api/agent-states')
    }
    t.equal(board.row('board', eve.id)?.state, 'talking')
    t.same(day.pbx.hangups, [])
    await day.pbx.end(call.body.callId)
    await shown('wrap_up')
    await eve.send('POST', `/api/handouts/${body.handout.id}/finalise`, {
      qualification: { dispositionId: day.dispositions.sale }
    })
    await shown('disconnected_ui')
    t.match(await boss.send('POST', `/api/agents/${eve.id}/force`, { action: 'log_out' }), { status: 200 })
    await shown('offline')
  }
)

t.test('pause reasons are a list that supervisors keep', async t => {
  const day = await floor(t)
  const { send } = await day.agent()
  const own = await send<{ items: { code: string }[] }>('GET', '/api/pause-reasons')
  t.match(own.body.items[0], { code: 'break', labelFr: 'Pause', paid: true, maxMinutes: 15 })
  const items = [{ code: 'coffee', labelFr: 'Café', labelEn: 'Coffee', paid: true, maxMinutes: 10 }]
  t.equal((await send('PUT', '/api/pause-reasons', { items })).status, 403)
  t.match(await day.admin('PUT', '/api/pause-reasons', { items: [...items, ...items] }), {
    status: 422,
    body: { errors: [{ pointer: '/items/1/code' }] }
  })
  t.match(await day.admin('PUT', '/api/pause-reasons', { items }), { body: { items } })
  t.match(await send('GET', '/api/agent/stations'), {
    body: { items: [{ name: 'extension', available: true }] }
  })
})

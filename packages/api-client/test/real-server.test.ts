import { coreDomain, createApp } from '@evscallpro/core'
import { loginAs } from '@evscallpro/testing'
import t from 'tap'
import { WebSocket } from 'ws'
import { listen, pageToken } from '../../core/test/page.ts'
import { FakePbx, workingDay } from '../../core/test/working-day.ts'
import { browserPlatform, createApi, createSession, type Live, type Me, type Session } from '../src/index.ts'

t.setTimeout(240_000)
const patienceMs = 60_000

/** Waits until a value is as wanted. */
function until<T>(live: Live<T>, holds: (value: T) => boolean): Promise<T> {
  if (holds(live.value)) return Promise.resolve(live.value)
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`still ${JSON.stringify(live.value)}`)), patienceMs)
    const end = live.subscribe(value => {
      if (!holds(value)) return
      clearTimeout(late)
      end()
      resolve(value)
    })
  })
}

/** A page of the server's own, in this process: the session as browsers run it, over the package ws. */
function page(
  t: { teardown(end: () => unknown): void },
  url: string,
  getToken: () => Promise<string>
): Session {
  const platform = {
    ...browserPlatform(),
    openSocket: (address: string) => {
      const socket = new WebSocket(address, { origin: url })
      socket.on('error', () => {}) // a server that is away; onclose follows
      return socket as unknown as ReturnType<ReturnType<typeof browserPlatform>['openSocket']>
    },
    fetch: (address: string, init: object) => fetch(address, init)
  }
  const session = createSession({ baseUrl: url, getToken, platform })
  t.teardown(() => session.disconnect())
  session.connect()
  return session
}

t.test(
  'a shift over the session: at work, next contact, call, end, qualification; history by REST',
  async t => {
    const day = await workingDay(t)
    const url = await listen(day.app)
    await day.contacts('1001')
    const who = await loginAs(day.app, 'agent', { siteId: day.siteId, extension: '2001' })
    await day.admin('PUT', `/api/campaigns/${day.campaignId}/agents`, { agentIds: [who.userId] })
    const session = page(t, url, () => pageToken(day.app, url, who.headers))
    await session.whenReady()
    t.match(session.profile.value, { userId: who.userId, role: 'agent' })
    t.match(session.stations.value, [{ name: 'extension', available: true }])
    t.match(session.pauseReasons.value, [{ code: 'break' }, {}, {}, {}, {}])
    const told: string[] = []
    session.onEvent(({ name }) => told.push(name))
    const effects: string[] = []
    session.onSideEffect(({ milestone }) => effects.push(milestone))
    session.setFocus(true)
    const { commands } = session
    t.match(await commands.requestNext(), { ok: false, code: 'not_ready' })
    t.match(await commands.login({ station: 'extension' }), { ok: true })
    await until(session.agent, agent => agent?.state === 'ready')
    t.match(await commands.requestNext({ campaignId: day.campaignId }), { ok: true, value: { reasons: [] } })
    const handout = await until(session.handout, one => one !== null)
    const { id: handoutId } = handout!
    const [first, second] = await Promise.all([
      commands.dialContact({ handoutId }),
      commands.dialContact({ handoutId })
    ])
    t.ok(first.ok)
    t.equal(second, first)
    t.equal(day.pbx.requests.length, 1, 'a double click makes one call')
    const { callId } = (await until(session.call, call => call !== null)) as NonNullable<Me['call']>
    await day.pbx.leg(callId, 'agent', 'created', 'ringing')
    await until(session.call, call => call?.agentLeg.state === 'ringing')
    await day.pbx.leg(callId, 'agent', 'answered')
    await day.pbx.leg(callId, 'customer', 'created', 'answered', 'bridged')
    const talking = await until(session.call, call => call?.state === 'talking')
    t.ok(Math.abs(session.now() - Date.parse(talking!.talkingSince!)) < patienceMs)
    t.match(talking!.capabilities, ['hangup'])
    t.match(await commands.hangup({ callId }), { ok: true })
    t.same(day.pbx.hangups, [callId])
    await day.pbx.end(callId)
    await until(session.wrapUp, wrapUp => wrapUp?.handoutId === handoutId)
    t.match(await commands.skipContact({ handoutId }), { ok: false, code: 'wrap_up_pending' })
    t.match(await commands.finalise({ handoutId, qualification: { dispositionId: day.dispositions.sale } }), {
      ok: true,
      value: { result: 'settled', overQuota: false }
    })
    await until(session.agent, agent => agent?.state === 'ready')
    t.match(
      told.filter(name => name.startsWith('call') || name.startsWith('wrap')),
      [
        'call-offered',
        'call-ringing',
        'call-leg-accepted',
        'call-connected',
        'call-ended',
        'wrap-up-started',
        'wrap-up-done'
      ]
    )
    t.same(effects, ['offered', 'ringing', 'connected', 'ended'])
    const api = createApi(session)
    const history = await api.get('/api/agent/call-history', { query: { outcome: ['answered'], limit: 5 } })
    t.equal(history.items[0]?.callId, callId)
    t.equal(history.items[0]?.dispositionId, day.dispositions.sale)
    const { record } = await api.get('/api/calls/{id}', { path: { id: callId } })
    t.equal(record?.callId, callId)
    await t.rejects(session.request('GET', '/api/users'), { status: 403, code: 'CORE_FORBIDDEN' })
  }
)

t.test(
  'the server dies in the middle of a call and another takes its place: the page heals by itself',
  async t => {
    const day = await workingDay(t)
    const url = await listen(day.app)
    const who = await loginAs(day.app, 'agent', { siteId: day.siteId, extension: '2001' })
    const boss = await loginAs(day.app, 'supervisor')
    let app = day.app
    const session = page(t, url, () => pageToken(app, url, who.headers))
    const floor = page(t, url, () => pageToken(app, url, boss.headers))
    floor.board.subscribe(() => {})
    await session.whenReady()
    await session.commands.login({ station: 'extension' })
    const dialled = await session.commands.dial({ number: '+33199001010' })
    t.ok(dialled.ok)
    const { callId } = (await until(session.call, call => call !== null)) as NonNullable<Me['call']>
    await day.pbx.talk(callId)
    await until(session.call, call => call?.state === 'talking')
    const seen = await waitFor(floor, who.userId, 'talking')
    t.equal(seen.callId, callId)
    await day.app.close()
    await until(session.connection, ({ state }) => state === 'offline')
    t.equal(session.call.value?.state, 'talking', 'what was known stays on the screen')
    t.equal(floor.board.status, 'stale')
    t.match(await session.commands.hangup({ callId }), { ok: false, code: 'offline' })

    const pbx = new FakePbx()
    app = await createApp({
      databaseUrl: day.url,
      plugins: [coreDomain({ destinations: { allow: ['+33'], deny: [] } }), pbx.plugin()],
      logger: false
    })
    t.teardown(() => app.close())
    await app.listen({ host: '127.0.0.1', port: Number(new URL(url).port) })
    await until(session.connection, ({ state }) => state === 'online')
    await pbx.end(callId)
    await until(session.call, call => call === null)
    t.match(session.lastCall.value, { callId, outcome: 'answered' })
    await waitFor(floor, who.userId, 'ready')
    t.equal(floor.board.status, 'live')
  }
)

/** Waits until the board shows an agent so. */
function waitFor(session: Session, agentId: number, state: string) {
  return new Promise<{ callId: string | null }>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`not ${state}`)), patienceMs)
    const look = (): void => {
      const row = session.board.rows.get(agentId)
      if (row?.state !== state || session.board.status !== 'live') return
      clearTimeout(late)
      end()
      resolve(row)
    }
    const end = session.board.subscribe(look)
    look()
  })
}

t.test('a token that ends in the middle of a call is replaced without a word', async t => {
  const day = await workingDay(t)
  const url = await listen(day.app)
  const who = await loginAs(day.app, 'agent', { siteId: day.siteId, extension: '2001' })
  const session = page(t, url, () => pageToken(day.app, url, who.headers))
  await session.whenReady()
  await session.commands.login({ station: 'extension' })
  await session.commands.dial({ number: '+33199001010' })
  const call = await until(session.call, one => one !== null)
  await day.pbx.talk(call!.callId)
  await until(session.call, one => one?.state === 'talking')
  const { db } = day.app.kernel
  await db('core.embed_tokens').update({ expires_at: new Date(Date.now() - 1) })
  await until(session.connection, ({ state }) => state === 'connecting')
  await until(session.connection, ({ state }) => state === 'online')
  t.equal(session.call.value?.state, 'talking', 'the call is untouched')
  t.match(await session.request('GET', '/api/agent/state'), { state: 'talking' })
  await db('core.embed_tokens').update({ expires_at: new Date(Date.now() - 1) })
  t.match(
    await session.request('GET', '/api/agent/state'),
    { state: 'talking' },
    'REST asks for another, too'
  )
  await db('core.user_sessions').delete()
  await until(session.connection, ({ state }) => state === 'refused')
})

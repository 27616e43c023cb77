import { spawn } from 'node:child_process'
import { createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type Clock, coreDomain, createApp, systemClock, type WebhookOptions } from '@evscallpro/core'
import { type FakeClock, fakeClock, loginAs, type Teardown } from '@evscallpro/testing'
import t from 'tap'
import { FakePbx, recordOf, sender, type WorkingDay, workingDay } from './working-day.ts'

const secretKey = randomBytes(32).toString('base64')
const settings: WebhookOptions = { secretKey, allowNetworks: ['127.0.0.0/8'] }

interface Fact {
  id: string
  type: string
  timestamp: string
  data: { callId: string; revision: number; outcome: string; note: string | null }
}
interface Received {
  headers: IncomingMessage['headers']
  body: string
  fact: Fact
}
interface Webhook {
  id: number
  url: string
  active: boolean
  disabledReason: string | null
  secret: string
  revision: number
}
interface Delivery {
  id: number
  eventId: string
  event: string
  callId: string
  state: string
  attempts: number
  nextAttemptAt: string | null
  lastStatus: number | null
  lastError: string | null
}
type Answer = (response: ServerResponse) => void

const status =
  (code: number): Answer =>
  response =>
    void response.writeHead(code).end()
const hang: Answer = () => {}

/** The back end of a CRM on this machine: answers as the test says, 204 when it says nothing. */
async function receiver(t: Teardown) {
  const received: Received[] = []
  const waiting: ((request: Received) => void)[] = []
  const unseen: Received[] = []
  const answers: Answer[] = []
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString()
    const seen = { headers: request.headers, body, fact: JSON.parse(body) as Fact }
    received.push(seen)
    const waiter = waiting.shift()
    if (waiter) waiter(seen)
    else unseen.push(seen)
    ;(answers.shift() ?? status(204))(response)
  }
  const server = createServer((request, response) => void take(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    return new Promise(resolve => server.close(resolve))
  })
  const { port } = server.address() as AddressInfo // listens on TCP
  return {
    url: `http://127.0.0.1:${port}/crm`,
    received,
    /** What the next requests get, in their order. */
    answer: (...next: Answer[]) => void answers.push(...next),
    /** The next request that nobody has waited for. */
    next: (): Promise<Received> => {
      const first = unseen.shift()
      return first ? Promise.resolve(first) : new Promise(resolve => waiting.push(resolve))
    }
  }
}

const subscribe = async (
  day: WorkingDay,
  url: string,
  events = ['call.ended', 'call.amended', 'call.qualified']
) => (await day.admin<Webhook>('POST', '/api/webhooks', { name: `CRM ${url}`, url, events })).body

const deliveries = async (day: WorkingDay, id: number, query = ''): Promise<Delivery[]> =>
  (await day.admin<{ items: Delivery[] }>('GET', `/api/webhooks/${id}/deliveries?limit=200${query}`)).body
    .items

/** Asks until it holds: the worker settles a delivery after the receiver has answered, and tells nobody. */
async function until<T>(ask: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  const deadline = Date.now() + 20_000
  for (;;) {
    const value = await ask()
    if (holds(value)) return value
    if (Date.now() > deadline) throw new Error(`still not so: ${JSON.stringify(value)}`)
    await new Promise(resolve => setTimeout(resolve, 20)) // asking without a pause takes the worker's processor
  }
}

/** A call made on a phone has ended; its id. */
async function callEnds(day: WorkingDay, count = 1): Promise<string[]> {
  const ids = Array.from({ length: count }, () => day.app.kernel.newId())
  await day.pbx.ledger.report(
    'fake',
    ids.map(callId => ({ kind: 'ended' as const, callId, record: recordOf(callId, { foreign: true }) }))
  )
  return ids
}

/** Moves the clock by seconds until the receiver hears something; the worker gets real moments for its work in between. */
async function passUntil<T>(day: WorkingDay, clock: FakeClock, happened: Promise<T>): Promise<T> {
  let done = false
  void happened.then(() => {
    done = true
  })
  while (!done) {
    await clock.advance(1_000)
    for (let i = 0; i < 10; i++) await day.app.kernel.db.raw('select 1')
  }
  return happened
}

t.test(
  'a CRM hears of end, correction and qualification of a call: signed, in order, the whole row each time',
  async t => {
    const day = await workingDay(t, { webhooks: settings })
    const crm = await receiver(t)
    const { secret } = await subscribe(day, crm.url)
    await day.contacts('1001')
    const { send } = await day.agent()
    const { body } = await send<{ handout: { id: number } }>('POST', '/api/handouts', {
      campaignId: day.campaignId
    })
    const { callId } = (await send<{ callId: string }>('POST', `/api/handouts/${body.handout.id}/calls`, {}))
      .body
    await day.pbx.talk(callId)
    const shown = async () => (await send<{ record: object }>('GET', `/api/calls/${callId}`)).body.record
    await day.pbx.end(callId)
    const rows = [await shown()]
    await day.pbx.end(callId, { talkMs: 12_000 }, 'amended')
    rows.push(await shown())
    await send('POST', `/api/handouts/${body.handout.id}/finalise`, {
      qualification: { dispositionId: day.dispositions.sale, note: 'Été 2026' }
    })
    rows.push(await shown())
    const heard = [await crm.next(), await crm.next(), await crm.next()]
    t.same(
      heard.map(({ fact }) => fact.type),
      ['call.ended', 'call.amended', 'call.qualified']
    )
    t.same(
      heard.map(({ fact }) => fact.data),
      rows
    )
    t.same(
      heard.map(({ fact }) => fact.data.revision),
      [1, 2, 3]
    )
    t.equal(new Set(heard.map(({ fact }) => fact.id)).size, 3)
    for (const { headers, body, fact } of heard) {
      t.equal(headers['webhook-id'], fact.id)
      t.equal(headers['content-type'], 'application/json')
      t.ok(Math.abs(Number(headers['webhook-timestamp']) - Date.now() / 1_000) < 60, 'seconds')
      // As the specification of Standard Webhooks says it.
      const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
      const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
      t.equal(headers['webhook-signature'], `v1,${createHmac('sha256', key).update(signed).digest('base64')}`)
    }
    const [webhook] = (await day.admin<{ items: Webhook[] }>('GET', '/api/webhooks')).body.items
    const settled = await until(
      () => deliveries(day, webhook!.id),
      list => list.every(({ state }) => state === 'delivered')
    )
    t.same(
      settled.map(({ attempts, lastStatus }) => [attempts, lastStatus]),
      [
        [1, 204],
        [1, 204],
        [1, 204]
      ]
    )
  }
)

t.test(
  'who fails, or hangs, is asked again after growing pauses; only facts of the same call wait meanwhile',
  async t => {
    const clock = fakeClock(new Date())
    const day = await workingDay(t, { clock, webhooks: { ...settings, timeoutSeconds: 60 } })
    const crm = await receiver(t)
    const { id } = await subscribe(day, crm.url)
    crm.answer(status(500), hang)
    const [slow] = await callEnds(day)
    await day.pbx.end(slow!, { foreign: true, talkMs: 11_000 }, 'amended')
    const first = await passUntil(day, clock, crm.next())
    t.equal(first.fact.data.callId, slow)
    const failed = await until(
      () => deliveries(day, id),
      list => list.at(-1)?.lastStatus === 500
    )
    const pause = Date.parse(failed.at(-1)!.nextAttemptAt!) - clock.now().getTime()
    t.ok(pause > 0 && pause <= 6_000, `5 s, give or take a fifth: ${pause} ms`)
    t.match(failed, [
      { event: 'call.amended', state: 'pending', attempts: 0 },
      { event: 'call.ended', attempts: 1, lastError: 'HTTP 500' }
    ])

    const second = await passUntil(day, clock, crm.next())
    t.equal(second.headers['webhook-id'], first.headers['webhook-id'], 'the same fact under the same id')
    const [other] = await callEnds(day)
    const third = await passUntil(day, clock, crm.next())
    t.equal(third.fact.data.callId, other, 'another call goes its way')
    const hung = await until(
      async () => {
        await clock.advance(1_000)
        return deliveries(day, id)
      },
      list => list.some(({ lastError }) => lastError === 'no answer within 60 s')
    )
    t.match(
      hung.find(({ event, callId }) => event === 'call.ended' && callId === slow),
      { attempts: 2, state: 'pending' }
    )
    const rest = [await passUntil(day, clock, crm.next()), await passUntil(day, clock, crm.next())]
    t.same(
      rest.map(({ fact }) => [fact.type, fact.data.callId]),
      [
        ['call.ended', slow],
        ['call.amended', slow]
      ]
    )
  }
)

t.test(
  'after its last try a delivery is dead: it is listed, and replayed on demand, alone or by time',
  async t => {
    const day = await workingDay(t, { webhooks: { ...settings, attempts: 1 } })
    const crm = await receiver(t)
    const { id } = await subscribe(day, crm.url, ['call.ended'])
    crm.answer(status(503), status(302), response => void response.socket?.destroy())
    await callEnds(day, 4)
    const dead = await until(
      () => deliveries(day, id, '&state=dead'),
      list => list.length === 3
    )
    t.same(dead.map(({ lastError }) => lastError).sort(), ['ECONNRESET', 'HTTP 302', 'HTTP 503'])
    const replay = (body: object) =>
      day.admin<{ queued: number }>('POST', `/api/webhooks/${id}/replays`, body)
    t.match(await replay({ to: '2020-01-01T00:00:00Z' }), { status: 202, body: { queued: 0 } })
    t.match(await replay({ deliveryIds: [dead[0]!.id] }), { body: { queued: 1 } })
    await until(
      () => deliveries(day, id, '&state=delivered'),
      list => list.length === 2
    )
    t.match(await replay({ states: ['dead', 'delivered'], from: '2020-01-01T00:00:00Z' }), {
      body: { queued: 4 }
    })
    await until(
      () => deliveries(day, id, '&state=delivered'),
      list => list.length === 4
    )
    t.equal(crm.received.length, 9)
    t.equal(
      new Set(crm.received.map(({ headers }) => headers['webhook-id'])).size,
      4,
      'the receiver knows repeats by their id'
    )
  }
)

t.test('410 ends a subscription until somebody makes it active again', async t => {
  const day = await workingDay(t, { webhooks: settings })
  const crm = await receiver(t)
  const webhook = await subscribe(day, crm.url)
  crm.answer(status(410))
  await callEnds(day)
  const read = () => day.admin<Webhook>('GET', `/api/webhooks/${webhook.id}`)
  const ended = await until(read, ({ body }) => !body.active)
  t.match(ended.body.disabledReason, /410 Gone/)
  await callEnds(day)
  t.equal((await deliveries(day, webhook.id)).length, 1, 'nothing is noted for it any more')
  const stale = await day.admin(
    'PATCH',
    `/api/webhooks/${webhook.id}`,
    { active: true },
    { 'if-match': '"1"' }
  )
  t.equal(stale.status, 412)
  const active = await day.admin<Webhook>('PATCH', `/api/webhooks/${webhook.id}`, { active: true })
  t.match(active.body, { active: true, disabledReason: null })
  const [again] = await callEnds(day)
  t.match(
    await until(
      () => deliveries(day, webhook.id),
      list => list[0]?.state === 'delivered'
    ),
    [{ callId: again }, { state: 'dead' }]
  )
})

const another = async (t: Teardown, day: WorkingDay, clock: Clock = systemClock) => {
  const app = await createApp({
    databaseUrl: day.url,
    plugins: [coreDomain({ webhooks: settings }), new FakePbx().plugin()],
    clock,
    logger: false
  })
  t.teardown(() => app.close())
  await app.ready()
}

t.test('two processes share the work and send nothing twice', async t => {
  const day = await workingDay(t, { webhooks: settings })
  await another(t, day)
  const crm = await receiver(t)
  const { id } = await subscribe(day, crm.url)
  const ids = await callEnds(day, 60)
  await until(
    () => deliveries(day, id),
    list => list.length === 60 && list.every(({ state }) => state === 'delivered')
  )
  t.same(crm.received.map(({ fact }) => fact.data.callId).sort(), ids.toSorted())
})

t.test(
  'what a closing process had under way goes at once from another; what a killed one had, when it counts as lost',
  async t => {
    const day = await workingDay(t, { webhooks: settings })
    const crm = await receiver(t)
    await subscribe(day, crm.url)
    crm.answer(hang)
    const [callId] = await callEnds(day)
    await crm.next()
    await day.app.close()

    crm.answer(hang)
    const child = spawn(
      process.execPath,
      [
        '--import=#typescript',
        '--conditions=@evscallpro/source',
        join(import.meta.dirname, 'fixtures/sender.ts'),
        day.url,
        secretKey
      ],
      { stdio: ['ignore', 'inherit', 'inherit'] }
    )
    t.teardown(() => child.kill('SIGKILL'))
    t.equal((await crm.next()).fact.data.callId, callId, 'given back')
    child.kill('SIGKILL')
    await once(child, 'exit')

    const hours = { ...systemClock, now: () => new Date(Date.now() + 2 * 3_600_000) }
    await another(t, day, hours)
    t.equal((await crm.next()).fact.data.callId, callId, 'and taken over')
    t.equal(crm.received.length, 3)
  }
)

t.test(
  'no webhook leads into the own network: not by its address, not by a name, not over plain HTTP',
  async t => {
    const open = await workingDay(t, { webhooks: { secretKey, attempts: 1 } })
    const create = (url: string) =>
      open.admin<{ code: string; detail: string }>('POST', '/api/webhooks', {
        name: url,
        url,
        events: ['call.ended']
      })
    const refused = [
      'http://crm.example.org/',
      'http://127.0.0.1:5038/',
      'https://10.1.2.3/',
      'https://169.254.169.254/latest/meta-data/',
      'https://[::1]/',
      'https://[::ffff:192.168.1.1]/',
      'https://[fd12::1]/',
      'https://2130706433/', // 127.0.0.1 in another spelling
      'https://user:pass@example.org/',
      'https://example.org/#part',
      'ftp://example.org/',
      'example.org'
    ]
    for (const url of refused)
      t.match(await create(url), { status: 422, body: { code: 'CORE_INVALID_FIELD' } }, url)
    t.equal((await create('https://93.184.216.34/')).status, 201)
    const named = await open.admin<Webhook>('POST', '/api/webhooks', {
      name: 'local',
      url: 'https://localhost:1/',
      events: ['call.ended']
    })
    t.equal(named.status, 201, 'a name is judged when it is resolved')
    await open.admin('DELETE', '/api/webhooks/1')
    await callEnds(open)
    const [dead] = await until(
      () => deliveries(open, named.body.id),
      list => list[0]?.state === 'dead'
    )
    t.match(dead?.lastError, /^leads to (127\.0\.0\.1|::1).*private or reserved/)
  }
)

t.test(
  'a secret is shown once, lies encrypted, and is renewed with a day in which the old one signs too',
  async t => {
    const clock = fakeClock(new Date())
    const day = await workingDay(t, { clock, webhooks: { ...settings, timeoutSeconds: 60 } })
    const crm = await receiver(t)
    const { id, secret: old } = await subscribe(day, crm.url)
    const { db } = day.app.kernel
    t.match(old, /^whsec_[A-Za-z0-9+/]{43}=$/)
    t.notMatch(JSON.stringify((await day.admin('GET', `/api/webhooks/${id}`)).body), /secret/i)
    const stored: Buffer = (await db('core.webhook_subscriptions').first('secret')).secret
    t.notOk(stored.includes(Buffer.from(old)) || stored.includes(Buffer.from(old.slice(6), 'base64')))
    const { secret } = (await day.admin<{ secret: string }>('POST', `/api/webhooks/${id}/secret`, {})).body
    const signatures = async (): Promise<{ given: string[]; expected: string[] }> => {
      await callEnds(day)
      const { headers, body } = await passUntil(day, clock, crm.next())
      const sign = (one: string): string =>
        `v1,${createHmac('sha256', Buffer.from(one.slice(6), 'base64'))
          .update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`)
          .digest('base64')}`
      return { given: String(headers['webhook-signature']).split(' '), expected: [sign(secret), sign(old)] }
    }
    const during = await signatures()
    t.same(during.given, during.expected)
    const supervisor = sender(day.app, await loginAs(day.app, 'supervisor'))
    t.equal((await supervisor('GET', '/api/webhooks')).status, 403)
    const keyless = await workingDay(t)
    const none = await keyless.admin<{ code: string }>('POST', '/api/webhooks', {
      name: 'CRM',
      url: 'https://crm.example.org/',
      events: ['call.ended']
    })
    t.match(none, { status: 409, body: { code: 'CORE_WEBHOOK_KEY_MISSING' } })

    await clock.advance(25 * 3_600_000)
    const later = await signatures()
    t.same(later.given, later.expected.slice(0, 1))

    const admin = sender(day.app, await loginAs(day.app, 'admin')) // the first one's session has ended
    t.equal((await admin('DELETE', `/api/webhooks/${id}`)).status, 204)
    t.equal((await admin('GET', `/api/webhooks/${id}/deliveries`)).status, 404)
  }
)

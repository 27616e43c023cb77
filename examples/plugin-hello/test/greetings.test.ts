import { createApp } from '@evscallpro/core'
import t from 'tap'
import { greetingChanged, greetings } from '../src/index.ts'
import { type CallingFloor, openFloor } from './calling-floor.ts'

interface Greeting {
  id: number
  sentence: string
  trunk: string | null
  answeredCalls: number
}

const urlOf = ({ campaignId }: CallingFloor): string => `/api/greetings/campaigns/${campaignId}`
const read = (floor: CallingFloor): Promise<Greeting> => floor.ask(floor.agent, 'GET', urlOf(floor))
const put = (floor: CallingFloor, greeting: object): Promise<Greeting> =>
  floor.ask(floor.supervisor, 'PUT', urlOf(floor), greeting)

void t.test('a supervisor gives a campaign its greeting and agents read it', async t => {
  const floor = await openFloor(t, [greetings({ maxLength: 40 })])
  const { app, supervisor, agent, campaignId } = floor
  const url = urlOf(floor)
  const statusOf = async (options: {
    method: 'GET' | 'PUT'
    url: string
    headers?: object
    payload?: object
  }) => (await app.inject({ ...options, headers: { ...options.headers } })).statusCode

  t.equal(await statusOf({ method: 'GET', url, headers: agent.headers }), 404, 'there is none at first')

  const changes: object[] = []
  t.teardown(app.kernel.events.on(greetingChanged, change => void changes.push(change)))
  const first = await put(floor, { sentence: 'Hello, may I disturb you?' })
  t.match(await read(floor), {
    id: first.id,
    sentence: 'Hello, may I disturb you?',
    trunk: null,
    answeredCalls: 0
  })
  t.strictSame(changes, [{ campaignId, greetingId: first.id }], 'others hear of it')

  const payload = { sentence: 'Good morning' }
  t.equal(await statusOf({ method: 'PUT', url, payload }), 401)
  t.equal(await statusOf({ method: 'PUT', url, payload, headers: agent.headers }), 403, 'agents only read')
  const long = { sentence: 'x'.repeat(41) }
  t.equal(await statusOf({ method: 'PUT', url, payload: long, headers: supervisor.headers }), 400, 'too long')
  const nowhere = '/api/greetings/campaigns/999999'
  t.equal(await statusOf({ method: 'PUT', url: nowhere, payload, headers: supervisor.headers }), 404)
  t.equal(changes.length, 1, 'what was refused is no event')
})

void t.test('calls go by the trunk of the greeting, then by those of the site', async t => {
  const floor = await openFloor(t, [greetings()])
  const trunks = async (): Promise<string[] | undefined> => {
    await floor.end(await floor.dial(), 'busy')
    return floor.requests.at(-1)?.routes.map(({ trunk }) => trunk)
  }
  t.strictSame(await trunks(), ['trunk-a', 'trunk-b'], 'without a greeting: as the site says')
  await put(floor, { sentence: 'Bonjour' })
  t.strictSame(await trunks(), ['trunk-a', 'trunk-b'], 'nor does a greeting without a trunk change that')
  await put(floor, { sentence: 'Bonjour de Lyon', trunk: 'trunk-b' })
  t.strictSame(await trunks(), ['trunk-b', 'trunk-a'])
  t.match(floor.requests.at(-1)?.routes[0], { number: '33199001005', callerId: '33199000001' })
})

void t.test('with failover off a call has no other way than the trunk of the greeting', async t => {
  const floor = await openFloor(t, [greetings({ failover: false })])
  await put(floor, { sentence: 'Bonjour de Lyon', trunk: 'trunk-b' })
  await floor.dial()
  t.strictSame(
    floor.requests.map(({ routes }) => routes.map(({ trunk }) => trunk)),
    [['trunk-b']]
  )
})

void t.test('an answered call counts for the greeting under which it began', async t => {
  const floor = await openFloor(t, [greetings()])
  const first = await put(floor, { sentence: 'First' })
  await floor.end(await floor.dial(), 'no_answer')
  await floor.end(await floor.dial(), 'answered')
  const during = await floor.dial()
  const second = await put(floor, { sentence: 'Second' })
  await floor.end(during, 'answered')
  await floor.end(await floor.dial(), 'answered')

  // Nobody is told when a listener has finished: what it wrote is asked for until it stands.
  const counted = async (): Promise<Record<string, number>> => {
    const rows = await floor
      .db('greetings.calls')
      .where({ answered: true })
      .whereNotNull('greeting_id')
      .select('greeting_id')
    return Object.fromEntries(
      [first, second].map(({ id }) => [id, rows.filter(({ greeting_id }) => greeting_id === id).length])
    )
  }
  const deadline = Date.now() + 5_000
  const wanted = { [first.id]: 2, [second.id]: 1 }
  while (JSON.stringify(await counted()) !== JSON.stringify(wanted) && Date.now() < deadline);
  t.strictSame(await counted(), wanted)
  t.equal((await read(floor)).answeredCalls, 1, 'the API tells it of the greeting in use')
})

void t.test('a bad option stops the start with a sentence that names it', async t => {
  const { db } = await openFloor(t, [greetings()])
  const start = createApp({ db, logger: false, plugins: [greetings({ maxLength: 5 })] })
  await t.rejects(start, { code: 'CORE_BAD_CONFIG', message: /greetings.*maxLength/ })
})

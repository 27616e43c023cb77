import { readFileSync } from 'node:fs'
import type { FakeClock } from '@evscallpro/testing'
import t from 'tap'
import { inner } from '../../../tools/elements/terse.ts'
import type { HostEvent } from '../src/index.ts'
import { agentRow, meFrame, type ScriptedSocket, scriptedServer, tokenNumber } from './scripted-server.ts'

const second = 1_000

t.test(
  'the token goes into the first frame and nowhere else; most of its life over, it is renewed',
  async t => {
    const { clock, session, welcome, tokens, sockets } = scriptedServer()
    t.equal(session.connection.value.state, 'idle')
    const socket = await welcome('epoch-1', 600 * second)
    t.match(socket.sent[0], {
      type: 'hello',
      version: 1,
      token: tokenNumber(1),
      topics: ['me'],
      resume: null
    })
    t.equal(session.connection.value.state, 'online')
    const ready = session.whenReady()
    socket.say(meFrame(1, [agentRow('ready'), ['call', null]], 'snapshot'))
    await ready
    t.equal(session.agent.value?.state, 'ready')

    let silent = true
    session.connection.subscribe(({ state }) => {
      silent &&= state === 'online'
    })
    const answerPings = keepAlive(socket)
    for (let i = 0; i < 240; i++) {
      await clock.advance(2 * second)
      answerPings(clock.now().getTime())
    }
    t.match(socket.last('renew'), { token: tokenNumber(2) }, 'at 480 of 600 seconds')
    const now = clock.now().getTime()
    socket.say({ type: 'renewed', expiresAt: now + 600 * second })
    t.equal(tokens(), 2)
    t.ok(silent, 'nobody noticed')
    t.equal(sockets.length, 1)
  }
)

/** Answers pings that have come since the last call. */
function keepAlive(socket: ScriptedSocket): (now: number) => void {
  let answered = 0
  return now => {
    const pings = socket.sent.filter(({ type }) => type === 'ping')
    for (const { id } of pings.slice(answered)) socket.say({ type: 'pong', id, now })
    answered = pings.length
  }
}

/** Time passes on a line that lives. */
async function alive(clock: FakeClock, socket: ScriptedSocket, ms: number): Promise<void> {
  for (const end = clock.now().getTime() + ms; clock.now().getTime() < end; ) {
    await clock.advance(2 * second)
    socket.say({ type: 'pong', id: 0, now: clock.now().getTime() })
  }
}

t.test('a lost connection comes back by itself, later and later, at once when the machine wakes', async t => {
  const { clock, session, sockets, welcome } = scriptedServer()
  const socket = await welcome()
  socket.say(meFrame(5, [agentRow('ready')], 'snapshot'))
  const changes: unknown[] = []
  session.board.subscribe(change => changes.push(change))
  t.match(socket.last('subscribe'), { topic: 'board' })
  t.equal(session.board.status, 'loading')
  const row = (agentId: number, state: string) => [agentId, { agentId, state }]
  socket.say({
    type: 'snapshot',
    topic: 'board',
    n: 6,
    at: 9,
    rows: [row(1, 'ready'), row(2, 'ready')],
    gone: []
  })
  const [one, two] = [session.board.rows.get(1), session.board.rows.get(2)]
  socket.say({ type: 'rows', topic: 'board', n: 7, at: 10, rows: [row(2, 'paused')], gone: [] })
  t.match(changes.at(-1), { changed: [2], removed: [] })
  t.equal(session.board.rows.get(1), one, 'what did not change is the same object')
  t.not(session.board.rows.get(2), two)

  socket.end(1006)
  const brokeAt = clock.now().getTime()
  t.match(session.connection.value, { state: 'offline' })
  t.equal(session.board.status, 'stale')
  const waits: number[] = []
  for (let i = 0; i < 8; i++) {
    const { retryAt } = session.connection.value
    waits.push(retryAt! - clock.now().getTime())
    await clock.advance(retryAt! - clock.now().getTime())
    t.match(session.connection.value, { state: 'offline', retryAt: null }, 'a try is under way')
    sockets.at(-1)!.end(1006)
  }
  t.strictSame(waits, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
  t.equal(session.connection.value.since, brokeAt, 'offline since it broke, not since the last try')
  const tried = sockets.length
  session.wake()
  await clock.advance(0)
  session.wake()
  await clock.advance(0)
  t.equal(sockets.length, tried + 1, 'online again: no waiting, and one try at a time')
  const back = await welcome('epoch-1')
  t.match(
    back.sent[0],
    { topics: ['me', 'board'], resume: { epoch: 'epoch-1', n: { me: 5, board: 7 } } },
    'only what was missed, of each topic'
  )
  back.say({ type: 'rows', topic: 'board', n: 8, at: 11, rows: [row(1, 'talking')], gone: [2] })
  back.say({ type: 'resumed', topic: 'board' })
  t.equal(session.board.status, 'live')
  t.strictSame([...session.board.rows.keys()], [1])
  const spread = scriptedServer({ random: () => 0 })
  const short = await spread.welcome()
  short.end(1006)
  t.equal(
    spread.session.connection.value.retryAt! - spread.clock.now().getTime(),
    250,
    'not all pages at once'
  )
})

t.test('silence is noticed: degraded first, then another connection', async t => {
  const { clock, session, sockets, welcome } = scriptedServer()
  const socket = await welcome()
  await clock.advance(4 * second)
  t.equal(session.connection.value.state, 'degraded')
  socket.say({ type: 'pong', id: 1, now: clock.now().getTime() })
  t.match(session.connection.value, { state: 'online', latencyMs: 4 * second })
  await clock.advance(35 * second)
  t.equal(sockets.length, 1, 'a long first snapshot on a bad line: nothing is heard until it is whole')
  let n = 0
  socket.say(meFrame(++n, [agentRow('ready')], 'snapshot'))
  t.equal(session.connection.value.state, 'online')
  for (let i = 0; i < 12; i++) {
    await clock.advance(3 * second)
    socket.say(meFrame(++n, [agentRow('ready', n)]))
  }
  t.match([sockets.length, session.connection.value.state], [1, 'online'], 'rows show as well that it lives')
  await clock.advance(25 * second)
  t.ok(sockets.length > 1, 'nothing was heard for too long')
})

t.test('timers count by the clock of the server, as the quickest answer tells it', async t => {
  const { clock, session, welcome } = scriptedServer({ aheadMs: 3_600_000 })
  const socket = await welcome()
  const server = () => clock.now().getTime() + 3_600_000
  t.equal(session.now(), server())
  await clock.advance(400)
  socket.say({ type: 'pong', id: 1, now: server() - 200 })
  t.equal(session.now(), server(), 'half of the way there, half of the way back')
})

t.test('a command is answered within three seconds, whatever happens', async t => {
  const { clock, session, welcome } = scriptedServer()
  t.match(
    await session.commands.dial({ number: '+33199001010' }),
    { ok: false, code: 'offline' },
    'never later'
  )
  const socket = await welcome()
  const first = session.commands.dial({ number: '+33199001010' })
  const second = session.commands.dial({ number: '+33199001010' })
  const sent = socket.sent.filter(({ type }) => type === 'command')
  t.match(sent, [{ method: 'POST', path: '/api/calls', body: { number: '+33199001010' } }])
  t.equal(sent.length, 1, 'a double click is one command')
  t.equal(sent[0]!.notAfter, clock.now().getTime() + 3_000)
  socket.say({ type: 'result', id: sent[0]!.id, status: 202, body: { callId: 'c-1' } })
  t.match(await first, { ok: true, value: { callId: 'c-1' } })
  t.equal(await second, await first)
  t.equal(
    await session.commands.dial({ number: '+33199001010' }),
    await first,
    'also when the answer was quick'
  )

  const digits = () => session.commands.sendDigits({ callId: 'c-1', digits: '1' })
  void digits()
  void digits()
  const pressed = socket.sent.filter(({ path }) => path === '/api/calls/c-1/digits')
  t.equal(pressed.length, 2, 'two equal keys are two keys')
  void session.commands.mute({ callId: 'c-1' })
  void session.commands.unmute({ callId: 'c-1' })
  void session.commands.mute({ callId: 'c-1' })
  t.equal(socket.sent.filter(({ path }) => path === '/api/calls/c-1/mute').length, 2, 'not a double click')

  const lost = session.commands.hangup({ callId: 'c-1' })
  await clock.advance(3_000)
  t.match(await lost, { ok: false, code: 'timeout', retryable: true })
  await clock.advance(1_000)
  const again = session.commands.hangup({ callId: 'c-1' })
  const [before, after] = socket.sent.filter(({ path }) => path === '/api/calls/c-1/hangup')
  t.equal(after!.key, before!.key, 'asked again it is the same request')
  const refuse = (status: number, code: string) => {
    const { id } = socket.last('command')!
    socket.say({ type: 'result', id, status, code, body: { code: 'CORE_OF_API', detail: 'Because.' } })
  }
  refuse(409, 'conflict')
  t.match(await again, { ok: false, code: 'conflict', message: 'Because.', retryable: false })
  const full = session.commands.requestNext()
  refuse(503, 'no_line')
  t.match(await full, { ok: false, code: 'no_line', retryable: true })
  const broken = session.commands.logout()
  socket.end(1012)
  t.match(await broken, { ok: false, code: 'timeout' }, 'it was sent: the state shows what became of it')
})

t.test('a command without an answer is the same request again, until its effect was seen', async t => {
  const { clock, session, welcome } = scriptedServer()
  const socket = await welcome()
  let n = 0
  socket.say(meFrame(++n, [agentRow('reserved')], 'snapshot'))
  const dial = () => {
    const answer = session.commands.dialContact({ handoutId: 3 })
    return { answer, key: socket.last('command')?.key }
  }
  /** Nobody answers, and the person waits until it is no double click any more. */
  const unheard = async (): Promise<unknown> => {
    const { answer, key } = dial()
    await clock.advance(3_000)
    t.match(await answer, { code: 'timeout' })
    await clock.advance(700)
    return key
  }
  const first = await unheard()
  socket.say(meFrame(++n, [['stations', []]]))
  t.equal(await unheard(), first, 'the server told of something else')
  socket.say(meFrame(++n, [call('ringing_customer', 'answered', 'ringing', 1)]))
  socket.say(meFrame(++n, [['call', null], ended]))
  const meant = await unheard()
  t.not(meant, first, 'that call was busy: this one is meant')
  const seen = dial()
  socket.say(meFrame(++n, [call('ringing_customer', 'answered', 'ringing', 1, { callId: 'c-3' })]))
  await clock.advance(4_000)
  t.equal(seen.key, meant)
  t.not(await unheard(), meant, 'its effect was seen before its time was over')
  socket.end(1006)
  await clock.advance(500)
  const back = await welcome()
  back.say(meFrame(++n, [agentRow('reserved'), ['call', null], ended], 'snapshot'))
  void session.commands.dialContact({ handoutId: 3 })
  const third = back.last('command')!.key
  await alive(clock, back, 34 * second)
  void session.commands.dialContact({ handoutId: 3 })
  t.not(back.last('command')!.key, third, 'nobody waits that long for the same request')

  await clock.advance(4_000)
  const ask = () => {
    const before = back.sent.length
    const answer = session.commands.requestNext()
    return { answer, asked: back.sent.length - before }
  }
  const none = { handout: null, reasons: [], askAgainAt: null }
  const { answer } = ask()
  back.say({ type: 'result', id: back.last('command')!.id, status: 200, body: none })
  t.match(await answer, { ok: true, value: none })
  t.equal(ask().asked, 0, 'a double click')
  back.say(meFrame(++n, [['work', { at: '2026-01-05T09:02:00.000Z' }]]))
  t.equal(ask().asked, 1, 'work was announced: the answer of a moment ago is old')
})

t.test('a token that is refused is replaced once; then the host is asked to sign in', async t => {
  const { clock, session, sockets, welcome, tokens } = scriptedServer()
  const first = await welcome()
  first.end(4401) // it ended while the machine slept
  await clock.advance(0)
  t.equal(tokens(), 2)
  t.equal(session.connection.value.state, 'connecting')
  sockets[1]!.open()
  sockets[1]!.end(4401)
  t.match(session.connection.value, { state: 'refused', reason: /token/ })
  await t.rejects(session.whenReady(), /token/)
})

t.test('nobody signed in is a refusal; whatever else keeps getToken from answering passes', async t => {
  const script = scriptedServer()
  const { clock, session, sockets } = script
  const troubles: readonly (() => Promise<string>)[] = [
    () => Promise.reject(new TypeError('fetch failed')),
    () => Promise.reject(Object.assign(new Error('Bad gateway'), { status: 502 })),
    () => Promise.reject(new SyntaxError('Unexpected token <')),
    () => Promise.reject(),
    async () => '<!doctype html><title>Sign in</title>',
    async () => ''
  ]
  for (const trouble of troubles) {
    script.token = trouble
    session.connect()
    await clock.advance(60_000)
    t.equal(session.connection.value.state, 'offline')
  }
  t.match(session.connection.value, { reason: 'getToken gave no token' })
  t.equal(sockets.length, 0, 'what is no token is not sent')
  script.token = () => Promise.reject(Object.assign(new Error('Sign in first'), { status: 401 }))
  await clock.advance(60_000)
  t.match(session.connection.value, { state: 'refused', reason: 'Sign in first' })
  await t.rejects(session.whenReady(), { message: 'Sign in first' })
  script.token = async () => tokenNumber(0)
  const socket = await script.welcome('epoch-1', 100 * second)
  t.equal(socket.sent[0]!.token, tokenNumber(0), 'the host connects again')

  script.token = troubles[1]!
  await alive(clock, socket, 90 * second)
  t.equal(session.connection.value.state, 'online')
  socket.end(1012)
  await clock.advance(500)
  const again = sockets.at(-1)!
  again.open()
  t.equal(again.last('hello')?.token, tokenNumber(0), 'no new one to be had: the old one is still good')
  again.end(4401)
  await clock.advance(0)
  t.equal(session.connection.value.state, 'offline', 'it has ended, and there is no other one yet')
  script.token = async () => tokenNumber(1)
  const tried = sockets.length
  await clock.advance(1_000)
  t.equal(sockets.length, tried + 1)
  sockets.at(-1)!.open()
  t.equal(sockets.at(-1)!.last('hello')?.token, tokenNumber(1))
})

const leg = (state: string) => ({ state, since: '2026-01-05T09:00:01.000Z' })
const call = (state: string, agent: string, customer: string, revision: number, rest: object = {}) => [
  'call',
  {
    callId: 'c-1',
    state,
    number: '+33199001010',
    agentLeg: leg(agent),
    customerLeg: leg(customer),
    requestedAt: '2026-01-05T09:00:00.000Z',
    talkingSince: state === 'talking' ? '2026-01-05T09:00:05.000Z' : null,
    held: false,
    muted: false,
    revision,
    ...rest
  }
]
const ended = [
  'lastCall',
  { callId: 'c-1', outcome: 'answered', endedAt: '2026-01-05T09:01:05.000Z', talkMs: 60_000, number: null }
]

t.test('host events: in order, once each, also when the page was away', async t => {
  const script = scriptedServer()
  const heard: HostEvent[] = []
  script.session.onEvent(event => heard.push(event))
  const names = (): string[] => heard.splice(0).map(({ name }) => name)
  const socket = await script.welcome()
  let n = 0
  const rows = (...some: unknown[]) => socket.say(meFrame(++n, some))
  socket.say(
    meFrame(
      ++n,
      [agentRow('ready'), ['call', null], ['lastCall', null], ['handout', null], ['wrapUp', null]],
      'snapshot'
    )
  )
  t.strictSame(names(), [], 'a first look tells nothing of the past')
  const handout = {
    id: 3,
    campaignId: 1,
    grantedAt: '2026-01-05T09:00:00.000Z',
    callsMade: 0,
    contact: { id: 9 }
  }
  rows(['handout', handout], agentRow('reserved', 2))
  t.strictSame(names(), ['contact-offered', 'agent-state-change'])
  rows(call('requested', 'none', 'none', 1))
  rows(call('ringing_agent', 'ringing', 'none', 2))
  rows(call('agent_accepted', 'answered', 'none', 3))
  rows(call('ringing_customer', 'answered', 'ringing', 4))
  rows(call('talking', 'talking', 'talking', 5))
  t.strictSame(names(), [
    'call-offered',
    'call-ringing',
    'call-leg-accepted',
    'call-ringing',
    'call-connected'
  ])
  rows(call('talking', 'talking', 'talking', 6, { held: true }))
  rows(call('talking', 'talking', 'talking', 7, { muted: true }))
  t.strictSame(names(), ['call-held', 'call-resumed', 'call-muted'])
  const wrapUp = { handoutId: 3, deadline: null, extensionsLeft: 0, extensionSeconds: 60 }
  rows(['call', null], ended, ['wrapUp', wrapUp], ['handout', { ...handout, callsMade: 1, dispositionId: 4 }])
  t.strictSame(names(), ['call-ended', 'wrap-up-started'])
  rows(['wrapUp', null], ['handout', null], agentRow('ready', 8))
  t.match(heard, [
    {
      name: 'wrap-up-done',
      eventId: 'handout-3:wrap-up-done',
      detail: { dispositionId: 4 },
      replayed: false
    },
    { name: 'contact-released' },
    { name: 'agent-state-change', detail: { state: 'ready', previous: 'reserved' } }
  ])
  names()

  rows(call('ringing_agent', 'ringing', 'none', 2, { callId: 'c-2' }))
  names()
  socket.end(1006)
  await script.clock.advance(500)
  const back = await script.welcome()
  back.say(
    meFrame(50, [
      ['call', null],
      ['lastCall', { ...(ended[1] as object), callId: 'c-2' }]
    ])
  )
  back.say({ type: 'resumed', topic: 'me' })
  t.match(heard, [
    { name: 'call-connected', eventId: 'c-2:call-connected', replayed: true },
    { name: 'call-ended', eventId: 'c-2:call-ended', replayed: true }
  ])
  names()
  back.say(meFrame(51, [agentRow('paused', 9)]))
  t.match(heard, [{ name: 'agent-state-change', replayed: false }])
  t.test('a page that is loaded in the middle of a call hears of it as replayed', async t => {
    const late = scriptedServer()
    const told: HostEvent[] = []
    late.session.onEvent(event => told.push(event))
    const socket = await late.welcome()
    socket.say(meFrame(1, [agentRow('talking'), call('talking', 'talking', 'talking', 5), ended], 'snapshot'))
    t.match(
      told.map(({ name, replayed }) => [name, replayed]),
      [
        ['call-offered', true],
        ['call-leg-accepted', true],
        ['call-connected', true]
      ]
    )
  })
})

t.test('side effects are acknowledged before they are done, and only where somebody does them', async t => {
  const { session, welcome } = scriptedServer()
  const socket = await welcome()
  const effect = { eventId: 'c-1:ringing', milestone: 'ringing' }
  socket.say({ type: 'effect', effect })
  t.equal(socket.last('done'), undefined, 'nobody listens here: it is not taken')
  const order: string[] = []
  session.onSideEffect(({ eventId }) => order.push(`${eventId} ${socket.last('done')?.eventId}`))
  socket.say({ type: 'effect', effect })
  t.strictSame(order, ['c-1:ringing c-1:ringing'])
  socket.say({ type: 'tab', leader: true, tabs: 2 })
  t.match(session.tab.value, { leader: true, tabs: 2 })
  session.setFocus(true)
  t.match(socket.last('focus'), { focused: true })
})

t.test('a break between two topics loses nothing of the second', async t => {
  const { clock, session, welcome } = scriptedServer()
  session.board.subscribe(() => {})
  const board = (type: 'snapshot' | 'rows', n: number, state: string) => ({
    type,
    topic: 'board',
    n,
    at: n,
    rows: [[1, { agentId: 1, state }]],
    gone: []
  })
  const first = await welcome()
  first.say(meFrame(1, [agentRow('ready')], 'snapshot'))
  first.say(board('snapshot', 2, 'ready'))
  first.end(1006)
  await clock.advance(500)
  const second = await welcome()
  second.say(meFrame(9, [agentRow('paused', 2)]))
  second.say({ type: 'resumed', topic: 'me' })
  second.end(1006)
  await clock.advance(1_000)
  const third = await welcome()
  t.match(third.sent[0], { topics: ['me', 'board'], resume: { n: { me: 9, board: 2 } } })
  third.say({ type: 'resumed', topic: 'me' })
  third.say(board('rows', 7, 'talking'))
  third.say({ type: 'resumed', topic: 'board' })
  t.match([session.board.status, session.board.rows.get(1)?.state], ['live', 'talking'])
})

t.test('a page may watch more topics than the first frame takes', async t => {
  const { session, welcome } = scriptedServer()
  for (let id = 1; id <= 25; id++) session.quotas(id).subscribe(() => {})
  const socket = await welcome()
  const [hello, ...more] = socket.sent
  t.equal((hello!.topics as string[]).length, 20)
  const later = more.filter(({ type }) => type === 'subscribe').map(({ topic }) => topic)
  t.same(
    later,
    [20, 21, 22, 23, 24, 25].map(id => `quotas:${id}`)
  )
})

t.test('what goes over the wire keeps its names in the single-file kits', t => {
  const source = ['frame', 'model', 'command', 'host-event'].map(file =>
    readFileSync(new URL(`../src/${file}.ts`, import.meta.url), 'utf8')
  )
  const names = new Set(source.join('\n').match(/(?<=readonly )\w+(?=\??:)/g))
  t.ok(names.has('callId') && names.has('topic'))
  t.same(
    [...names].filter(name => inner.test(name)),
    []
  )
  t.end()
})

t.test('a table is opened by its first watcher and closed after its last', async t => {
  const { clock, session, welcome } = scriptedServer()
  const socket = await welcome()
  const first = session.quotas(4).subscribe(() => {})
  t.equal(session.quotas(4), session.quotas(4))
  t.match(socket.last('subscribe'), { topic: 'quotas:4' })
  first()
  const moved = session.quotas(4).subscribe(() => {})
  await clock.advance(5_000)
  t.equal(socket.last('unsubscribe'), undefined, 'an element that is moved keeps it')
  moved()
  await clock.advance(1_000)
  t.match(socket.last('unsubscribe'), { topic: 'quotas:4' })
  t.equal(session.quotas(4).status, 'closed')

  const frame = (type: 'snapshot' | 'rows', n: number, remaining: number) => ({
    type,
    topic: 'quotas:4',
    n,
    at: n,
    rows: [[9, { id: 9, remaining }]],
    gone: []
  })
  const shown = () => session.quotas(4).rows.get(9)?.remaining
  const away = session.quotas(4).subscribe(() => {})
  socket.say(frame('snapshot', 3, 30))
  away()
  socket.say(frame('rows', 4, 29))
  const again = session.quotas(4).subscribe(() => {})
  t.match([session.quotas(4).status, shown()], ['live', 29], 'nothing is missed while it is moved')
  again()
  await clock.advance(1_000)
  socket.say(frame('rows', 5, 28)) // was on its way
  t.match([session.quotas(4).rows.size, session.quotas(4).asOf], [0, null], 'closed it shows nothing old')
  session.quotas(4).subscribe(() => {})
  socket.say(frame('rows', 5, 28))
  t.match(
    [session.quotas(4).status, shown()],
    ['loading', undefined],
    'what was on its way is of the old one'
  )
  socket.say(frame('snapshot', 6, 27))
  t.match([session.quotas(4).status, shown()], ['live', 27])

  session.liveCalls.subscribe(() => {})
  socket.say({ type: 'refused', topic: 'calls', reason: 'forbidden' })
  t.equal(session.liveCalls.status, 'refused')
  session.disconnect()
  t.equal(session.connection.value.state, 'idle')
})

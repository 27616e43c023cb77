import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { type Test, test } from 'tap'
import { AmiLink } from '../src/link/ami-link.ts'
import { AmiFramer } from '../src/link/framer.ts'
import type { AmiLinkOptions } from '../src/link/options.ts'
import { type AmiPacket, header, headerAfter, parsePacket, WirePacket } from '../src/link/packet.ts'
import { play, recordsOf } from './interpreting.ts'
import { acceptLogin, BANNER, fakeClock, packet, scriptedAmi } from './scripted-ami.ts'

const SECRET = 's3cr3t-of-the-account'

async function setup(t: Test, options: Partial<AmiLinkOptions> = {}) {
  const server = await scriptedAmi()
  const link = new AmiLink({
    port: server.port,
    username: 'framework',
    secret: SECRET,
    minBackoffMs: 1,
    maxBackoffMs: 4,
    ...options
  })
  const events: AmiPacket[] = []
  link.on('event', event => void events.push(parsePacket(event.text)))
  t.teardown(() => link.close())
  t.teardown(() => server.close())
  return { server, link, events }
}

async function upLink(t: Test, options: Partial<AmiLinkOptions> = {}, after = '') {
  const context = await setup(t, options)
  const up = once(context.link, 'up')
  context.link.start()
  const peer = await context.server.peer()
  const login = await acceptLogin(peer, after)
  await up
  return { ...context, peer, login }
}

/** Resolves when the event with this name has come. */
function arrival(link: AmiLink, name: string): Promise<AmiPacket> {
  return new Promise(resolve => {
    const look = ({ text }: WirePacket): void => {
      const event = parsePacket(text)
      if (event.Event !== name) return
      link.off('event', look)
      resolve(event)
    }
    link.on('event', look)
  })
}

async function failure(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  try {
    await promise
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('expected a rejection')
}

test('login, up, actions and their answers', async t => {
  const { link, peer, login, server } = await setupUp(t)
  t.strictSame(login.Username, ['framework'])
  t.strictSame(login.Events, ['system,call,user'])
  t.equal(link.isUp, true)
  t.equal(link.where, `127.0.0.1:${server.port}`)
  const answer = link.action({ Action: 'CoreStatus' })
  const asked = await peer.next()
  t.strictSame(Object.keys(asked), ['Action', 'ActionID'], 'ActionID is the second header')
  peer.send(packet('Response: Success', `ActionID: ${asked.ActionID?.[0]}`, 'CoreCurrentCalls: 2'))
  t.equal((await answer).CoreCurrentCalls, '2')

  const refused = failure(link.action({ Action: 'Hangup', Channel: 'PJSIP/none' }))
  const hangup = await peer.next()
  peer.send(packet('Response: Error', `ActionID: ${hangup.ActionID?.[0]}`, 'Message: No such channel'))
  const error = await refused
  t.equal(error.code, 'AMI_ACTION_FAILED')
  t.match(error.message, /Hangup: No such channel/)
  t.match(error, { response: { Response: 'Error' } })

  async function setupUp(t: Test) {
    const context = await setup(t, { events: 'system,call,user' })
    const up = once(context.link, 'up')
    context.link.start()
    const peer = await context.server.peer()
    const login = await acceptLogin(peer)
    t.strictSame(await up, [{ banner: 'Asterisk Call Manager/11.0.0', amiVersion: '11.0.0', uptimeS: 37 }])
    return { ...context, peer, login }
  }
})

test('packets come out the same however the stream is cut', async t => {
  const text =
    packet('Event: One', 'Name: Jürgen Ünal → 电话', 'Empty:', 'Text: a: b: c') +
    packet('Event: Two', 'ChanVariable: A=1', 'ChanVariable: B=', 'ChanVariable: C=x=y') +
    packet('Event: Three', 'Emoji: 📞')
  const expected = [
    { Event: 'One', Name: 'Jürgen Ünal → 电话', Empty: '', Text: 'a: b: c' },
    { Event: 'Two', ChanVariable: ['A=1', 'B=', 'C=x=y'] },
    { Event: 'Three', Emoji: '📞' }
  ]
  const bytes = Buffer.from(text)
  const { link, peer, events } = await upLink(t)

  t.test('several packets in one chunk', async t => {
    events.length = 0
    const last = arrival(link, 'Three')
    peer.send(bytes)
    await last
    t.strictSame(plain(events), expected)
  })
  t.test('every byte on its own', async t => {
    events.length = 0
    const last = arrival(link, 'Three')
    for (let i = 0; i < bytes.length; i++) {
      peer.send(bytes.subarray(i, i + 1))
      await new Promise(resolve => setImmediate(resolve)) // lets the kernel deliver it apart
    }
    await last
    t.strictSame(plain(events), expected)
  })
  t.test('5 MiB in one answer, and 1 MiB in one header, in pieces', async t => {
    const answer = link.action({ Action: 'Command', Command: 'core show channels' })
    const { ActionID } = await peer.next()
    const line = `Output: ${'x'.repeat(56)}`
    const lines = [...Array.from({ length: 81_920 }, () => line), `Long: ${'y'.repeat(1_048_576)}`]
    const big = Buffer.from(packet('Response: Success', `ActionID: ${ActionID?.[0]}`, ...lines))
    for (let i = 0; i < big.length; i += 60_001) peer.send(big.subarray(i, i + 60_001))
    const { Output, Long } = await answer
    t.equal(Output?.length, 81_920)
    t.equal(Long?.length, 1_048_576)
  })
})

test('a header looked for in the text of a packet is the one that parsing all of it gives', t => {
  const differs = (text: string): string | undefined => {
    const whole = parsePacket(text)
    const packet = new WirePacket(text)
    // A prefix of a name, a header that other packets have, and one that no object must have.
    for (const name of [...Object.keys(whole), 'Chan', 'ChanVariable', 'A', '__proto__'])
      if (name !== '' && header(packet, name) !== header(whole, name)) return name
    for (const prefix of ['EVS_CALL_ID=', 'EVS_LEG=', 'b']) {
      if (headerAfter(packet, 'ChanVariable', prefix) !== headerAfter(whole, 'ChanVariable', prefix))
        return `ChanVariable ${prefix}`
    }
    return undefined
  }
  const folder = new URL('traces/', import.meta.url)
  for (const name of readdirSync(folder).filter(file => file.endsWith('.ami'))) {
    const texts = new AmiFramer().push(readFileSync(new URL(name, folder)))
    const odd = texts.find(text => differs(text) !== undefined)
    if (odd !== undefined) t.fail(`${name}: ${differs(odd)} in ${odd}`)
  }
  const piece = fc.constantFrom(
    '\r\n',
    '\n',
    '\r',
    ':',
    ': ',
    ' ',
    'A',
    'b',
    'ChanVariable',
    'EVS_LEG=',
    'é',
    ''
  )
  const text = fc.array(piece, { maxLength: 24 }).map(pieces => pieces.join(''))
  fc.assert(
    fc.property(text, one => differs(one) === undefined),
    { seed: 17, numRuns: 5_000 }
  )
  t.end()
})

test('a recorded connection gives the same packets and the same calls wherever it is split in two', t => {
  const bytes = readFileSync(new URL('traces/agent-phone-unreachable.ami', import.meta.url))
  const whole = new AmiFramer().push(bytes)
  const calls = JSON.stringify(recordsOf(play(whole.map(parsePacket))))
  t.match(calls, /agent_unreachable/)
  for (let at = 0; at <= bytes.length; at++) {
    const framer = new AmiFramer()
    const texts = [...framer.push(bytes.subarray(0, at)), ...framer.push(bytes.subarray(at))]
    if (JSON.stringify(texts) !== JSON.stringify(whole)) t.fail(`split at byte ${at}: other packets`)
    if (at % 50 === 0 && JSON.stringify(recordsOf(play(texts.map(parsePacket)))) !== calls)
      t.fail(`split at byte ${at}: other calls`)
  }
  t.end()
})

test('an event that bears the ActionID of an action without its answer yet is an event, and answers nothing', async t => {
  const { link, peer, events } = await upLink(t)
  const answer = link.action({ Action: 'Originate', Async: true })
  const id = `ActionID: ${(await peer.next()).ActionID?.[0]}`
  peer.send(
    packet('Event: OriginateResponse', id, 'Response: Failure', 'Reason: 0') +
      packet('Response: Success', id, 'Message: Originate successfully queued')
  )
  t.equal((await answer).Message, 'Originate successfully queued')
  t.equal(events.filter(event => event.Event === 'OriginateResponse').length, 1)
  t.equal(link.pendingCount, 0)
})

/** Copies of packets with a prototype, to compare. */
function plain(packets: AmiPacket[]): Record<string, string | string[]>[] {
  return packets.map(one => ({ ...one }))
}

test('text from outside cannot make packets or damage objects', async t => {
  const { link, peer, events } = await upLink(t)
  events.length = 0
  const text = 'line1\n\nEvent: Hangup\nUniqueid: 6.66'
  const last = arrival(link, 'Last')
  peer.send(
    packet('Event: Newexten', 'Channel: PJSIP/1001-1', `AppData: ${text}`) +
      packet('Event: UserEvent', 'UserEvent: Note', `Text: ${text}`, 'After: yes') +
      packet(
        'Event: Odd',
        '__proto__: polluted',
        'constructor: c',
        'toString: s',
        '__proto__: twice',
        'no colon here'
      ) +
      packet('Event: Last')
  )
  await last
  t.strictSame(plain(events.slice(0, 2)), [
    { Event: 'Newexten', Channel: 'PJSIP/1001-1', AppData: text },
    { Event: 'UserEvent', UserEvent: 'Note', Text: text, After: 'yes' }
  ])
  const odd = events[2] ?? {}
  t.strictSame(Object.entries(odd), [
    ['Event', 'Odd'],
    ['__proto__', ['polluted', 'twice']],
    ['constructor', 'c'],
    ['toString', 's']
  ])
  t.equal(Object.getPrototypeOf(odd), null)
  t.notOk('polluted' in {})
})

test('events in the chunk of the login answer are kept, and half a packet dies with its connection', async t => {
  const { server, link, events, peer } = await upLink(t, {}, packet('Event: Early', 'N: 1'))
  t.equal(events.at(-1)?.Event, 'Early')
  const down = once(link, 'down')
  const pending = failure(link.action({ Action: 'Status' }))
  await peer.next()
  peer.socket.write('Event: Hangup\r\nUniqueid: 7.77\r\n', () => peer.socket.resetAndDestroy())
  await down
  const error = await pending
  t.equal(error.code, 'AMI_LINK_DOWN')
  t.match(error.message, /Status/)
  t.equal(link.pendingCount, 0)
  const meanwhile = await failure(link.action({ Action: 'Ping' }))
  t.equal(meanwhile.code, 'AMI_LINK_DOWN', 'nothing is kept for later')

  const up = once(link, 'up')
  await acceptLogin(await server.peer(), packet('Event: Fresh'))
  await up
  t.equal(events.filter(event => event.Event === 'Hangup').length, 0)
  t.ok(events.some(event => event.Event === 'Fresh'))
})

test('a refused login is told and not repeated for half a minute, a shutting down Asterisk is tried again', async t => {
  const clock = fakeClock()
  const { server, link } = await setup(t, {
    clock,
    minBackoffMs: 250,
    maxBackoffMs: 15_000,
    random: () => 0.5
  })
  link.start()
  const waits: number[] = []
  const refuse = async (message: string): Promise<Error> => {
    const retry = once(link, 'retry')
    const peer = await server.peer()
    peer.send(BANNER)
    const login = await peer.next()
    peer.send(packet('Response: Error', `ActionID: ${login.ActionID?.[0]}`, `Message: ${message}`))
    const [told] = await retry
    waits.push(told.delayMs)
    clock.advance(told.delayMs)
    return told.error
  }
  const refusals: Error[] = []
  link.on('login-refused', error => void refusals.push(error))
  const shutting = await refuse('Asterisk is shutting down')
  t.match(shutting, { code: 'AMI_ACTION_FAILED', message: /shutting down/ })
  await refuse('Asterisk is shutting down')
  t.equal(refusals.length, 0)
  const wrong = await refuse('Authentication failed')
  t.match(wrong, { code: 'AMI_LOGIN_REFUSED', message: /framework.*manager\.conf/ })
  t.notMatch(`${wrong.message} ${wrong.stack} ${JSON.stringify(wrong)}`, SECRET)
  t.equal(refusals.length, 1)
  for (let i = 0; i < 6; i++) await refuse('Asterisk is shutting down')
  t.strictSame(waits, [250, 375, 30_000, 750, 1500, 3000, 6000, 11_250, 11_250])

  const up = once(link, 'up')
  const peer = await server.peer()
  await acceptLogin(peer)
  await up
  const retry = once(link, 'retry')
  peer.socket.destroy()
  t.match(await retry, [{ delayMs: 250, failures: 1 }], 'only a login resets the wait')
})

test('every silence has its limit', async t => {
  t.test('no greeting', async t => {
    const clock = fakeClock()
    const { server, link } = await setup(t, { clock })
    const retry = once(link, 'retry')
    link.start()
    await server.peer()
    clock.advance(5000)
    t.match(await retry, [{ error: { code: 'AMI_CONNECT_TIMEOUT' } }])
  })
  t.test('a greeting of something else', async t => {
    const { server, link } = await setup(t)
    const retry = once(link, 'retry')
    link.start()
    const peer = await server.peer()
    peer.send('SSH-2.0-OpenSSH_9.6\r\n')
    t.match(await retry, [{ error: { code: 'AMI_BAD_GREETING' } }])
  })
  t.test('no answer to the login', async t => {
    const clock = fakeClock()
    const { server, link } = await setup(t, { clock })
    const retry = once(link, 'retry')
    link.start()
    const peer = await server.peer()
    peer.send(BANNER)
    await peer.next()
    clock.advance(5000)
    t.match(await retry, [{ error: { code: 'AMI_LOGIN_TIMEOUT' } }])
  })
  t.test('no FullyBooted, as without read class system: up all the same', async t => {
    const clock = fakeClock()
    const { server, link } = await setup(t, { clock })
    const up = once(link, 'up')
    const first = arrival(link, 'Marker')
    link.start()
    const peer = await server.peer()
    peer.send(BANNER)
    const login = await peer.next()
    peer.send(packet('Response: Success', `ActionID: ${login.ActionID?.[0]}`) + packet('Event: Marker'))
    await first
    t.equal(link.isUp, false)
    clock.advance(3000)
    t.strictSame(await up, [{ banner: 'Asterisk Call Manager/11.0.0', amiVersion: '11.0.0' }])
  })
  t.test('a session without events does not wait for one', async t => {
    const clock = fakeClock()
    const { server, link } = await setup(t, { clock, events: 'off' })
    const up = once(link, 'up')
    link.start()
    const peer = await server.peer()
    peer.send(BANNER)
    const login = await peer.next()
    peer.send(packet('Response: Success', `ActionID: ${login.ActionID?.[0]}`))
    await up
    t.equal(link.isUp, true)
  })
  t.test('no answer to an action', async t => {
    const clock = fakeClock()
    const { link, peer } = await upLink(t, { clock })
    const late = failure(link.action({ Action: 'Originate' }, { timeoutMs: 700 }))
    const { ActionID } = await peer.next()
    clock.advance(700)
    t.match(await late, { code: 'AMI_ACTION_TIMEOUT', message: /Originate within 700 ms/ })
    t.equal(link.pendingCount, 0)
    const after = arrival(link, 'After')
    peer.send(packet('Response: Success', `ActionID: ${ActionID?.[0]}`) + packet('Event: After'))
    await after
    t.equal(link.isUp, true, 'the late answer harms nothing')
  })
  t.test('a dead peer is noticed by Ping, a busy one is not pinged', async t => {
    const clock = fakeClock()
    const { link, peer } = await upLink(t, { clock })
    clock.advance(6000)
    const busy = arrival(link, 'Busy')
    peer.send(packet('Event: Busy'))
    await busy
    clock.advance(9000)
    t.equal(link.pendingCount, 0, '15 s after login, but only 9 s of silence')
    clock.advance(1000)
    const ping = await peer.next()
    t.strictSame(ping.Action, ['Ping'])
    const pong = once(link, 'response')
    peer.send(packet('Response: Success', `ActionID: ${ping.ActionID?.[0]}`, 'Ping: Pong'))
    await pong
    await new Promise(resolve => setImmediate(resolve)) // the promise of Ping settles after the event
    clock.advance(10_000)
    t.strictSame((await peer.next()).Action, ['Ping'])
    const down = once(link, 'down')
    clock.advance(5000)
    t.match(await down, [{ code: 'AMI_PING_TIMEOUT' }])
  })
})

test('a peer that refuses or vanishes never crashes the process', async t => {
  const server = await scriptedAmi()
  const { port } = server
  await server.close()
  const link = new AmiLink({ port, username: 'a', secret: 'b', minBackoffMs: 1, maxBackoffMs: 2 })
  t.teardown(() => link.close())
  link.start()
  const [first] = await once(link, 'retry')
  const [second] = await once(link, 'retry')
  t.equal(first.failures, 1)
  t.equal(second.failures, 2)
  t.match(first.error, { code: 'ECONNREFUSED' })
  t.match(await failure(link.action({ Action: 'Ping' })), { code: 'AMI_LINK_DOWN', message: /ECONNREFUSED/ })
})

test('lists are collected by EventList and ActionID, with other events in between', async t => {
  const { link, peer, events } = await upLink(t)
  const channels = link.list({ Action: 'CoreShowChannels' })
  const status = failure(link.list({ Action: 'Status' }))
  const a = `ActionID: ${(await peer.next()).ActionID?.[0]}`
  const b = `ActionID: ${(await peer.next()).ActionID?.[0]}`
  peer.send(
    packet('Response: Success', a, 'EventList: start', 'Message: Channels will follow') +
      packet('Event: CoreShowChannel', a, 'Channel: PJSIP/1001-1') +
      packet('Event: Newchannel', 'Channel: PJSIP/1002-2') +
      packet('Response: Success', b, 'EventList: start') +
      packet('Event: CoreShowChannel', a, 'Channel: PJSIP/1003-3') +
      packet('Event: StatusComplete', b, 'EventList: cancelled') +
      packet('Event: CoreShowChannelsComplete', a, 'EventList: Complete', 'ListItems: 2')
  )
  const list = await channels
  t.strictSame(
    list.rows.map(row => row.Channel),
    ['PJSIP/1001-1', 'PJSIP/1003-3']
  )
  t.equal(list.complete.ListItems, '2')
  t.equal((await status).code, 'AMI_LIST_CANCELLED')
  t.equal(events.filter(event => event.Event === 'Newchannel').length, 1)
})

test('actions of one millisecond each get their own answer, and a given ActionID is used', async t => {
  const { link, peer } = await upLink(t)
  const answers = Array.from({ length: 50 }, (_, n) => link.action({ Action: 'Getvar', Variable: `V${n}` }))
  const asked: Record<string, string[]>[] = []
  for (let n = 0; n < 50; n++) asked.push(await peer.next())
  for (const action of asked.reverse()) {
    peer.send(
      packet('Response: Success', `ActionID: ${action.ActionID?.[0]}`, `Value: ${action.Variable?.[0]}`)
    )
  }
  t.strictSame(
    (await Promise.all(answers)).map(answer => answer.Value),
    Array.from({ length: 50 }, (_, n) => `V${n}`)
  )

  const originate = link.action({ Action: 'Originate', ActionID: 'orig-1-a1', Async: true })
  const twice = await failure(link.action({ Action: 'Originate', ActionID: 'orig-1-a1' }))
  t.equal(twice.code, 'AMI_DUPLICATE_ACTION_ID')
  const sent = await peer.next()
  t.strictSame([sent.ActionID, sent.Async], [['orig-1-a1'], ['true']])
  peer.send(packet('Response: Success', 'ActionID: orig-1-a1', 'Message: Originate successfully queued'))
  t.equal((await originate).Message, 'Originate successfully queued')
})

test('nothing can be smuggled into an action', async t => {
  const { link, peer } = await upLink(t)
  const code = async (action: { Action: string; [header: string]: unknown }): Promise<string | undefined> => {
    // The type forbids some of these; a JavaScript caller could still send them.
    const error = await failure(link.action(action as Parameters<AmiLink['action']>[0]))
    t.notMatch(error.message, /998901234567/, 'no value is quoted')
    return error.code
  }
  const number = '998901234567'
  t.equal(await code({ Action: 'Originate', Exten: `${number}\r\nApplication: System` }), 'AMI_BAD_HEADER')
  t.equal(await code({ Action: 'Originate', Exten: `${number}\n` }), 'AMI_BAD_HEADER')
  t.equal(await code({ Action: 'Originate', Exten: `${number}\0` }), 'AMI_BAD_HEADER')
  t.equal(await code({ Action: 'Ping\r\nX: y' }), 'AMI_BAD_HEADER')
  t.equal(await code({ Action: 'Ping', ActionID: 'a\r\nb' }), 'AMI_BAD_HEADER')
  t.equal(await code({ Action: 'Ping', 'Bad: Name': number }), 'AMI_BAD_HEADER')
  t.equal(await code({ Action: 'Ping', actionid: '7' }), 'AMI_BAD_HEADER')
  t.equal(await code({ Action: 'Originate', Variable: 'A=1,B=2' }), 'AMI_BAD_HEADER')
  t.equal(await code({ Action: 'Originate', Variable: ['A=1'] }), 'AMI_BAD_HEADER')
  t.equal(await code({ Action: 'Originate', Other: { a: 1 } }), 'AMI_BAD_HEADER')
  t.equal(await code({ Action: 'Originate', Variable: { 'A,B': number } }), 'AMI_BAD_VARIABLE')
  t.equal(await code({ Action: 'Originate', Variable: { A: `${number}\r\nB=1` } }), 'AMI_BAD_HEADER')
  t.equal(await code({ Action: 'Originate', Data: 'x'.repeat(1018) }), 'AMI_LINE_TOO_LONG')
  t.equal(await code({ Action: 'Originate', Codecs: Array(127).fill('alaw') }), 'AMI_TOO_MANY_HEADERS')
  t.equal(link.pendingCount, 0)

  const fits = link.action({ Action: 'Originate', Data: 'x'.repeat(1017) })
  const longest = await peer.next()
  peer.send(packet('Response: Success', `ActionID: ${longest.ActionID?.[0]}`))
  await fits

  const sent = link.action({
    Action: 'Originate',
    Variable: { __EVS_CALL_ID: 'c1', NOTE: 'Doe, John,ADMIN=1 "x" (y) [z] \\', 'CDR(userfield)': 'evs' }
  })
  const action = await peer.next()
  peer.send(packet('Response: Success', `ActionID: ${action.ActionID?.[0]}`))
  await sent
  t.strictSame(action.Variable, [
    '__EVS_CALL_ID=c1',
    'NOTE=Doe\\, John\\,ADMIN=1 \\"x\\" \\(y\\) \\[z\\] \\\\',
    'CDR(userfield)=evs'
  ])
})

test('a link says what is wrong with its options, and close ends everything', async t => {
  t.throws(() => new AmiLink({ username: '', secret: 'x' }), {
    code: 'AMI_BAD_OPTION',
    message: /"username"/
  })
  t.throws(() => new AmiLink({ username: 'a', secret: '' }), { code: 'AMI_BAD_OPTION', message: /"secret"/ })
  t.throws(() => new AmiLink({ username: 'a', secret: 'x', port: 0 }), { message: /"port"/ })
  t.throws(() => new AmiLink({ username: 'a', secret: 'x', pingEveryMs: 0 }), { message: /"pingEveryMs"/ })
  const clock = fakeClock()
  const { link, peer } = await upLink(t, { clock })
  const pending = failure(link.action({ Action: 'Status' }))
  await peer.next()
  await link.close()
  t.equal((await pending).code, 'AMI_LINK_DOWN')
  t.strictSame(clock.timers(), [], 'no timer is left')
  t.equal(link.isUp, false)
})

test('a closed link can be started again while its old socket is still going', async t => {
  const { server, link, peer } = await upLink(t)
  t.ok(peer)
  const closing = link.close()
  const up = once(link, 'up')
  link.start()
  await closing
  await acceptLogin(await server.peer())
  await up
  t.equal(link.isUp, true)
})

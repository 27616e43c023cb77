import { connect } from 'node:net'
import t from 'tap'
import { AmiClient } from './support/client.ts'
import { callAction, client, simulator } from './support/start.ts'

const talk = (id: string): Record<string, string | string[]> =>
  callAction({ id, routes: '998901231000@trunk-site-a' })

t.test('dropped, cut after some packets, cut inside one: the call goes on without its watchers', async t => {
  const sim = await simulator(t)
  const dropped = await client(t, sim)
  dropped.send('Originate', talk('d'))
  await sim.runUntilIdle()
  sim.dropConnections()
  await dropped.untilClosed()
  t.equal(sim.calls().length, 1)

  const counted = await client(t, sim)
  await counted.until(() => counted.named('FullyBooted')[0], 'FullyBooted')
  const before = counted.packets.length
  sim.cutAfterPackets(2)
  sim.phone('1001').hangup()
  await sim.advance(1)
  await counted.untilClosed()
  t.equal(counted.packets.length - before, 2)

  const inside = await client(t, sim)
  sim.cutMidPacket()
  inside.send('Ping')
  await inside.untilClosed()
  t.match(inside.rest, /^Response: Suc/, 'half a packet')
})

t.test('writes of a few bytes and events sent twice still make whole packets', async t => {
  const sim = await simulator(t)
  const ami = await client(t, sim)
  sim.slowWrites(7)
  sim.duplicateEvents(1)
  ami.send('Originate', talk('slow'))
  await sim.advance(1500)
  const channels = ami.named('Newchannel').map(event => event.get('Channel'))
  t.equal(channels.length, 4)
  t.equal(new Set(channels).size, 2)
  sim.slowWrites(0)
  sim.duplicateEvents(0)
})

t.test('a frozen connection stays open and says nothing', async t => {
  const sim = await simulator(t)
  const ami = await client(t, sim)
  await ami.until(() => ami.named('FullyBooted')[0], 'FullyBooted')
  sim.freezeConnections()
  const heard = ami.packets.length
  ami.send('Ping')
  const other = await client(t, sim)
  t.equal((await other.ask('Ping')).get('Ping'), 'Pong', 'new connections are served')
  t.equal(ami.packets.length, heard)
  t.notOk(ami.closed)
})

t.test('a crash takes calls without a word; after the restart the boot time is new', async t => {
  const sim = await simulator(t)
  const ami = await client(t, sim)
  ami.send('Originate', talk('crash'))
  ami.send('Originate', { ...talk('ringing'), Channel: 'PJSIP/1002' })
  await sim.advance(1500)
  await sim.crash()
  await ami.untilClosed()
  t.same([sim.channels(), sim.cdr()], [[], []])
  t.same([ami.named('Hangup').length, ami.named('Cdr').length], [0, 0])
  const refused = await new Promise<string>(resolve => {
    connect(sim.port, '127.0.0.1').once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
  })
  t.equal(refused, 'ECONNREFUSED')
  await sim.advance(60_000)
  await sim.start()
  const after = await client(t, sim)
  const booted = await after.until(() => after.named('FullyBooted')[0], 'FullyBooted')
  t.equal(booted.get('Uptime'), '0')
  await sim.advance(60_000)
  t.same([after.events.length, await after.list('CoreShowChannels')], [1, []], 'nothing of before comes back')
})

t.test('a graceful end: Hangup and Cdr at once, logins refused meanwhile, Shutdown last', async t => {
  const sim = await simulator(t, { clock: 'real', timeScale: 50 })
  const ami = await client(t, sim)
  ami.send('Originate', talk('end'))
  await ami.until(() => ami.named('BridgeEnter').length === 2, 'the talk')
  const over = sim.shutdown(20_000)
  await ami.until(
    () => ami.named('Hangup').length === 2 && ami.named('Cdr').length > 0,
    'the end of the call'
  )
  const late = new AmiClient(sim.port)
  t.teardown(() => late.close())
  t.equal((await late.login()).get('Message'), 'Asterisk is shutting down')
  t.equal((await ami.ask('Ping')).get('Message'), 'Asterisk is shutting down')
  await over
  await ami.untilClosed()
  t.match(ami.events.at(-1)?.get('Event'), 'Shutdown')
})

t.test('a client that does not read is thrown out, the others are not', async t => {
  const sim = await simulator(t, {
    accounts: [{ username: 'evs', secret: 'evs-secret', writeTimeoutMs: 100 }]
  })
  const deaf = await client(t, sim)
  const reader = await client(t, sim)
  deaf.socket.pause()
  // kernel buffers take some megabytes before a write stands still
  for (let n = 0; n < 10_000; n++) {
    sim.phone('1001').unregister()
    sim.phone('1001').register()
    if (n % 500 === 0) await reader.ask('Ping')
  }
  const deadline = Date.now() + 10_000
  while (sim.connections() > 1 && Date.now() < deadline) await new Promise(resolve => setImmediate(resolve))
  t.equal(sim.connections(), 1)
  t.equal((await reader.ask('Ping')).get('Ping'), 'Pong')
  t.equal(reader.named('ContactStatus').length, 30_000, 'the reader has all of it')
  deaf.socket.resume()
  await deaf.untilClosed()
  t.ok(deaf.named('ContactStatus').length < 30_000)
})

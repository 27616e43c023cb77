import { createHash } from 'node:crypto'
import t from 'tap'
import { AmiClient, type Packet } from './support/client.ts'
import { ids, readTrace } from './support/replay.ts'
import { callAction, client, simulator } from './support/start.ts'

t.test('a login as manager.c takes it: accepted, booted, refused after a second, by digest', async t => {
  const sim = await simulator(t)
  await sim.advance(37_000)
  const good = new AmiClient(sim.port)
  t.teardown(() => good.close())
  const accepted = await good.login()
  t.equal(good.banner, 'Asterisk Call Manager/11.0.0')
  t.equal(accepted.get('Message'), 'Authentication accepted')
  const booted = await good.until(() => good.named('FullyBooted')[0], 'FullyBooted')
  t.same(
    booted.lines.map(([name, value]) => `${name}: ${value}`),
    ['Event: FullyBooted', 'Privilege: system,all', 'Uptime: 37', 'LastReload: 37', 'Status: Fully Booted']
  )
  t.equal((await good.login()).get('Message'), 'Already authenticated')

  const bad = new AmiClient(sim.port)
  t.teardown(() => bad.close())
  const early = await bad.ask('Ping')
  t.equal(early.get('Message'), 'Permission denied', 'nothing goes before the login')
  bad.send('Login', { Username: 'evs', Secret: 'wrong' })
  await sim.advance(990)
  t.equal(bad.packets.length, 1, 'no answer yet')
  await sim.advance(20)
  t.equal(bad.packets[1]?.get('Message'), 'Authentication failed')
  await bad.untilClosed()

  const digest = new AmiClient(sim.port)
  t.teardown(() => digest.close())
  const challenge = (await digest.ask('Challenge', { AuthType: 'MD5' })).get('Challenge')
  const Key = createHash('md5').update(`${challenge}evs-secret`).digest('hex')
  const entered = await digest.ask('Login', { Username: 'evs', AuthType: 'MD5', Key, Events: 'off' })
  t.equal(entered.get('Message'), 'Authentication accepted')
  t.equal((await digest.ask('Ping')).get('Ping'), 'Pong')
  t.equal(digest.named('FullyBooted').length, 0, 'with Events: off there is no FullyBooted')
  const goodbye = await digest.ask('Logoff')
  t.match([goodbye.get('Response'), goodbye.get('Message')], ['Goodbye', 'Thanks for all the fish.'])
  await digest.untilClosed()
})

t.test('actions are refused in the words of the real thing', async t => {
  const sim = await simulator(t)
  const ami = await client(t, sim)
  const refusal = async (action: string, fields: Record<string, string> = {}): Promise<string> => {
    const response = await ami.ask(action, fields)
    t.equal(response.get('Response'), 'Error', action)
    return response.get('Message')
  }
  const base = { Channel: 'PJSIP/1001', Context: 'evs-dial', Exten: 's', Priority: '1', Async: 'true' }
  t.match(await refusal('Nonsense'), /^Invalid\/unknown command: Nonsense\./)
  t.match(
    await refusal('SimPhone', { Phone: '1001' }),
    /^Invalid\/unknown command/,
    'lab actions are for lab accounts'
  )
  t.equal(await refusal('Command', { Command: 'core show channels' }), 'Permission denied')
  t.equal(await refusal('PJSIPShowContacts'), 'Permission denied')
  t.equal(await refusal('MuteAudio'), 'Permission denied')
  t.match(await refusal('BlindTransfer'), /^Not simulated/, 'what is not played is said, not faked')
  t.equal(await refusal('Originate', { ...base, Context: 'nowhere' }), 'Extension does not exist.')
  t.equal(await refusal('Originate', { ...base, Channel: 'nonsense' }), 'Invalid channel')
  t.equal(await refusal('Originate', { Context: 'evs-dial' }), 'Channel not specified')
  t.equal(
    await refusal('Originate', { ...base, Application: 'System', Data: 'id' }),
    'Originate Access Forbidden: app or data blacklisted'
  )
  t.equal(await refusal('Hangup', { Channel: 'PJSIP/1001-000000ff' }), 'No such channel')
  t.equal(await refusal('Hangup'), 'No channel specified')
  t.equal(await refusal('Setvar', { Value: 'x' }), 'No variable specified')
  t.equal(
    await refusal('Redirect', { Channel: 'x', Context: 'evs-held', Exten: 'call', Priority: '1' }),
    'Channel does not exist: x'
  )
  t.equal(await refusal('Events', { EventMask: 'bogus' }), 'Invalid event mask')
  t.equal(
    await refusal('Setvar', { Variable: 'x'.repeat(1100), Value: '1' }).catch(String),
    'Failed to parse message: line too long'
  )
  const many = Object.fromEntries(Array.from({ length: 130 }, (_, n) => [`X${n}`, '1']))
  t.match(await refusal('Ping', many), /^Too many lines in message/)
  ami.socket.write('ActionID: bare\r\n\r\n')
  const bare = await ami.until(
    () => ami.packets.find(packet => packet.get('ActionID') === 'bare'),
    'the answer'
  )
  t.equal(bare.get('Message'), 'Missing action in request')
})

t.test('variables are split at commas unless escaped, and inherited by underscores', async t => {
  const sim = await simulator(t)
  const ami = await client(t, sim)
  const action = callAction({ id: 'v', routes: '998901231000@trunk-site-a' })
  action.Variable = [
    ...(action.Variable as string[]),
    'NOTE=Doe\\, John \\(boss\\) \\"JJ\\" \\\\o/,ADMIN=1',
    '__DEEP=all,_ONCE=next'
  ]
  ami.send('Originate', action)
  await sim.runUntilIdle()
  const [agent, customer] = sim.channels().map(channel => channel.name) as [string, string]
  const read = async (channel: string, Variable: string): Promise<string> =>
    (await ami.ask('Getvar', { Channel: channel, Variable })).get('Value')
  t.equal(await read(agent, 'NOTE'), 'Doe, John (boss) "JJ" \\o/')
  t.equal(await read(agent, 'ADMIN'), '1', 'an unescaped comma starts another variable')
  t.equal(await read(customer, 'DEEP'), 'all')
  t.equal(await read(customer, 'ONCE'), 'next')
  t.equal(await read(customer, 'NOTE'), '')
  t.equal(await read(customer, 'EVS_LEG'), 'customer')
  t.equal(await read('v-a1', 'EVS_LEG'), 'agent', 'a channel is found by its Uniqueid as well')
  t.match(await read(agent, 'PJSIP_DIAL_CONTACTS(1001)'), /^PJSIP\/1001\/sip:/)
})

t.test('an id that is in use fails with the first call’s id; without Async later actions wait', async t => {
  const sim = await simulator(t)
  const ami = await client(t, sim)
  const action = callAction({ id: 'dup', routes: '998901231000@trunk-site-a' })
  ami.send('Originate', action)
  await sim.runUntilIdle()
  const again = await ami.ask('Originate', { ...action, ActionID: 'again', Channel: 'PJSIP/1002' })
  t.equal(again.get('Message'), 'Originate successfully queued')
  await sim.runUntilIdle()
  const failed = ami.named('OriginateResponse').find(event => event.get('ActionID') === 'again')
  t.match(
    [failed?.get('Response'), failed?.get('Reason'), failed?.get('Uniqueid')],
    ['Failure', '0', 'dup-a1']
  )
  t.equal(sim.channels().length, 2, 'the first call goes on')

  const { ChannelId: _, ...other } = callAction({
    id: 'sync',
    routes: '998901231000@trunk-site-a',
    station: 'PJSIP/1003'
  })
  ami.send('Originate', { ...other, ActionID: 'sync', Async: 'false' })
  ami.send('Ping', { ActionID: 'behind' })
  const answered = (id: string): boolean =>
    ami.packets.some(
      packet => packet.get('ActionID') === id && packet.get('Response') !== '' && packet.get('Event') === ''
    )
  await sim.advance(900)
  t.notOk(answered('behind'))
  await sim.advance(200)
  t.ok(answered('sync') && answered('behind'), 'the answer came with the phone’s, the Ping behind it')
})

t.test('a held leg is redirected, a leg without a dialplan is hung up by it', async t => {
  const sim = await simulator(t)
  const ami = await client(t, sim)
  const {
    Context: _c,
    Exten: _e,
    Priority: _p,
    ...alone
  } = callAction({ id: 'alone', routes: '998901231000@trunk-site-a' })
  ami.send('Originate', {
    ...alone,
    Application: 'Dial',
    Data: 'PJSIP/998901231000@trunk-site-a,30,f("Front desk" <998712000009>)'
  })
  await sim.runUntilIdle()
  t.match(
    sim.invites().at(-1),
    { endpoint: 'trunk-site-a', callerId: '998712000009' },
    'option f is what the customer sees'
  )
  const done = await ami.ask('Redirect', {
    Channel: 'alone-a1',
    Context: 'evs-held',
    Exten: 'wait',
    Priority: '1'
  })
  t.equal(done.get('Message'), 'Redirect successful')
  await sim.advance(1)
  t.same(sim.channels(), [], 'an application’s leg has nowhere to go')
  t.equal(ami.named('SoftHangupRequest').length, 0)
})

t.test('snapshots of a call that is up have the headers and values of the real recording', async t => {
  const real = readTrace('reconnect-mid-call').received
  const sim = await simulator(t, { phoneContext: 'from-agent' })
  const before = await client(t, sim, 'lab')
  before.send('Originate', {
    Channel: 'PJSIP/1001',
    Timeout: '20000',
    CallerID: '"998901231006" <998901231006>',
    Async: 'true',
    Account: 'crm',
    Application: 'Dial',
    Data: 'PJSIP/998901231006@trunk-site-a,30',
    ChannelId: 'cc-mwrv9dxj-52-a',
    Variable: ['__EVS_CALL_ID=cc-mwrv9dxj-52', 'EVS_LEG=agent']
  })
  await sim.advance(3500)
  const ami = await client(t, sim, 'lab')
  const mine: Packet[] = []
  mine.push(...(await ami.list('CoreShowChannels', { ActionID: 'lab-2' })))
  mine.push(...(await ami.list('Status', { ActionID: 'lab-3' })))
  const bridges = await ami.list('BridgeList', { ActionID: 'lab-4' })
  mine.push(...bridges)
  const info = await ami.list('BridgeInfo', {
    ActionID: 'lab-9',
    BridgeUniqueid: bridges[0]!.get('BridgeUniqueid')
  })
  mine.push(...info)
  const rows = (packets: readonly Packet[]): string[] => {
    const roles = [...ids(packets)].sort(([a], [b]) => b.length - a.length)
    return packets
      .filter(packet =>
        ['CoreShowChannel', 'Status', 'BridgeListItem', 'BridgeInfoChannel'].includes(packet.get('Event'))
      )
      .map(packet => {
        const lines = packet.lines.filter(([name]) => !/^(Variable|Seconds|Duration)$/.test(name))
        const text = lines.map(([name, value]) => `${name}: ${value}`).join('\n')
        return roles.reduce((result, [id, role]) => result.replaceAll(id, role), text)
      })
  }
  t.same(rows(mine), rows(real))
  const status = await ami.ask('CoreStatus')
  t.match(status.get('CoreStartupDate'), '2026-01-05')
  t.match((await ami.ask('CoreSettings')).get('AsteriskVersion'), /^22\./)
})

t.test('lab actions steer a simulator that runs as its own process', async t => {
  const sim = await simulator(t)
  const lab = await client(t, sim, 'lab')
  const bad = await lab.ask('SimPhone', { Phone: '1001', Behaviour: 'dance' })
  t.match(bad.get('Message'), /unknown phone behaviour "dance": use answer/)
  t.match(
    (await lab.ask('SimPhone', { Phone: '7', Registered: 'no' })).get('Message'),
    /there is no phone "7"/
  )
  t.equal((await lab.ask('SimPhone', { Phone: '1001', Behaviour: 'auto' })).get('Response'), 'Success')
  t.equal((await lab.ask('SimTrunk', { Trunk: 'trunk-site-a', State: 'down' })).get('Response'), 'Success')
  lab.send(
    'Originate',
    callAction({ id: 'lab', routes: ['998901231000@trunk-site-a', '998901231000@trunk-site-b'] })
  )
  await sim.runUntilIdle()
  const customer = sim.channels().find(channel => channel.leg === 'customer')
  t.equal(customer?.endpoint, 'trunk-site-b')
  await lab.ask('SimCall', { Channel: customer!.name })
  await sim.runUntilIdle()
  const rows = await lab.list('SimCdr')
  t.match(JSON.parse(rows[0]!.get('Row')), { disposition: 'ANSWERED', destinationChannel: customer!.name })
  t.same(
    lab.named('PeerStatus').map(event => `${event.get('Peer')} ${event.get('PeerStatus')}`),
    ['PJSIP/trunk-site-a Unreachable']
  )
})

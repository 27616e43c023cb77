import t from 'tap'
import type { AmiClient } from './support/client.ts'
import { callAction, client, simulator } from './support/start.ts'

const dialEnd = (ami: AmiClient): Record<string, string> => {
  const event = ami.userEvents('EvsDialEnd').at(-1)
  return Object.fromEntries(
    ['Status', 'Cause', 'Route', 'AgentGone'].map(name => [name, event?.get(name) ?? ''])
  )
}

t.test('what the last four digits of a number do', async t => {
  const sim = await simulator(t)
  const ami = await client(t, sim)
  const table: Array<[ending: string, cause: string, status: string, answered: boolean]> = [
    ['1003', '16', 'ANSWER', true],
    ['1200', '16', 'ANSWER', true],
    ['2001', '17', 'BUSY', false],
    ['2102', '19', 'NOANSWER', false],
    ['2204', '34', 'CONGESTION', false],
    ['2301', '21', 'CHANUNAVAIL', false],
    ['2400', '1', 'CHANUNAVAIL', false],
    ['2500', '28', 'CHANUNAVAIL', false],
    ['2600', '27', 'CHANUNAVAIL', false],
    ['2700', '19', 'NOANSWER', false],
    ['2838', '38', 'CHANUNAVAIL', false],
    ['2822', '22', 'CHANUNAVAIL', false],
    ['3002', '19', 'NOANSWER', false],
    ['4001', '16', 'ANSWER', true],
    ['4102', '16', 'ANSWER', true],
    ['4303', '16', 'ANSWER', true],
    ['4402', '16', 'ANSWER', true],
    ['5002', '16', 'ANSWER', true],
    ['6004', '16', 'ANSWER', true],
    ['9999', '1', 'CHANUNAVAIL', false]
  ]
  for (const [index, [ending, cause, status, answered]] of table.entries()) {
    ami.send(
      'Originate',
      callAction({ id: `n${index}`, routes: `99890123${ending}@trunk-site-a`, variables: { EVS_MAX: '60' } })
    )
    await sim.runUntilIdle()
    const up = ami
      .named('Newstate')
      .some(
        event =>
          event.get('ChannelState') === '6' &&
          event.all('ChanVariable').join() === `EVS_CALL_ID=n${index},EVS_LEG=customer`
      )
    const end = dialEnd(ami)
    t.match(end, { Status: status, Cause: cause }, ending)
    t.equal(up, answered, `${ending} answered`)
    t.same(sim.channels(), [], `${ending} leaves nothing up`)
  }
})

t.test('a talk with two open ends lasts until somebody hangs up', async t => {
  const sim = await simulator(t)
  const ami = await client(t, sim)
  ami.send('Originate', callAction({ id: 'open', routes: '998901231000@trunk-site-a' }))
  await sim.runUntilIdle()
  await sim.advance(30 * 60_000)
  t.match(sim.calls(), [{ callId: 'open', talking: true, channels: [{ leg: 'agent' }, { leg: 'customer' }] }])
  sim.phone('1001').hangup()
  await sim.runUntilIdle()
  t.same(dialEnd(ami), { Status: 'ANSWER', Cause: '16', Route: '1', AgentGone: '1' })
  t.same(
    ami.named('HangupRequest').map(event => event.get('Channel').slice(0, 10)),
    ['PJSIP/1001'],
    'only the one who hung up'
  )
  t.same(sim.channels(), [])
})

t.test('the next route is tried for trouble on the way, never once the phone may have rung', async t => {
  const tries = async (
    first: string,
    setup?: (sim: Awaited<ReturnType<typeof simulator>>) => void
  ): Promise<string[]> => {
    const sim = await simulator(t)
    setup?.(sim)
    const ami = await client(t, sim)
    ami.send(
      'Originate',
      callAction({
        id: 'r',
        routes: [`99890123${first}@trunk-site-a`, '998901231001@trunk-site-b'],
        callerIds: ['998712000001', '998712000002']
      })
    )
    await sim.runUntilIdle()
    const failed = ami
      .userEvents('EvsRouteFailed')
      .map(event => `${event.get('Route')}:${event.get('Cause')}`)
    const end = dialEnd(ami)
    const shown = sim
      .invites()
      .filter(invite => invite.endpoint.startsWith('trunk'))
      .map(invite => invite.callerId)
    return [...failed, `${end.Route} ${end.Status} ${end.Cause}`, ...shown]
  }
  t.same(await tries('2600'), ['1:27', '2 ANSWER 16', '998712000001', '998712000002'], 'out of order')
  t.same(await tries('2200'), ['1:34', '2 ANSWER 16', '998712000001', '998712000002'], 'congestion at once')
  t.same(await tries('2838'), ['1:38', '2 ANSWER 16', '998712000001', '998712000002'], 'network out of order')
  t.same(await tries('2204'), ['1:34', '1 CONGESTION 34', '998712000001'], 'congestion after 4 s')
  t.same(await tries('3001'), ['1:19', '1 NOANSWER 19', '998712000001'], 'failure after 183')
  t.same(await tries('2000'), ['1:17', '1 BUSY 17', '998712000001'], 'busy after 180')
  t.same(await tries('2400'), ['1:1', '1 CHANUNAVAIL 1', '998712000001'], 'unallocated')
  const down = await tries('1001', sim => sim.trunk('trunk-site-a').down())
  t.same(down, ['1:3', '2 ANSWER 16', '998712000002'], 'trunk known to be down: no INVITE at all')
  const silent = await tries('1001', sim => sim.trunk('trunk-site-a').silent())
  t.same(silent, ['1:18', '2 ANSWER 16', '998712000001', '998712000002'], 'no SIP answer for 6.4 s')
})

t.test('the agent leg ends with the customer’s cause and the limit of the talk releases both', async t => {
  const sim = await simulator(t)
  const ami = await client(t, sim)
  ami.send(
    'Originate',
    callAction({ id: 'max', routes: '998901231000@trunk-site-a', variables: { EVS_MAX: '3' } })
  )
  await sim.runUntilIdle()
  t.equal(ami.named('HangupRequest').length, 0, 'the server ended it')
  t.match(dialEnd(ami), { Status: 'ANSWER', Cause: '16', AgentGone: '0' })
  ami.send('Originate', callAction({ id: 'rej', routes: '998901232300@trunk-site-a' }))
  await sim.runUntilIdle()
  const agent = ami.named('Hangup').find(event => event.get('Uniqueid') === 'rej-a1')
  t.match(
    [agent?.get('Cause'), agent?.get('Cause-txt'), agent?.get('TechCause')],
    ['21', 'Call Rejected', '403']
  )
  ami.send('Originate', callAction({ id: 'none', routes: '998901231000@trunk-nowhere' }))
  await sim.runUntilIdle()
  t.match(dialEnd(ami), { Status: 'CHANUNAVAIL', Cause: '3' }, 'an unknown trunk is no route')
})

t.test('an agent who goes while the customer’s phone rings cancels it', async t => {
  const sim = await simulator(t)
  const ami = await client(t, sim)
  ami.send('Originate', callAction({ id: 'gone', routes: '998901232100@trunk-site-a' }))
  await sim.advance(3000)
  await ami.ask('Hangup', { Channel: 'gone-a1', Cause: '16' })
  await sim.advance(10)
  t.match(dialEnd(ami), { Status: 'CANCEL', AgentGone: '1' })
  t.equal(ami.named('DialEnd').at(-1)?.get('DialStatus'), 'CANCEL')
  t.same(sim.channels(), [])
})

t.test('hold and recording by feature codes, mute and keys by action', async t => {
  const sim = await simulator(t)
  const ami = await client(t, sim)
  ami.send(
    'Originate',
    callAction({ id: 'f', routes: '998901231000@trunk-site-a', variables: { EVS_RECORD: 'f' } })
  )
  await sim.runUntilIdle()
  const [agent, customer] = sim.channels().map(channel => channel.name) as [string, string]
  const type = async (keys: string): Promise<void> => {
    for (const Digit of keys) {
      await ami.ask('PlayDTMF', { Channel: agent, Digit, Duration: '80', Receive: 'true' })
      await sim.advance(30)
    }
  }
  const from = ami.events.length
  await type('**81')
  await sim.advance(2000)
  await type('#')
  await type('**82')
  await type('**83')
  const kinds = ami.events
    .slice(from)
    .map(event => `${event.get('UserEvent') || event.get('Event')} ${event.get('State')}`.trim())
    .sort()
  t.same(kinds, [
    'EvsHold hold',
    'EvsHold unhold',
    'EvsRecording paused',
    'EvsRecording recording',
    'MixMonitorStart',
    'MixMonitorStart',
    'MixMonitorStop',
    'MixMonitorStop',
    'MusicOnHoldStart',
    'MusicOnHoldStop'
  ])
  await ami.ask('MixMonitorMute', { Channel: agent, Direction: 'both', State: '1' })
  await sim.advance(1)
  t.match(ami.named('MixMonitorMute').at(-1)?.get('State'), '1')
  await ami.ask('PlayDTMF', { Channel: customer, Digit: '5' })
  await ami.ask('PlayDTMF', { Channel: customer, Digit: '#' })
  t.equal(sim.channels()[1]?.keysHeard, '5#', 'the customer’s side heard the keys')
  const mute = await ami.ask('Setvar', { Channel: agent, Variable: 'MUTEAUDIO(in)', Value: 'on' })
  t.equal(mute.get('Message'), 'Variable Set')
})

t.test(
  'phones dial by hand through their site, inside their policy; emergency goes before every rule',
  async t => {
    const sim = await simulator(t, {
      phones: ['1001', '1002', { extension: '1011', site: 'site-b' }, { extension: '1012', policy: 'none' }]
    })
    const ami = await client(t, sim)
    const dial = async (phone: string, number: string): Promise<string> => {
      sim.phone(phone).dial(number)
      await sim.advance(1500)
      for (const channel of sim.channels()) await ami.ask('Hangup', { Channel: channel.name })
      await sim.runUntilIdle()
      const said = ami.userEvents('EvsHandDial').at(-1)
      const way = sim.invites().at(-1)
      const fields = sim.cdr().at(-1)?.userField
      return `${said?.get('Class')} ${fields} ${way?.endpoint} ${way?.callerId}`
    }
    t.equal(await dial('1001', '998901231000'), 'national evs:hand:site-a:national trunk-site-a 998712000001')
    t.equal(
      await dial('1011', '+998901231000'),
      'national evs:hand:site-b:national trunk-site-b 998712000002'
    )
    const before = sim.invites().length
    await dial('1012', '998901231000')
    t.equal(sim.invites().length, before, 'a refused number reaches no gateway')
    t.equal(ami.userEvents('EvsHandDial').at(-1)?.get('Class'), 'refused')
    t.match(await dial('1012', '112'), /^emergency evs:emergency:site-a:112 trunk-site-a/)
    sim.phone('1001').dial('1002')
    await sim.advance(1500)
    t.match(sim.calls(), [{ talking: true, channels: [{ endpoint: '1001' }, { endpoint: '1002' }] }])
  }
)

t.test('an agent leg that gets nowhere says so in the one way its failure has', async t => {
  const sim = await simulator(t)
  const ami = await client(t, sim)
  const fate = async (behaviour: string): Promise<string> => {
    sim.phone('1001', behaviour)
    const from = ami.events.length
    ami.send('Originate', {
      ...callAction({ id: behaviour, routes: '998901231000@trunk-site-a' }),
      Timeout: '4000'
    })
    await sim.runUntilIdle()
    const events = ami.events.slice(from)
    const get = (name: string, field: string): string =>
      events.find(event => event.get('Event') === name)?.get(field) || '-'
    return `${get('OriginateResponse', 'Response')} ${get('OriginateResponse', 'Reason')} ${get('DialEnd', 'DialStatus')} ${get('Hangup', 'Cause')} ${get('Cdr', 'Disposition')}`
  }
  t.equal(await fate('reject'), 'Failure 0 NOANSWER 21 NO ANSWER')
  t.equal(await fate('busy'), 'Failure 0 BUSY 17 BUSY')
  t.equal(await fate('dnd'), 'Failure 0 NOANSWER 19 NO ANSWER')
  t.equal(await fate('ring'), 'Failure 3 - 19 NO ANSWER')
  t.equal(await fate('slow:9'), 'Failure 3 - 19 NO ANSWER')
  sim.phone('1001').unregister()
  t.equal(await fate('answer'), 'Failure 0 - - -', 'not registered: OriginateResponse is all there is')
  sim.phone('1001').register()
  await sim.advance(1)
  t.same(
    ami.named('ContactStatus').map(event => event.get('ContactStatus')),
    ['Removed', 'NonQualified', 'Reachable']
  )
})

import { once } from 'node:events'
import { type Test, test } from 'tap'
import { createAsteriskManager } from '../src/facade/asterisk-manager.ts'
import type { LegacyPacket } from '../src/facade/types.ts'
import { AmiLink } from '../src/link/ami-link.ts'
import { acceptLogin, packet, scriptedAmi } from './scripted-ami.ts'

async function setup(t: Test) {
  const server = await scriptedAmi()
  const link = new AmiLink({
    port: server.port,
    username: 'framework',
    secret: 'x',
    minBackoffMs: 1,
    maxBackoffMs: 2
  })
  t.teardown(() => link.close())
  t.teardown(() => server.close())
  const ami = createAsteriskManager(link)
  const up = once(link, 'up')
  link.start()
  const peer = await server.peer()
  await acceptLogin(peer)
  await up
  return { server, link, ami, peer }
}

test('the usage that the README of asterisk-manager shows works', async t => {
  const { ami, peer, link } = await setup(t)
  const all: LegacyPacket[] = []
  ami.on('managerevent', (event: LegacyPacket) => void all.push(event))
  ami.keepConnected()
  const hangup = new Promise<LegacyPacket>(resolve => ami.once('hangup', resolve))
  const note = new Promise<LegacyPacket>(resolve => ami.once('userevent-note', resolve))
  peer.send(
    packet('Event: Hangup', 'Uniqueid: 1.1', 'ChanVariable: EVS_CALL_ID=c1', 'ChanVariable: EVS_LEG=agent') +
      packet('Event: VarSet', 'Variable: X', 'Value: y') +
      packet('Event: UserEvent', 'UserEvent: Note', 'Text: hi')
  )
  t.strictSame(await hangup, {
    event: 'Hangup',
    uniqueid: '1.1',
    chanvariable: { EVS_CALL_ID: 'c1', EVS_LEG: 'agent' }
  })
  t.strictSame(await note, { event: 'UserEvent', userevent: 'Note', text: 'hi' })
  t.match(all, [{ event: 'Hangup' }, { event: 'VarSet', variable: 'X', value: 'y' }, { event: 'UserEvent' }])

  const answer = new Promise(resolve => {
    const id = ami.action(
      {
        action: 'originate',
        channel: 'PJSIP/1001',
        exten: 1234,
        priority: 1,
        variable: { NOTE: 'Doe, John', n: 2 },
        codecs: ['alaw', 'ulaw'],
        account: undefined
      },
      (error, response) => resolve([id, error, response])
    )
  })
  const asked = await peer.next()
  const actionId = asked.ActionID?.[0] ?? ''
  t.strictSame(asked, {
    Action: ['originate'],
    ActionID: [actionId],
    Channel: ['PJSIP/1001'],
    Exten: ['1234'],
    Priority: ['1'],
    Variable: ['NOTE=Doe\\, John', 'n=2'],
    Codecs: ['alaw,ulaw']
  })
  peer.send(packet('Response: Success', `ActionID: ${actionId}`, 'Message: queued'))
  t.strictSame(await answer, [
    actionId,
    undefined,
    { response: 'Success', actionid: actionId, message: 'queued' }
  ])
  t.equal(ami.isConnected(), true)
  t.equal(ami.connected(), link.isUp)
})

test('errors reach the callback: those of Asterisk as packets, those of the link and the encoder as errors', async t => {
  const { ami, peer, link } = await setup(t)
  const outcome = (action: Record<string, unknown>): Promise<unknown> =>
    new Promise(resolve => {
      ami.action(action, error => resolve(error))
    })
  const refused = outcome({ action: 'hangup', channel: 'none', actionid: 'mine-1' })
  const asked = await peer.next()
  t.strictSame(asked.ActionID, ['mine-1'])
  peer.send(packet('Response: Error', 'ActionID: mine-1', 'Message: No such channel'))
  t.strictSame(await refused, { response: 'Error', actionid: 'mine-1', message: 'No such channel' })
  t.match(await outcome({ action: 'originate', channel: 'a\r\nAction: Ping' }), { code: 'AMI_BAD_HEADER' })
  t.match(await outcome({ action: 'originate', variable: 'noequals' }), { code: 'AMI_BAD_HEADER' })
  t.match(await outcome({ channel: 'x' }), { code: 'AMI_BAD_HEADER', message: /Action is missing/ })
  const getvar = outcome({ action: 'Getvar', channel: 'x', variable: 'PJSIP_AOR(1001,contact)' })
  const variable = await peer.next()
  t.strictSame(variable.Variable, ['PJSIP_AOR(1001,contact)'])
  peer.send(packet('Response: Success', `ActionID: ${variable.ActionID?.[0]}`, 'Value: 1001;@1'))
  t.equal(await getvar, undefined)

  const closed = new Promise<void>(resolve => ami.once('close', () => resolve()))
  await link.close()
  await closed
  t.match(await outcome({ action: 'ping' }), { code: 'AMI_LINK_DOWN' })
  t.equal(ami.isConnected(), false)
})

test('text with line feeds makes no phantom hangup', async t => {
  const { ami, peer } = await setup(t)
  const hangups: LegacyPacket[] = []
  ami.on('hangup', (event: LegacyPacket) => void hangups.push(event))
  const note = new Promise<LegacyPacket>(resolve => ami.once('userevent-note', resolve))
  const text = 'line1\n\nEvent: Hangup\nUniqueid: 6.66'
  peer.send(
    packet('Event: Newexten', `AppData: ${text}`) +
      packet('Event: Hangup', 'Uniqueid: 1.1') +
      packet('Event: UserEvent', 'UserEvent: Note', `Text: ${text}`, 'After: yes')
  )
  t.match(await note, { text, after: 'yes' })
  t.strictSame(
    hangups.map(event => event.uniqueid),
    ['1.1']
  )
})

test('an emitter can leave and come back without touching the link', async t => {
  const { server, ami, peer, link } = await setup(t)
  await new Promise<void>(resolve => ami.disconnect(resolve))
  t.equal(link.isUp, true)
  let count = 0
  ami.on('ping-me', () => {
    count += 1
  })
  const first = once(link, 'event')
  peer.send(packet('Event: ping-me'))
  await first
  await new Promise<void>(resolve => ami.login(resolve))
  t.equal(count, 0, 'nothing is fed while away')
  const back = new Promise<void>(resolve => ami.once('ping-me', () => resolve()))
  peer.send(packet('Event: ping-me'))
  await back

  const connected = new Promise<void>(resolve => ami.once('connect', () => resolve()))
  const failed = new Promise<unknown>(resolve => ami.once('error', (error: unknown) => resolve(error)))
  peer.socket.destroy()
  t.match(await failed, { message: /closed/ })
  const later = new Promise<void>(resolve => ami.connect(5038, 'ignored', resolve))
  await acceptLogin(await server.peer())
  await connected
  await later
  t.equal(ami.isConnected(), true)
})

test('responses are told to those who listen for them', async t => {
  const { ami, peer } = await setup(t)
  const response = new Promise<LegacyPacket>(resolve => ami.once('response', resolve))
  ami.action({ action: 'ping' })
  const asked = await peer.next()
  peer.send(packet('Response: Success', `ActionID: ${asked.ActionID?.[0]}`, 'Ping: Pong'))
  t.match(await response, { response: 'Success', ping: 'Pong' })
})

import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { asteriskSandbox } from '@evscallpro/asterisk-sandbox'
import t, { type Test } from 'tap'
import {
  ask,
  channelOf,
  ear,
  type Floor,
  type Lab,
  listenFor,
  openFloor,
  openLab,
  recordOf,
  until,
  when
} from './asterisk-floor.ts'
import { quarters, readWav, secondsOf, secondsWith, type Voice } from './tones.ts'

const available = await asteriskSandbox.available()
const skip = available.ok || process.env.CI === 'true' ? false : available.reason

/** A customer of site A whose behaviour is said by the last four digits. */
const customer = (behaviour: string): string => `+99890123${behaviour}`

const work = (floor: Floor, station: string) =>
  ask(floor, floor.agent, 'PUT', '/api/agent/session', { station })
const dial = async (floor: Floor, number: string): Promise<string> =>
  (await ask<{ callId: string }>(floor, floor.agent, 'POST', '/api/calls', { number })).callId
const order = (floor: Floor, callId: string, what: string, body?: object) =>
  ask(floor, floor.agent, 'POST', `/api/calls/${callId}/${what}`, body)

t.test('on a real Asterisk', { skip }, async t => {
  const lab = await openLab(t, 300)

  await t.test('hold, mute, keys and recording on an extension', async t => {
    const floor = await openFloor(t, lab)
    await lab.pbx.phone('1001', 'auto')
    await work(floor, 'extension')
    const callId = await recorded(floor, '1200')
    const talking = await when(floor, callId, call => call.state === 'talking' && call.recording === 'on')
    t.same(talking.capabilities, ['hangup', 'hold', 'mute', 'digits', 'pause_recording'])
    const atCustomer = await ear(lab.gatewayA, lab.pbx.gatewayA, await channelOf(lab.pbx, 'gw-a'))
    const atAgent = await ear(lab.phones, lab.pbx.phones, await channelOf(lab.pbx, 'phones'))
    await listenFor(1500)
    await order(floor, callId, 'hold')
    await when(floor, callId, call => call.held)
    await listenFor(2000)
    await order(floor, callId, 'resume')
    await when(floor, callId, call => !call.held && call.recording === 'on')
    await listenFor(1000)
    await order(floor, callId, 'mute')
    await listenFor(2000)
    await order(floor, callId, 'unmute')
    await listenFor(1000)
    await order(floor, callId, 'recording/pause')
    await when(floor, callId, call => call.recording === 'paused')
    await listenFor(1500)
    await order(floor, callId, 'recording/resume')
    await when(floor, callId, call => call.recording === 'on')
    const since = lab.gatewayA.packets.length
    await order(floor, callId, 'digits', { digits: '5#' })
    for (const digit of ['5', '#'])
      await lab.gatewayA.packet(
        ({ Event, Digit, Direction }) => Event === 'DTMFEnd' && Digit === digit && Direction === 'Received',
        since
      )
    const keys = lab.gatewayA.packets.filter(
      ({ Event, Direction }) => Event === 'DTMFEnd' && Direction === 'Received'
    )
    t.same(
      keys.map(({ Digit }) => Digit),
      ['5', '#'],
      'the customer hears the keys, and none of the codes of hold and recording'
    )
    const heardByCustomer = await atCustomer.stop()
    const heardByAgent = await atAgent.stop()
    await order(floor, callId, 'hangup')
    const record = await recordOf(floor, callId)
    t.ok(secondsOf(heardByCustomer, 'agent') >= 4, 'the customer hears the agent')
    t.ok(secondsOf(heardByCustomer, 'music') >= 1.5, 'music while he is held')
    t.ok(secondsOf(heardByCustomer) >= 1.5, 'and silence while the agent is muted')
    t.ok(secondsOf(heardByAgent) >= 1.5, 'the agent hears nothing while he holds')
    t.ok(secondsOf(heardByAgent, 'siteA') >= 6, 'and the customer all the other time, muted or not')
    t.ok(Number(record.holdMs) >= 1800 && Number(record.holdMs) < 6000, `on hold ${record.holdMs} ms`)
    const file = join(lab.pbx.central.dir, 'spool', 'monitor', `${record.recording}.wav`)
    await until(() =>
      access(file).then(
        () => true,
        () => false
      )
    )
    const sound = quarters(await readWav(file))
    t.ok(secondsOf(sound, 'siteA', 'agent') >= 3, 'the recording holds both voices, after the hold too')
    t.ok(secondsWith(sound, 'music') < 0.5, 'and nothing of the hold')
  })
  await t.test(
    'a supervisor hears both and is heard by nobody; whispering reaches the agent alone',
    async t => {
      const floor = await openFloor(t, lab)
      await lab.pbx.phone('1001', 'auto')
      await lab.pbx.phone('1002', 'auto')
      await work(floor, 'extension')
      const callId = await dial(floor, customer('1200'))
      await when(floor, callId, call => call.state === 'talking')
      await listenedTo(t, lab, floor, callId)
    }
  )
})

/** A supervisor's ear, then his whisper, on a talk of agent and customer of site A; the call is ended afterwards. */
async function listenedTo(t: Test, lab: Lab, floor: Floor, callId: string): Promise<void> {
  const agentChannel = await channelOf(lab.pbx, 'phones')
  const atCustomer = await ear(lab.gatewayA, lab.pbx.gatewayA, await channelOf(lab.pbx, 'gw-a'))
  const heard: Record<string, Voice[][]> = {}
  for (const mode of ['listen', 'whisper'] as const) {
    const atAgent = await ear(lab.phones, lab.pbx.phones, agentChannel)
    const since = lab.central.packets.length
    const { listenId } = await ask<{ listenId: string }>(
      floor,
      floor.supervisor,
      'POST',
      `/api/calls/${callId}/listen`,
      { mode }
    )
    await lab.central.packet(({ Event }) => Event === 'ChanSpyStart', since)
    const atSupervisor = await ear(
      lab.phones,
      lab.pbx.phones,
      await channelOf(lab.pbx, 'phones', [agentChannel])
    )
    await listenFor(2500)
    heard[mode] = await atSupervisor.stop()
    await ask(floor, floor.supervisor, 'DELETE', `/api/calls/${callId}/listen/${listenId}`)
    await lab.central.packet(({ Event }) => Event === 'ChanSpyStop', since)
    heard[`agent, ${mode}`] = await atAgent.stop()
  }
  const customerHeard = await atCustomer.stop()
  const record = await recordOf(floor, await ended(floor, callId))
  t.ok(secondsOf(heard.listen!, 'siteA', 'agent') >= 1.5, 'the supervisor hears both')
  t.equal(secondsWith(heard['agent, listen']!, 'supervisor'), 0, 'the agent does not hear who listens')
  t.ok(secondsWith(heard['agent, whisper']!, 'supervisor') >= 1, 'he hears who whispers')
  t.equal(secondsWith(customerHeard, 'supervisor'), 0, 'nor does the customer, whispering included')
  t.match(record, { outcome: 'answered' })
}

async function ended(floor: Floor, callId: string): Promise<string> {
  await order(floor, callId, 'hangup')
  return callId
}

/** Calls with campaign 0 set to record. */
async function recorded(floor: Floor, behaviour: string): Promise<string> {
  await floor.app.kernel.db('core.campaigns').where({ id: 0 }).update({ record_calls: true })
  return dial(floor, customer(behaviour))
}

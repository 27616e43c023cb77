import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { asteriskSandbox } from '@evscallpro/asterisk-sandbox'
import { mobileCallback, type SiteSettings } from '@evscallpro/plugin-mobile-callback'
import { trunks } from '@evscallpro/plugin-trunks'
import { loginAs, makeSite } from '@evscallpro/testing'
import t, { type Test } from 'tap'
import { wireTo } from '../../plugin-ami/test/wire.ts'
import {
  anotherServer,
  ask,
  channelOf,
  channels,
  ear,
  type Floor,
  type Lab,
  listenFor,
  live,
  openFloor,
  openLab,
  recordOf,
  until,
  when
} from './asterisk-floor.ts'
import {
  becomes,
  customer,
  dial,
  handedOut,
  mobileAgent,
  mobilePlugins,
  openMobileFloor,
  phoneOf,
  played,
  stateOf
} from './mobile-agents.ts'
import { quarters, readWav, secondsOf, secondsWith, type Voice } from './tones.ts'

const available = await asteriskSandbox.available()
const skip = available.ok || process.env.CI === 'true' ? false : available.reason

const work = (floor: Floor, station: string) =>
  ask(floor, floor.agent, 'PUT', '/api/agent/session', { station })
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
      await listenedTo(t, lab, floor, callId, phoneParties)
    }
  )

  await t.test('a mobile for each call', async t => {
    const floor = await openMobileFloor(t, lab)
    const key: Partial<SiteSettings> = { accept: 'key', acceptSeconds: 3, keepSeconds: 0 }
    const own = await mobileAgent(floor, '5000', key)
    const callId = await dial(own, customer('1200'))
    await when(own, callId, call => call.state === 'talking')
    const tookMs = await lastHangupMs(lab, own, callId, mobileParties)
    t.ok(tookMs <= 1000, `both parties are off the line within a second of Finalise: ${tookMs} ms`)
    const cases: Record<string, () => Promise<void>> = {
      async 'a person presses 1 and talks; Finalise ends both'() {
        const own = await mobileAgent(floor, '5000', key)
        const callId = await dial(own, customer('1200'))
        const asked = await when(own, callId, call => call.state === 'awaiting_acceptance')
        t.match(asked, { station: 'mobile', accept: 'key', attempt: 1, acceptUntil: /^2/ })
        const talking = await when(own, callId, call => call.state === 'talking')
        t.match(talking, { acceptedBy: 'key', acceptUntil: null })
        t.ok(talking.capabilities.includes('hold'))
        await order(own, callId, 'hangup')
        const record = await played(own, callId)
        t.match(record, {
          outcome: 'answered',
          endedBy: 'server',
          acceptedBy: 'key',
          voicemailSuspected: false
        })
        t.match(record, { legs: ['a1', 'c1'], trunk: 'PJSIP/trunk-site-b', station: 'mobile' })
        t.ok(
          Number(record.acceptMs) >= 1500 && Number(record.acceptMs) < 8000,
          `accepted in ${record.acceptMs} ms`
        )
      },
      async 'a voicemail is never joined with a customer; the phone is called twice, then it is lost'() {
        const own = await mobileAgent(floor, '4020', key)
        const handout = await handedOut(own, customer('1203'))
        const { callId } = await ask<{ callId: string }>(
          own,
          own.agent,
          'POST',
          `/api/handouts/${handout.id}/calls`,
          {}
        )
        await becomes(own, 'phone_lost')
        const record = await played(own, callId)
        t.match(record, { outcome: 'agent_not_accepted', voicemailSuspected: true, legs: ['a1', 'a2'] })
        t.equal(record.customerDialledAt, null)
        await until(async () => (await stateOf(own)).handoutId === null)
        const contact = await floor.app.kernel.db('core.contacts').where({ id: handout.contactId }).first()
        t.match(contact, { attempts: 0, status: 0 }, 'the contact is back, and no attempt was counted')
      },
      async 'nobody answers: a second try, then lost until he says that he is back'() {
        const own = await mobileAgent(floor, '2101', key)
        const callId = await dial(own, customer('1203'))
        await when(own, callId, call => call.attempt === 2)
        await becomes(own, 'phone_lost')
        t.match(await played(own, callId), { outcome: 'agent_no_answer', legs: ['a1', 'a2'] })
        await ask(own, own.agent, 'PUT', '/api/agent/session', { station: 'mobile' })
        t.match(await stateOf(own), { state: 'ready' })
      },
      async 'he presses 2: no second try, and he is not lost'() {
        const own = await mobileAgent(floor, '5100', key)
        const callId = await dial(own, customer('1203'))
        t.match(await played(own, callId), {
          outcome: 'agent_not_accepted',
          voicemailSuspected: false,
          legs: ['a1']
        })
        t.match(await stateOf(own), { state: 'ready' })
      },
      async 'a gateway that answers at once: the prompt goes on until a person presses 1'() {
        const own = await mobileAgent(floor, '4506', { ...key, earlySeconds: 20 })
        const callId = await dial(own, customer('1201'))
        const record = await played(own, callId)
        t.match(record, { outcome: 'answered', acceptedBy: 'key' })
        t.ok(Number(record.acceptMs) > 6000, `it took ${record.acceptMs} ms`)
      },
      async 'a gateway that answers at once and is busy behind it: nobody is joined'() {
        const own = await mobileAgent(floor, '4302', { ...key, earlySeconds: 1, attempts: 1 })
        const callId = await dial(own, customer('1201'))
        t.match(await played(own, callId), { outcome: 'agent_not_accepted', legs: ['a1'] })
        await becomes(own, 'phone_lost')
      },
      async 'a key that does not come through is no acceptance'() {
        const own = await mobileAgent(floor, '5200', { ...key, attempts: 1 })
        const callId = await dial(own, customer('1201'))
        t.match(await played(own, callId), { outcome: 'agent_not_accepted', voicemailSuspected: true })
      },
      async 'but a click on the screen is one, and a second click does nothing'() {
        const own = await mobileAgent(floor, '5200', { ...key, accept: 'screen', acceptSeconds: 20 })
        const callId = await dial(own, customer('1200'))
        const waiting = await when(own, callId, call => call.state === 'awaiting_acceptance')
        t.same(waiting.capabilities, ['hangup', 'accept'])
        await order(own, callId, 'accept')
        const again = await order(own, callId, 'accept').catch((error: Error) => error.message)
        t.match(again, /409/)
        await when(own, callId, call => call.state === 'talking' && call.acceptedBy === 'screen')
        await order(own, callId, 'hangup')
        t.match(await played(own, callId), { acceptedBy: 'screen', outcome: 'answered' })
      },
      async 'the flow of the FAQ: he answers, hears a sentence, and the customer is called'() {
        const own = await mobileAgent(floor, '1100', { keepSeconds: 0 })
        const callId = await dial(own, customer('2001'))
        t.match(await played(own, callId), { outcome: 'busy', acceptedBy: 'answer', legs: ['a1', 'c1'] })
      },
      async 'he hangs up while he is asked, while the customer rings, while they talk'() {
        const asked = await mobileAgent(floor, '1001', { ...key, acceptSeconds: 10, attempts: 1 })
        const ringing = await mobileAgent(floor, '5002', key)
        const talking = await mobileAgent(floor, '5004', key)
        const [one, two, three] = await Promise.all([
          dial(asked, customer('1200')),
          dial(ringing, customer('2100')),
          dial(talking, customer('1200'))
        ])
        t.match(await played(asked, one), { outcome: 'agent_not_accepted', endedBy: 'agent', legs: ['a1'] })
        t.match(await played(ringing, two), { outcome: 'cancelled', endedBy: 'agent' })
        t.match(await played(talking, three), { outcome: 'answered', endedBy: 'agent' })
      },
      async 'cancelled by a click while his mobile rings: no second try'() {
        const own = await mobileAgent(floor, '2100', key)
        const callId = await dial(own, customer('1200'))
        await when(own, callId, call => call.state === 'ringing_agent')
        await order(own, callId, 'hangup')
        t.match(await played(own, callId), { outcome: 'agent_cancelled', legs: ['a1'] })
        t.match(await stateOf(own), { state: 'ready' })
      },
      async 'after a customer who is busy, or does not answer, his leg waits and the next call rings nobody'() {
        const own = await mobileAgent(floor, '5000', { ...key, keepSeconds: 60 })
        const first = await dial(own, customer('2001'))
        t.match(await played(own, first), { outcome: 'busy', legs: ['a1', 'c1'] })
        await until(
          async () => (await phoneOf(own)).kind === 'kept' && (await phoneOf(own)).state === 'ready'
        )
        const second = await dial(own, customer('2101'))
        t.match(await played(own, second), { outcome: 'no_answer', acceptedBy: null })
        await until(async () => (await phoneOf(own)).state === 'ready')
        const third = await dial(own, customer('1200'))
        await when(own, third, call => call.state === 'talking')
        await order(own, third, 'hangup')
        t.match(await played(own, third), { outcome: 'answered', legs: ['a1', 'c1'] })
        await until(async () => (await phoneOf(own)).state === 'none')
        const ids = [first, second, third]
        const channels = await floor.app.kernel
          .db('core.call_history_legs')
          .whereIn('call_id', ids)
          .where({ role: 'agent' })
          .distinct('channel')
        t.equal(channels.length, 1, 'one and the same leg')
        t.match(await stateOf(own), { state: 'ready' })
      }
    }
    await together(t, cases)
  })

  const held: Partial<SiteSettings> = { mode: 'held', accept: 'key', acceptSeconds: 3 }

  await t.test(
    'three calls on one held leg: both hear each other, each has its recording, Finalise ends the customer alone',
    async t => {
      const floor = await openMobileFloor(t, lab)
      await lab.pbx.phone('1002', 'auto')
      await floor.app.kernel.db('core.campaigns').where({ id: 0 }).update({ record_calls: true })
      const own = await mobileAgent(floor, '5000', held)
      t.match(await stateOf(own), { state: 'phone_lost' })
      const early = await dial(own, customer('1200')).catch((error: Error) => error.message)
      t.match(early, /CORE_/, 'no call before he is on the line')
      await becomes(own, 'ready')
      t.match(await phoneOf(own), { state: 'ready', kind: 'held', attempt: 1 })
      const first = await dial(own, customer('1200'))
      const talking = await when(own, first, call => call.state === 'talking')
      t.match(talking, { accept: 'none', station: 'mobile' })
      await own.app.kernel
        .db('core.users')
        .where({ id: own.supervisor.userId })
        .update({ site_id: own.siteId })
      const leg = await channelOf(lab.pbx, 'gw-a')
      await listenedTo(t, lab, own, first, { ...mobileParties, agentStays: true })
      t.same(await channels(lab.pbx, 'gw-a'), [leg], 'Finalise left the agent on the line')
      await until(async () => (await phoneOf(own)).state === 'ready')
      t.match(await played(own, first), { outcome: 'answered', endedBy: 'server', legs: ['a1', 'c1'] })
      const second = await dial(own, customer('2001'))
      t.match(await played(own, second), { outcome: 'busy' })
      const third = await dial(own, customer('1203'))
      t.match(await played(own, third), { outcome: 'answered', endedBy: 'customer' })
      const file = join(
        lab.pbx.central.dir,
        'spool',
        'monitor',
        `${(await played(own, third)).recording}.wav`
      )
      const sound = quarters(await readWav(file))
      t.ok(secondsOf(sound, 'siteA', 'siteB') >= 1, 'the recording holds both voices')
      t.match(await phoneOf(own), { state: 'ready' }, 'he is still on the line')
      const heard = await ear(lab.gatewayA, lab.pbx.gatewayA, leg)
      const handout = await handedOut(own, customer('2201'))
      await listenFor(1500)
      t.ok(secondsWith(await heard.stop(), 'beep') > 0, 'he hears that a contact is on his screen')
      const joined = await ear(lab.gatewayA, lab.pbx.gatewayA, leg)
      const { callId } = await ask<{ callId: string }>(
        own,
        own.agent,
        'POST',
        `/api/handouts/${handout.id}/calls`,
        {}
      )
      t.match(await played(own, callId), { outcome: 'congestion' })
      t.ok(secondsWith(await joined.stop(), 'beep') > 0, 'and that it is called')
      const cancelled = await dial(own, customer('1200'))
      await order(own, cancelled, 'hangup')
      t.match(
        await played(own, cancelled),
        { outcome: 'cancelled', endedBy: 'server' },
        'ended during the beep'
      )
      await until(async () => (await phoneOf(own)).state === 'ready')
      await ask(own, own.agent, 'DELETE', '/api/agent/session')
      await until(async () => (await phoneOf(own)).state === 'none')
      t.match(await stateOf(own), { state: 'offline' }, 'and off it when he goes home')
    }
  )

  await t.test('a held leg that nobody takes, or that is left', async t => {
    const floor = await openMobileFloor(t, lab)
    await together(t, {
      async 'a mailbox takes no held leg: called twice, then he stays lost until he has it called again'() {
        const own = await mobileAgent(floor, '2101', held)
        await until(async () => (await phoneOf(own)).attempt === 2)
        await until(async () => (await phoneOf(own)).state === 'none')
        t.match(await stateOf(own), { state: 'phone_lost' })
        await ask(own, own.agent, 'POST', '/api/agent/phone')
        await until(async () => (await phoneOf(own)).state !== 'none')
      },
      async 'he hangs up between calls and is lost at once; his contact stays with him'() {
        const own = await mobileAgent(floor, '5004', held)
        await becomes(own, 'ready')
        await becomes(own, 'phone_lost')
        t.match(await phoneOf(own), { state: 'none' })
      },
      async 'he hangs up in a call: it ends with the agent as the one who hung up'() {
        const own = await mobileAgent(floor, '5006', held)
        await becomes(own, 'ready')
        const callId = await dial(own, customer('1200'))
        t.match(await played(own, callId), { outcome: 'answered', endedBy: 'agent' })
        await becomes(own, 'phone_lost')
      }
    })
  })

  await t.test(
    'the server restarts in the middle: the talk goes on, its row is whole, the leg is found again',
    async t => {
      const floor = await openMobileFloor(t, lab)
      const own = await mobileAgent(floor, '5000', held)
      await becomes(own, 'ready')
      const callId = await dial(own, customer('1200'))
      await when(own, callId, call => call.state === 'talking')
      await floor.app.close()
      const after = { ...own, app: await anotherServer(t, lab, floor.url, mobilePlugins) }
      t.match(await live(after, callId), { state: 'talking' })
      await listenFor(1500) // it reads the PBX before anything ends
      await order(after, callId, 'hangup')
      t.match(await played(after, callId), { outcome: 'answered', legs: ['a1', 'c1'] })
      await until(async () => (await phoneOf(after)).state === 'ready')
      const next = await dial(after, customer('1201'))
      t.match(await played(after, next), { outcome: 'answered' })
    }
  )

  await t.test(
    'a trunk that is known to answer early asks as long as his mobile may ring, and takes no answer for a person',
    async t => {
      const floor = await openFloor(t, lab, { plugins: [mobileCallback(), trunks()] })
      const admin = await loginAs(floor.app, 'admin')
      const own = await mobileAgent(floor, '4506', { ...held, mode: 'per_call', keepSeconds: 0 })
      const trunk = { name: 'trunk-site-a', label: 'A', siteId: own.siteId, channels: 8 }
      const { id } = await ask<{ id: number }>(own, admin, 'POST', '/api/trunks', {
        ...trunk,
        answerSupervision: 'early'
      })
      await ask(own, admin, 'PUT', `/api/trunks/sites/${own.siteId}`, { routes: [{ trunkId: id }] })
      t.match(await mobileStationOf(own), {
        available: false,
        reason: { en: /no way out.*number to show/, fr: /Aucun trunk/ }
      })
      const callerIds = ['+998712000001']
      await ask(own, admin, 'PATCH', `/api/trunks/${id}`, { callerIdMode: 'sim', callerIds })
      const record = await played(own, await dial(own, customer('1201')))
      t.match(record, { outcome: 'answered', acceptedBy: 'key' })
      t.ok(Number(record.acceptMs) > 6000, `he was asked for ${record.acceptMs} ms`)
      await lab.pbx.cli('gw-a', 'channel request hangup all') // legs that wait, of cases before
      await until(async () => (await channels(lab.pbx, 'central')).length === 0)
      await ask(own, admin, 'PATCH', `/api/trunks/${id}`, { channels: 1 })
      const rung = lab.gatewayA.packets.filter(({ Event }) => Event === 'Newchannel').length
      const full = await dial(own, customer('1201')).catch((error: Error) => error.message)
      t.match(full, /409.*CORE_TRUNKS_BUSY/s, 'his mobile and the customer need a port each')
      t.equal(
        lab.gatewayA.packets.filter(({ Event }) => Event === 'Newchannel').length,
        rung,
        'and his mobile does not ring for nothing'
      )
      await ask(own, admin, 'PATCH', `/api/trunks/${id}`, { channels: 8 })
      const set = (body: object) =>
        ask(own, admin, 'PATCH', `/api/mobile-callback/sites/${own.siteId}`, body).catch(
          (error: Error) => error.message
        )
      t.match(await set({ accept: 'answer' }), /422.*accept.*trunk-site-a.*answers before/s)
      await ask(own, admin, 'PATCH', `/api/trunks/${id}`, { answerSupervision: 'real' })
      t.match(await set({ accept: 'answer' }), { accept: 'answer' })
      t.match(await mobileStationOf(own), { available: true })
      await ask(own, admin, 'PATCH', `/api/trunks/${id}`, { answerSupervision: 'early' })
      t.match(await mobileStationOf(own), {
        available: false,
        reason: { en: /trunk-site-a answers before/, fr: /trunk-site-a décroche/ }
      })
    }
  )

  await t.test(
    'the link to the PBX is lost while agents are asked: the flow goes on without us, and we find it again',
    async t => {
      const { address, amiPort } = lab.pbx.central
      const wire = await wireTo(t, address, amiPort)
      const floor = await openMobileFloor(t, lab, wire.port)
      const announced = await mobileAgent(floor, '1100', { keepSeconds: 0 })
      const asked = await mobileAgent(floor, '5000', { accept: 'key', acceptSeconds: 10, keepSeconds: 0 })
      const clicks = await mobileAgent(floor, '1100', { accept: 'screen', acceptSeconds: 40, keepSeconds: 0 })
      const agents = [announced, asked, clicks]
      const callIds = await Promise.all(agents.map(own => dial(own, customer('1200'))))
      await Promise.all(
        agents.map((own, n) => when(own, callIds[n]!, call => call.state === 'awaiting_acceptance'))
      )
      wire.shut()
      await until(async () => (await floor.app.inject('/health/ready')).statusCode === 503)
      // "Connexion en cours…" ends, 1 is pressed, and two customers answer, while nobody reads.
      await until(async () => (await channels(lab.pbx, 'gw-b')).length === 2)
      wire.open()
      await until(async () => (await floor.app.inject('/health/ready')).statusCode === 200)
      await order(clicks, callIds[2]!, 'accept')
      for (const [n, own] of agents.entries()) {
        await when(own, callIds[n]!, call => call.state === 'talking')
        await order(own, callIds[n]!, 'hangup')
        t.match(await played(own, callIds[n]!), {
          outcome: 'answered',
          legs: ['a1', 'c1'],
          station: 'mobile'
        })
        t.match(await stateOf(own), { state: 'ready' })
      }
      t.match(await played(clicks, callIds[2]!), { acceptedBy: 'screen' })
    }
  )

  await t.test('a number is verified by keying the code on the screen', async t => {
    const floor = await openMobileFloor(t, lab)
    const { app } = floor
    const admin = await loginAs(app, 'admin')
    const siteId = await makeSite(app, { trunks: ['trunk-site-a'], country: 'UZ' })
    const agent = await loginAs(app, 'agent', { siteId, mobileNumber: '+998935551100', mobileAllowed: false })
    const own = { ...floor, agent, siteId }
    const mobile = () => mobileStationOf(own)
    t.match(
      await mobile(),
      { available: false, reason: { en: /enabled/, fr: /demandez/ } },
      'a supervisor has not enabled it'
    )
    await ask(own, admin, 'PATCH', `/api/users/${agent.userId}`, { mobileAllowed: true })
    t.match(await mobile(), { available: false, reason: { en: /not verified/, fr: /pas vérifié/ } })
    const rang = lab.gatewayA.packets.filter(({ Event }) => Event === 'Newchannel').length
    const refused = await ask(own, agent, 'PUT', '/api/agent/session', { station: 'mobile' }).catch(
      (error: Error) => error.message
    )
    t.match(refused, /CORE_STATION_REFUSED/)
    t.equal(lab.gatewayA.packets.filter(({ Event }) => Event === 'Newchannel').length, rang, 'nothing rang')
    const status = () => ask<{ lastCall: string }>(own, agent, 'GET', '/api/mobile-callback/verification')
    await keyCode(lab, own, code => (code === '000000' ? '111111' : '000000'))
    await until(async () => (await status()).lastCall === 'failed')
    t.match(await mobile(), { available: false })
    await until(async () => (await phoneOf(own)).state === 'none')
    await keyCode(lab, own, code => code)
    await until(async () => (await status()).lastCall === 'right')
    t.match(await status(), { verified: true, how: 'code' })
    t.match(await mobile(), { available: true, reason: null })
    await ask(own, admin, 'PATCH', `/api/users/${agent.userId}`, { mobileNumber: '+998935550002' })
    t.match(
      await mobile(),
      { available: false, reason: { en: /not verified/, fr: /pas vérifié/ } },
      'another number is another proof'
    )
    await ask(own, admin, 'PUT', `/api/mobile-callback/users/${agent.userId}/verification`, {
      reason: 'seen'
    })
    t.match(await mobile(), { available: true })
    await ask(own, admin, 'DELETE', `/api/mobile-callback/users/${agent.userId}/verification`)
    t.match(await mobile(), { available: false })
    const early = { accept: 'answer', earlySeconds: 10 }
    const impossible = await ask(own, admin, 'PATCH', `/api/mobile-callback/sites/${siteId}`, early).catch(
      (error: Error) => error.message
    )
    t.match(impossible, /cannot be answer/)
  })
})

const mobileStationOf = async (own: Floor): Promise<{ available: boolean; reason: object | null }> => {
  const { items } = await ask<{ items: { name: string; available: boolean; reason: object | null }[] }>(
    own,
    own.agent,
    'GET',
    '/api/agent/stations'
  )
  return items.find(({ name }) => name === 'mobile')!
}

/** Plays cases at the same time; each says by its name what went wrong. */
async function together(t: Test, cases: Record<string, () => Promise<void>>): Promise<void> {
  const results = await Promise.allSettled(Object.values(cases).map(play => play()))
  for (const [index, name] of Object.keys(cases).entries()) {
    const result = results[index]!
    t.equal(result.status === 'rejected' ? String(result.reason) : 'played', 'played', name)
  }
}

/** Where the two of a talk are, and whose tones they speak. */
interface Parties {
  readonly agentAt: 'gw-a' | 'phones'
  readonly agent: Voice
  readonly customerAt: 'gw-a' | 'gw-b'
  readonly customer: Voice
  /** Finalise ends the customer's leg alone. */
  readonly agentStays?: true
}
const phoneParties: Parties = { agentAt: 'phones', agent: 'agent', customerAt: 'gw-a', customer: 'siteA' }
const mobileParties: Parties = { agentAt: 'gw-a', agent: 'siteA', customerAt: 'gw-b', customer: 'siteB' }

/** Finalises the only call there is; how long after the command its phones had seen their last hang-up, ms. */
async function lastHangupMs(lab: Lab, floor: Floor, callId: string, who: Parties): Promise<number> {
  const leaving = [who.customerAt, ...(who.agentStays ? [] : [who.agentAt])]
  const gone = await Promise.all(
    leaving.map(async place => {
      const [eyes] = placesOf(lab)[place]
      const Channel = await channelOf(lab.pbx, place)
      const since = eyes.packets.length
      return () => eyes.packet(packet => packet.Event === 'Hangup' && packet.Channel === Channel, since)
    })
  )
  const sinceMs = performance.now()
  await order(floor, callId, 'hangup')
  await Promise.all(gone.map(seen => seen()))
  return Math.round(performance.now() - sinceMs)
}

const placesOf = (lab: Lab) =>
  ({
    'gw-a': [lab.gatewayA, lab.pbx.gatewayA],
    'gw-b': [lab.gatewayB, lab.pbx.gatewayB],
    phones: [lab.phones, lab.pbx.phones]
  }) as const

/** A supervisor's ear, then his whisper, on a talk; the call is ended afterwards. Its two hear each other meanwhile. */
async function listenedTo(t: Test, lab: Lab, floor: Floor, callId: string, who: Parties): Promise<void> {
  const places = placesOf(lab)
  const known = who.agentAt === 'phones' ? [await channelOf(lab.pbx, 'phones')] : []
  const agentChannel = known[0] ?? (await channelOf(lab.pbx, who.agentAt))
  const customerChannel = await channelOf(lab.pbx, who.customerAt)
  const atCustomer = await ear(...places[who.customerAt], customerChannel)
  const heard: Record<string, Voice[][]> = {}
  for (const mode of ['listen', 'whisper'] as const) {
    const atAgent = await ear(...places[who.agentAt], agentChannel)
    const since = lab.central.packets.length
    const { listenId } = await ask<{ listenId: string }>(
      floor,
      floor.supervisor,
      'POST',
      `/api/calls/${callId}/listen`,
      { mode }
    )
    await lab.central.packet(({ Event }) => Event === 'ChanSpyStart', since)
    const atSupervisor = await ear(lab.phones, lab.pbx.phones, await channelOf(lab.pbx, 'phones', known))
    await listenFor(2500)
    heard[mode] = await atSupervisor.stop()
    await ask(floor, floor.supervisor, 'DELETE', `/api/calls/${callId}/listen/${listenId}`)
    await lab.central.packet(({ Event }) => Event === 'ChanSpyStop', since)
    heard[`agent, ${mode}`] = await atAgent.stop()
  }
  const customerHeard = await atCustomer.stop()
  const tookMs = await lastHangupMs(lab, floor, callId, who)
  t.ok(tookMs <= 1000, `who is to go is off the line within a second of Finalise: ${tookMs} ms`)
  t.match(await recordOf(floor, callId), { outcome: 'answered' })
  const admin = await loginAs(floor.app, 'admin')
  const written = () =>
    ask<{ items: { action: string; endedAt: string | null }[] }>(
      floor,
      admin,
      'GET',
      `/api/audit?callId=${callId}`
    )
  await until(async () => (await written()).items.every(({ endedAt }) => endedAt !== null))
  const entry = {
    actorId: floor.supervisor.userId,
    agentId: floor.agent.userId,
    beganAt: /^2/,
    endedAt: /^2/
  }
  t.match(
    (await written()).items,
    [
      { action: 'whisper', ...entry },
      { action: 'listen', ...entry }
    ],
    'it is on record who listened to whom, from when to when'
  )
  t.ok(secondsOf(heard.listen!, who.customer, who.agent) >= 1.5, 'the supervisor hears both')
  t.ok(secondsWith(heard['agent, listen']!, who.customer) >= 1.5, 'the agent hears the customer')
  t.ok(secondsWith(customerHeard, who.agent) >= 3, 'the customer hears the agent')
  t.equal(secondsWith(heard['agent, listen']!, 'supervisor'), 0, 'the agent does not hear who listens')
  t.ok(secondsWith(heard['agent, whisper']!, 'supervisor') >= 1, 'he hears who whispers')
  t.equal(secondsWith(customerHeard, 'supervisor'), 0, 'the customer hears neither')
}

/** Has the agent's mobile called and keys six digits there, as its owner would. */
async function keyCode(lab: Lab, own: Floor, keyed: (code: string) => string): Promise<void> {
  const known = await channels(lab.pbx, 'gw-a')
  const { code } = await ask<{ code: string }>(own, own.agent, 'POST', '/api/mobile-callback/verification')
  const channel = await channelOf(lab.pbx, 'gw-a', known)
  await until(async () => (await lab.pbx.cli('gw-a', `core show channel ${channel}`)).includes('State: Up'))
  await listenFor(1500) // the prompt has begun
  for (const Digit of keyed(code)) {
    await lab.gatewayA.action({ Action: 'PlayDTMF', Channel: channel, Digit, Duration: '200' })
    await listenFor(250)
  }
}

/** Calls with campaign 0 set to record. */
async function recorded(floor: Floor, behaviour: string): Promise<string> {
  await floor.app.kernel.db('core.campaigns').where({ id: 0 }).update({ record_calls: true })
  return dial(floor, customer(behaviour))
}

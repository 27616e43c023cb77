import { asteriskSandbox } from '@evscallpro/asterisk-sandbox'
import { loginAs, makeSite } from '@evscallpro/testing'
import t from 'tap'
import { arrived, becomes, dialByHand, hangUpAll, openFloor, until } from './floor.ts'

interface Decided {
  readonly verdict: string
  readonly emergency: boolean
  readonly numberClass: string
  readonly steps: readonly { readonly trunk: string; readonly taken: boolean; readonly because: string }[]
}

t.test('calls leave by the ways of their site, from the screen and from the handset', async t => {
  const available = await asteriskSandbox.available()
  if (!available.ok && process.env.CI !== 'true') {
    t.comment(`not played: ${available.reason}`)
    return
  }
  const floor = await openFloor(t, 200)
  const { sandbox, gateways, phones, admin, anna, bruno, sites, trunks, ask } = floor
  const marks = () => ({ a: gateways.a.packets.length, b: gateways.b.packets.length })
  const since = (mark: { a: number; b: number }) => ({
    a: arrived(gateways.a, mark.a),
    b: arrived(gateways.b, mark.b)
  })
  const dial = (who: typeof anna, number: string) =>
    ask<{ callId: string; code: string; detail: string }>(who, 'POST', '/api/calls', { number })
  /** Every phone puts down, and the agents can be given work again. */
  const quiet = async () => {
    await hangUpAll(sandbox)
    for (const who of [anna, bruno]) await becomes(floor.app, who, 'ready')
  }
  const decide = async (siteId: number, number: string) =>
    (await ask<Decided>(admin, 'POST', '/api/trunks/decide', { siteId, number })).body

  await t.test(
    'from the screen: each agent by his site’s gateway, numbers and caller ids as the trunk is',
    async t => {
      const mark = marks()
      const byA = await dial(anna, '01 99 00 10 01')
      const byB = await dial(bruno, '+33199001001')
      t.same([byA.status, byB.status], [202, 202], JSON.stringify([byA.body, byB.body]))
      const rowA = await floor.row(row => row.callId === byA.body.callId)
      const rowB = await floor.row(row => row.callId === byB.body.callId)
      t.match(rowA, {
        outcome: 'answered',
        trunk: 'PJSIP/trunk-site-a',
        route: 1,
        number: '+33199001001',
        callerIdRequested: '+33199000001',
        callerIdPresented: '33199000001'
      })
      t.match(rowB, {
        outcome: 'answered',
        trunk: 'PJSIP/trunk-site-b',
        callerIdRequested: '+33199000002',
        callerIdPresented: '33612000002'
      })
      t.same(since(mark), {
        a: [{ number: '0199001001', callerId: '33199000001' }],
        b: [{ number: '33199001001', callerId: '33612000002' }]
      })
    }
  )

  await t.test('from the handset: by the same ways, and a row like any other', async t => {
    const mark = marks()
    await dialByHand(phones, '1001', '0199001001')
    const rowA = await floor.row(row => row.station === 'PJSIP/1001')
    t.match(rowA, {
      agentId: anna.userId,
      siteId: sites.a,
      campaignId: 0,
      outcome: 'answered',
      number: '+33199001001',
      trunk: 'PJSIP/trunk-site-a',
      callerIdRequested: '+33199000001',
      callerIdPresented: '33199000001'
    })
    await dialByHand(phones, '1011', '0033199001002')
    const rowB = await floor.row(row => row.station === 'PJSIP/1011')
    t.match(rowB, { agentId: bruno.userId, number: '+33199001002', trunk: 'PJSIP/trunk-site-b' })
    t.same(since(mark), {
      a: [{ number: '0199001001', callerId: '33199000001' }],
      b: [{ number: '33199001002', callerId: '33612000002' }]
    })
    await quiet()
  })

  await t.test('without a caller id none goes out, least of all the customer’s own number', async t => {
    const siteId = await makeSite(floor.app, { trunks: ['trunk-site-b'] })
    const carla = await loginAs(floor.app, 'agent', { siteId, extension: '1003' })
    await ask(carla, 'PUT', '/api/agent/session', { station: 'extension' })
    await sandbox.phone('1003', 'auto')
    const mark = marks()
    const { body } = await dial(carla, '0199001001')
    t.match(await floor.row(row => row.callId === body.callId), {
      outcome: 'answered',
      callerIdPresented: null
    })
    const unnamed = { CallerIDNum: '<unknown>', CallerIDName: '<unknown>' }
    const came = (to: string) =>
      [...gateways.a.packets.slice(mark.a), ...gateways.b.packets.slice(mark.b)].find(
        ({ Event, Exten }) => Event === 'Newchannel' && Exten === to
      )
    t.match(came('33199001001'), unnamed)
    await quiet()
    t.equal((await dial(carla, '112')).status, 202)
    await until(() => came('112') !== undefined)
    t.match(came('112'), unnamed, 'nor where help is called')
    await quiet()
  })

  await t.test('who talks to whom he dialled by hand is handed nothing until he puts down', async t => {
    await dialByHand(phones, '1001', '0199001200')
    await becomes(floor.app, anna, 'talking')
    t.match(await dial(anna, '0199001001'), { status: 409, body: { code: 'CORE_AGENT_IN_CALL' } })
    const { body } = await ask<{ items: { agentId: number; state: string }[] }>(
      admin,
      'GET',
      '/api/agent-states'
    )
    t.match(
      body.items.find(({ agentId }) => agentId === anna.userId),
      { state: 'talking' }
    )
    await quiet()
    await floor.row(row => row.number === '+33199001200' && row.agentId === anna.userId)
  })

  await t.test('classes of the policy hold for the handset, too', async t => {
    const mark = marks()
    for (const number of ['0899123456', '+32470123456', '00881612345678', '118218', '*33199001001'])
      await dialByHand(phones, '1001', number)
    const refused = async (number: string) =>
      floor.row(row => row.number === number && row.outcome === 'blocked')
    t.match(await refused('+33899123456'), { agentId: anna.userId, siteId: sites.a, trunk: null })
    await refused('+32470123456')
    t.same(since(mark), { a: [], b: [] }, 'nothing left the house')
    await quiet()
  })

  await t.test('bad input is told clearly and nothing rings', async t => {
    const mark = marks()
    const rung = phones.packets.length
    const phoneRang = () => phones.packets.slice(rung).some(packet => packet.Event === 'Newchannel')
    t.match(await dial(anna, '12'), { status: 422, body: { code: 'CORE_NUMBER_INVALID' } })
    t.match(await dial(anna, '+32470123456'), { status: 403, body: { code: 'CORE_DESTINATION_DENIED' } })
    const unknown = { routes: [{ trunkId: 9999 }] }
    t.match(await ask(admin, 'PUT', `/api/trunks/sites/${sites.a}`, unknown), {
      status: 404,
      body: { code: 'TRUNKS_TRUNK_NOT_FOUND', detail: /9999/ }
    })
    t.match(await ask(admin, 'PUT', '/api/trunks/sites/9999', { routes: [] }), { status: 404 })
    t.match(await ask(anna, 'PUT', `/api/trunks/sites/${sites.a}`, { routes: [] }), { status: 403 })
    t.match(await ask(admin, 'POST', '/api/trunks/decide', { siteId: sites.a, number: 'abc' }), {
      status: 422,
      body: { detail: /number/ }
    })
    const bad = { name: 'trunk-x', label: 'x', siteId: sites.a, channels: 1, callerIdMode: 'sim' }
    t.match(await ask(admin, 'POST', '/api/trunks', bad), { status: 422, body: { detail: /callerIds/ } })
    t.match(await ask(admin, 'POST', '/api/trunks', { ...bad, name: 'gateway' }), { status: 400 })
    t.match(await ask(admin, 'POST', '/api/trunks', { ...bad, name: 'trunk-site-a', callerIdMode: 'any' }), {
      status: 409,
      body: { code: 'TRUNKS_NAME_TAKEN' }
    })
    t.match(await ask(admin, 'DELETE', `/api/trunks/${trunks.a}`), { status: 409 })

    // A trunk that the PBX does not know.
    const made = await ask<{ id: number }>(admin, 'POST', '/api/trunks', {
      ...bad,
      name: 'trunk-nowhere',
      callerIdMode: 'any'
    })
    await ask(admin, 'PUT', `/api/trunks/sites/${sites.a}`, { routes: [{ trunkId: made.body.id }] })
    const answer = await dial(anna, '0199001001')
    t.match(answer, { status: 409, body: { code: 'TRUNKS_NO_WAY_OUT', detail: /no endpoint of this name/ } })
    const routes = [{ trunkId: trunks.a }, { trunkId: trunks.b }]
    await ask(admin, 'PUT', `/api/trunks/sites/${sites.a}`, { routes })
    t.notOk(phoneRang())
    t.same(since(mark), { a: [], b: [] })
  })

  await t.test('emergency calls leave by the physical site, from handset and screen', async t => {
    t.match(await decide(sites.a, '15'), { emergency: true })
    const mark = marks()
    await dialByHand(phones, '1001', '15')
    await until(() => since(mark).a.length === 1)
    await dialByHand(phones, '1011', '112')
    await until(() => since(mark).b.length === 1)
    t.same(since(mark), {
      a: [{ number: '15', callerId: '33199000001' }],
      b: [{ number: '112', callerId: '33612000002' }]
    })
    await quiet()
    t.match(await floor.row(row => row.number === '15'), {
      agentId: anna.userId,
      trunk: 'PJSIP/trunk-site-a'
    })
    await floor.row(row => row.number === '112' && row.agentId === bruno.userId)

    await ask(admin, 'PUT', '/api/dialling/stop', { reason: 'test' })
    t.equal((await dial(bruno, '0199001001')).status, 409, 'other calls are stopped')
    const help = await dial(bruno, '112')
    t.equal(help.status, 202, JSON.stringify(help.body))
    await until(() => since(mark).b.length === 2)
    await quiet()
    const row = await floor.row(row => row.callId === help.body.callId)
    t.match(row, { number: '112', trunk: 'PJSIP/trunk-site-b', outcome: 'answered', agentId: bruno.userId })
    await ask(admin, 'DELETE', '/api/dialling/stop')
  })

  await t.test(
    'what is stopped, and what nobody may call, holds for the handset at once; help does not wait',
    async t => {
      const kept = (key: string, value: string) =>
        until(async () =>
          (await sandbox.cli('central', `database get evs ${key}`)).trim().endsWith(`Value: ${value}`)
        )
      const blocked = (number: string) => floor.row(row => row.number === number && row.outcome === 'blocked')
      const mark = marks()
      await dialByHand(phones, '1011', '0199001200')
      await until(() => since(mark).b.length === 1)
      await ask(admin, 'PUT', '/api/dialling/stop', { reason: 'test' })
      await kept('stopped', '1')
      await dialByHand(phones, '1001', '0199001011')
      t.match(await blocked('+33199001011'), { agentId: anna.userId, trunk: null })
      t.same(since(mark).a, [], 'nothing rings')
      await dialByHand(phones, '1001', '15')
      await until(() => since(mark).a.length === 1)
      t.same(since(mark).a, [{ number: '15', callerId: '33199000001' }], 'help is called')
      const talking = await sandbox.cli('central', 'core show channels concise')
      t.match(talking, /PJSIP\/1011-\w+!.*!Up!/, 'the call that runs goes on')
      await quiet()
      await ask(admin, 'DELETE', '/api/dialling/stop')
      await kept('stopped', '0')

      const three = ['0199001200', '0199001201', '0199001202']
      for (const [at, number] of three.entries()) {
        await dialByHand(phones, '1001', number)
        if (at < 2) await until(() => since(mark).a.length === at + 2)
      }
      await blocked('+33199001202')
      t.equal(since(mark).a.length, 3, 'one phone has two calls at once, not three')
      await quiet()

      const { body } = await ask<{ directClasses: string[] }>(admin, 'GET', '/api/dialling')
      await ask(admin, 'PUT', '/api/dialling/direct-classes', { classes: ['mobile'] })
      await kept('classes', 'mobile')
      await dialByHand(phones, '1001', '0199001012')
      await blocked('+33199001012')
      await ask(admin, 'PUT', '/api/dialling/direct-classes', { classes: body.directClasses })
      await kept('classes', body.directClasses.join(':'))
      await dialByHand(phones, '1001', '0199001203')
      await until(() => since(mark).a.length === 4)
      await quiet()
    }
  )

  await t.test('the next way only where the customer’s phone cannot have rung', async t => {
    // Last four digits: what the called party does; how many ways are tried.
    const ways = { 2600: 2, 2200: 2, 2838: 2, 2400: 1, 2000: 1, 2300: 1, 2500: 1, 2001: 1, 2204: 1, 3001: 1 }
    for (const [persona, tried] of Object.entries(ways)) {
      const call = await dial(anna, `+3319900${persona}`)
      t.equal(call.status, 202, JSON.stringify(call.body))
      const row = await floor.row(row => row.callId === call.body.callId)
      t.equal(row.route, tried, `${persona}: ${row.outcome}`)
      t.equal(row.trunk, tried === 2 ? 'PJSIP/trunk-site-b' : 'PJSIP/trunk-site-a')
    }
  })

  await t.test(
    'a gateway that gets causes wrong has a map: fail-over and record heed what is meant',
    async t => {
      const trunk = `/api/trunks/${trunks.a}`
      const refused = async (causeMap: object[]) =>
        (await ask(admin, 'PATCH', trunk, { causeMap })).body.detail
      t.match(await refused([{ gives: 34, means: 34 }]), /causeMap takes cause 34 for itself/)
      const twice = [17, 21].map(means => ({ gives: 34, means }))
      t.match(await refused(twice), /causeMap has two rules for cause 34/)
      t.match(await ask(admin, 'PATCH', trunk, { causeMap: [{ gives: 503, means: 17 }] }), { status: 400 })

      // Says congestion for a busy phone, and "no such number" when all its lines are taken.
      const causeMap = [
        { gives: 34, means: 17 },
        { gives: 1, means: 34 }
      ]
      t.match(await ask(admin, 'PATCH', trunk, { causeMap }), { status: 200, body: { causeMap } })
      await floor.giveFiles()
      const mark = marks()
      const busy = await dial(anna, '+33199002200')
      const full = await dial(bruno, '+33199001001') // bruno's own gateway is not concerned
      t.match(await floor.row(row => row.callId === busy.body.callId), {
        outcome: 'busy',
        cause: 17,
        route: 1,
        trunk: 'PJSIP/trunk-site-a'
      })
      await floor.row(row => row.callId === full.body.callId)
      await dialByHand(phones, '1001', '0199002201')
      t.match(await floor.row(row => row.number === '+33199002201'), { outcome: 'busy', route: 1 })
      t.same(
        since(mark).b.map(({ number }) => number),
        ['33199001001'],
        'a customer who is busy is not called by the other gateway'
      )
      const next = await dial(anna, '+33199002401')
      t.match(await floor.row(row => row.callId === next.body.callId), {
        outcome: 'invalid_number',
        route: 2,
        trunk: 'PJSIP/trunk-site-b'
      })
      await ask(admin, 'PATCH', trunk, { causeMap: [] })
      await floor.giveFiles()
      await quiet()
    }
  )

  await t.test('a call dialled by hand takes its channel, and the next one goes the other way', async t => {
    await ask(admin, 'PATCH', `/api/trunks/${trunks.a}`, { channels: 1 })
    await dialByHand(phones, '1002', '0199001200')
    await until(async () => (await decide(sites.a, '0199001001')).verdict === 'by trunk-site-b')
    const call = await dial(anna, '0199001001')
    t.match(await floor.row(row => row.callId === call.body.callId), {
      trunk: 'PJSIP/trunk-site-b',
      route: 1
    })
    await quiet()
    await until(
      async () => (await decide(sites.a, '0199001001')).verdict === 'by trunk-site-a, then trunk-site-b'
    )
    await ask(admin, 'PATCH', `/api/trunks/${trunks.a}`, { channels: 4 })
  })

  await t.test('a generated SIP trunk works, without REFER and without direct media', async t => {
    const { address, sipPort } = sandbox.gatewayB
    const made = await ask<{ id: number }>(admin, 'POST', '/api/trunks', {
      name: 'trunk-generated',
      label: 'Generated',
      siteId: sites.b,
      channels: 2,
      address: `${address}:${sipPort}`
    })
    await floor.giveFiles()
    const endpoint = await sandbox.cli('central', 'pjsip show endpoint trunk-generated')
    t.match(endpoint, /allow_transfer\s*: false/)
    t.match(endpoint, /direct_media\s*: false/)
    await ask(admin, 'PUT', `/api/trunks/sites/${sites.b}`, { routes: [{ trunkId: made.body.id }] })
    await until(async () => (await decide(sites.b, '0199001001')).verdict === 'by trunk-generated')
    const call = await dial(bruno, '0199001001')
    const row = await floor.row(row => row.callId === call.body.callId)
    t.match(row, { outcome: 'answered', trunk: 'PJSIP/trunk-generated' })
    const routes = [{ trunkId: trunks.b }, { trunkId: trunks.a }]
    await ask(admin, 'PUT', `/api/trunks/sites/${sites.b}`, { routes })
  })

  await t.test(
    'with gateway a dead the next way is taken before dialling, or the call fails with the reason',
    async t => {
      await sandbox.killInstance('gw-a')
      const unnoticed = await dial(anna, '0199001001')
      t.match(
        await floor.row(row => row.callId === unnoticed.body.callId),
        { outcome: 'answered', trunk: 'PJSIP/trunk-site-b', route: 2 },
        'before anybody has noticed, the call finds it out itself'
      )
      await until(async () => (await decide(sites.a, '0199001001')).verdict === 'by trunk-site-b')
      const decision = await decide(sites.a, '0199001001')
      t.match(decision.steps[0], {
        trunk: 'trunk-site-a',
        taken: false,
        because: 'its gateway does not answer'
      })
      const mark = { a: 0, b: gateways.b.packets.length }
      const call = await dial(anna, '0199001001')
      const row = await floor.row(row => row.callId === call.body.callId)
      t.match(row, { outcome: 'answered', trunk: 'PJSIP/trunk-site-b', route: 1 })

      await dialByHand(phones, '1001', '0199001003')
      const byHand = await floor.row(row => row.number === '+33199001003')
      t.match(byHand, { outcome: 'answered', trunk: 'PJSIP/trunk-site-b', agentId: anna.userId })

      await dialByHand(phones, '1001', '112')
      await until(() => arrived(gateways.b, mark.b).some(({ number }) => number === '112'))
      t.pass('help is reached by the other site’s gateway')
      await quiet()

      const routes = [{ trunkId: trunks.a }, { trunkId: trunks.b }]
      await ask(admin, 'PUT', `/api/trunks/sites/${sites.a}`, { routes, failOver: 'none' })
      const refused = await dial(anna, '0199001001')
      t.match(refused, {
        status: 409,
        body: { code: 'TRUNKS_NO_WAY_OUT', detail: /trunk-site-a: its gateway does not answer/ }
      })
    }
  )

  await t.test('with the server gone the handset still calls, for help and otherwise', async t => {
    const gone = (channel: string) =>
      until(async () => !(await sandbox.cli('central', 'core show channels concise')).includes(channel))
    await floor.app.kernel.db('core.campaigns').where({ id: 0 }).update({ max_call_seconds: 10 })
    const limited = await dial(bruno, '0199001200')
    await becomes(floor.app, bruno, 'talking')
    await dialByHand(phones, '1001', '0199001200')
    await becomes(floor.app, anna, 'talking')
    await floor.app.close()
    let mark = gateways.b.packets.length
    const reached = (number: string) =>
      until(() => arrived(gateways.b, mark).some(one => one.number === number))
    await dialByHand(phones, '1011', '18')
    await reached('18')
    await gone(`${limited.body.callId}-a1`)
    t.pass('a call of the screen ends when its time is over')
    await hangUpAll(sandbox)
    await sandbox.cli('central', 'dialplan set global EVS_MAX_DEFAULT 2')
    await dialByHand(phones, '1001', '0199001200')
    await reached('33199001200')
    await gone('PJSIP/1001-')
    t.pass('and so does one that was dialled by hand')
    await sandbox.cli('central', 'dialplan set global EVS_MAX_DEFAULT 7200')
    mark = gateways.b.packets.length
    await dialByHand(phones, '1011', '0199001200')
    await reached('33199001200')

    const next = await floor.anotherServer()
    await becomes(next, bruno, 'talking')
    await becomes(next, anna, 'ready')
    t.pass('the next server knows who began to talk meanwhile, and who has put down')
    await hangUpAll(sandbox)
    await becomes(next, bruno, 'ready')
    const row = await next.kernel.db('core.call_history').where({ id: limited.body.callId }).first()
    t.match(row, { outcome: 'answered', end_quality: 'estimated' })

    const { headers } = admin
    const stop = { method: 'PUT', url: '/api/dialling/stop', headers, payload: { reason: 'test' } } as const
    t.equal((await next.inject(stop)).statusCode, 200)
    t.match(await sandbox.cli('central', 'database get evs stopped'), /Value: 1/, 'told when it is answered')
    await next.close()
    await floor.restartCentral()
    mark = gateways.b.packets.length
    await dialByHand(phones, '1011', '0199001200')
    await gone('PJSIP/1011-')
    await dialByHand(phones, '1011', '18')
    await reached('18')
    t.same(
      arrived(gateways.b, mark).map(({ number }) => number),
      ['18'],
      'what was stopped stays stopped when Asterisk starts anew without a server; help does not wait'
    )
    await hangUpAll(sandbox)
  })
})

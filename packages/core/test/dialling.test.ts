import {
  agentLegs,
  callableClasses,
  classifyNumber,
  definePlugin,
  numberClasses,
  numberingPlan,
  type OriginateRequest,
  type Plugin,
  type Route,
  reachesNumber,
  type TelephonyPort,
  telephony,
  trunkCapacities,
  trunkSelectors
} from '@evscallpro/core'
import { fakeClock, loginAs } from '@evscallpro/testing'
import fc from 'fast-check'
import t from 'tap'
import { checkDestination } from '../src/domain/telephony/destination-policy.ts'
import { fitRoutes } from '../src/domain/telephony/trunk-ports.ts'
import { type Send, sender, type WorkingDay, workingDay } from './working-day.ts'

interface Problem {
  readonly code: string
  readonly detail: string
}
interface Started {
  readonly callId: string
}

const call = (send: Send, number: string) => send<Problem & Started>('POST', '/api/calls', { number })

t.test('numbers have their class by their numbering plan, short numbers none that can be called', async t => {
  const classes = {
    '+33199001005': 'fixed',
    '+33612345678': 'mobile',
    '+33912345678': 'voip',
    '+33800123456': 'toll_free',
    '+33810123456': 'shared_cost',
    '+33899123456': 'premium',
    '+32470123456': 'international',
    '+881612345678': 'satellite',
    '+88213123456': 'satellite',
    '+979123456789': 'premium',
    '+33116117': 'short',
    '+33112': 'short',
    '+33012345678': 'other'
  }
  for (const [number, expected] of Object.entries(classes))
    t.equal(classifyNumber(number, 'FR'), expected, number)
  t.equal(classifyNumber('+998901234567', 'UZ'), 'mobile')
  t.equal(classifyNumber('+998901234567', 'FR'), 'international')
  t.equal(classifyNumber('+14165550123', 'US'), 'international', 'the code is shared, the plan is not')
  t.throws(() => numberingPlan('XX'), RangeError)
})

t.test('the policy allows only what prefixes, installation, campaign and agent all allow', async _t => {
  const digits = fc.stringMatching(/^[1-9]\d{5,14}$/)
  const number = fc.oneof(
    digits.map(text => `+${text}`),
    fc.stringMatching(/^[1-9]\d{8}$/).map(text => `+33${text}`)
  )
  const some = fc.subarray([...callableClasses])
  const prefixes = fc.subarray(['+33', '+3389', '+338', '+8816', '+1', '+'])
  fc.assert(
    fc.property(
      number,
      some,
      some,
      fc.option(some),
      prefixes,
      prefixes,
      (number, ours, campaign, agent, allow, deny) => {
        const policy = { allow, deny, classes: ours, maxCallSeconds: 60 }
        const verdict = checkDestination(policy, { country: 'FR', campaign, agent }, number)
        const kind = classifyNumber(number, 'FR')
        if (!verdict.allowed) return !verdict.reason.includes(number.slice(1))
        return (
          /^\+\d{7,15}$/.test(number) &&
          kind !== 'short' &&
          allow.some(prefix => number.startsWith(prefix)) &&
          !deny.some(prefix => number.startsWith(prefix)) &&
          ours.includes(kind) &&
          campaign.includes(kind) &&
          (agent === null || agent.includes(kind))
        )
      }
    ),
    { numRuns: 2_000 }
  )
  fc.assert(
    fc.property(number, number => numberClasses.includes(classifyNumber(number, 'FR'))),
    { numRuns: 500 }
  )
})

t.test('a trunk is asked for the number that was allowed, in whatever form, and for no other', async t => {
  const same = [
    '33612345678',
    '+33612345678',
    '0612345678',
    '612345678',
    '0033612345678',
    '90612345678',
    '*90612345678'
  ]
  for (const dialled of same) t.ok(reachesNumber(dialled, '+33612345678', 'FR'), dialled)
  const others = [
    '33612345679',
    '008821612345678',
    '+8821612345678',
    '8821612345678',
    '0044612345678',
    '',
    '112'
  ]
  for (const dialled of others) t.notOk(reachesNumber(dialled, '+33612345678', 'FR'), dialled)
  for (const dialled of ['33612345678&PJSIP/1', '612345678,9', '$X612345678'])
    t.notOk(reachesNumber(dialled, '+33612345678', 'FR'), dialled)
})

t.test(
  'routes without a free channel are left out, and two ports are needed where both legs take one',
  async _t => {
    const trunk = fc.constantFrom('trunk-a', 'trunk-b', 'trunk-c')
    const routes = fc.uniqueArray(trunk, { minLength: 1 })
    const room = fc.record({ 'trunk-a': fc.nat(3), 'trunk-b': fc.nat(3), 'trunk-c': fc.nat(3) })
    fc.assert(
      fc.property(routes, fc.option(trunk), room, (names, agentTrunk, rooms) => {
        const needed = { agentTrunk, routes: names.map(trunk => ({ trunk, number: '1', callerId: null })) }
        const free = (name: string) => rooms[name as keyof typeof rooms]
        const fitting = fitRoutes(needed, free)
        const fits = (name: string) => free(name) >= (name === agentTrunk ? 2 : 1)
        if (typeof fitting === 'string')
          return (agentTrunk !== null && free(agentTrunk) < 1) || !names.some(fits)
        return fitting.map(one => one.trunk).join() === names.filter(fits).join() && fitting.length > 0
      })
    )
  }
)

/** A plugin that wants to call a premium number, by everything that a plugin can reach. */
function hostile() {
  let kernel!: Kernel
  let routes: readonly Route[] | null = null
  let dial: string | null = null
  const plugin = definePlugin({
    name: 'hostile',
    version: '1.0.0',
    requires: [telephony],
    setup(_scope, context) {
      kernel = context.kernel
      context.fill(trunkSelectors, { name: 'hostile', select: () => routes }, { order: -1 })
      context.fill(agentLegs, {
        name: 'hostile',
        plan: () => ({
          station: 'hostile',
          dial: dial ?? 'PJSIP/1001',
          accept: 'none',
          ringSeconds: 5,
          ...(dial?.includes('@') && { trunk: 'trunk-a' })
        })
      })
    }
  })
  return {
    plugin: plugin() as Plugin,
    port: () => kernel.extensions.one(telephony),
    sendBy(given: readonly Route[] | null) {
      routes = given
    },
    ring(given: string) {
      dial = given
    }
  }
}
type Kernel = WorkingDay['app']['kernel']

const premium: OriginateRequest = {
  callId: '01900000-0000-7000-8000-000000000000',
  attempt: 1,
  agentLeg: { station: 'extension', dial: 'PJSIP/1001', accept: 'none', ringSeconds: 5 },
  number: '+33899123456',
  routes: [{ trunk: 'trunk-a', number: '33899123456', callerId: null }],
  ringSeconds: 10,
  maxCallSeconds: 60,
  recordingFile: null,
  waitingLeg: null,
  context: { campaignId: 0, agentId: 1, contactId: null, handoutId: null, siteId: 1 }
}

t.test('a hostile plugin finds no way around the policy', async t => {
  const evil = hostile()
  const day = await workingDay(t, { plugins: [evil.plugin] })
  const { send } = await day.agent({ extension: '1001' })
  const refused = { code: 'CORE_ORIGINATE_NOT_PERMITTED' }
  const port = evil.port()
  await t.rejects(port.originate(premium), refused, 'by the port it was given')
  await t.rejects(port.originate(Object.freeze({ ...premium })), refused)

  t.equal((await call(send, '+33199001000')).status, 202)
  const [permitted] = day.pbx.requests
  await t.rejects(port.originate(permitted!), refused, 'a permit is used up')
  await t.rejects(port.originate({ ...permitted!, number: premium.number }), refused, 'and not for copies')
  t.throws(() => Object.assign(permitted!, { number: premium.number }), TypeError, 'nor can it be changed')
  t.throws(() => {
    Object.assign(permitted!.routes[0]!, premium.routes[0])
  }, TypeError)
  const raw = Object.getOwnPropertyDescriptor(port, 'originate')
  t.equal(raw, undefined, 'the port behind the guard cannot be looked at')
  t.throws(() => Object.assign(port, { originate: async () => 'accepted' }), TypeError)
  t.same(Object.keys(port), [])
  const nobody = {
    callId: premium.callId,
    attempt: 1,
    agentChannel: 'PJSIP/1001-1',
    customerChannel: null,
    agentStays: false
  }
  const ear = { listenId: premium.callId, mode: 'listen', leg: premium.agentLeg } as const
  const leg = { legId: premium.callId, attempt: 1, agentId: 1, agentLeg: premium.agentLeg, shiftSeconds: 60 }
  await t.rejects(port.holdLeg(leg), refused, 'nor for a leg to be held')
  await t.rejects(port.listen(nobody, ear), refused, 'nor does it ring a phone as a supervisor’s')
  const prototype = Object.getPrototypeOf(port) as Partial<TelephonyPort>
  t.equal(prototype.originate, undefined)
  await day.pbx.end(day.pbx.requests[0]!.callId)

  const rung = day.pbx.requests.length
  evil.sendBy(premium.routes)
  t.match((await call(send, '+33199001000')).body, { code: 'CORE_ROUTE_REFUSED' }, 'by a selector')
  evil.sendBy([{ trunk: 'trunk-a', number: '33199001000&PJSIP/33899123456@trunk-a', callerId: null }])
  t.match((await call(send, '+33199001000')).body, { code: 'CORE_ROUTE_REFUSED' })
  evil.sendBy(null)
  for (const dial of [
    'PJSIP/33899123456@trunk-a',
    'PJSIP/1002',
    'PJSIP/1001/sip:33899123456@10.0.0.1',
    'PJSIP/1001&PJSIP/33899123456@trunk-a',
    'Local/s@anything'
  ]) {
    evil.ring(dial)
    await send('PUT', '/api/agent/session', { station: 'hostile' })
    t.match(
      (await call(send, '+33199001000')).body,
      { code: 'CORE_AGENT_LEG_REFUSED' },
      `by the agent’s leg: ${dial}`
    )
  }
  t.equal(day.pbx.requests.length, rung, 'nothing rang')
})

t.test('classes of campaign and agent hold, and the absolute limit shortens every call', async t => {
  const day = await workingDay(t, { allow: ['+32', '+33'], domain: { maxCallSeconds: 1_800 } })
  await day.contacts('1001')
  const { send, id } = await day.agent()
  const outside = await call(send, '+32470123456')
  t.match(outside, { status: 403, body: { code: 'CORE_DESTINATION_DENIED' } })
  t.match(outside.body.detail, /international numbers are not allowed in this campaign/)
  t.match((await call(send, '+33899123456')).body, { code: 'CORE_DESTINATION_DENIED' })
  t.match((await call(send, '+33116117')).body.code, /CORE_(NUMBER_INVALID|DESTINATION_DENIED)/)
  t.match((await call(send, '112')).body, { code: 'CORE_NUMBER_INVALID' })
  t.match(
    (await day.admin('PUT', '/api/dialling/direct-classes', { classes: ['mobile', 'short'] })).status,
    400
  )
  t.match(
    (await day.admin('PUT', '/api/dialling/direct-classes', { classes: ['mobile', 'international'] })).status,
    200
  )
  const belgium = await call(send, '+32470123456')
  t.equal(belgium.status, 202)
  t.equal(day.pbx.requests[0]?.maxCallSeconds, 1_800)
  await day.pbx.end(belgium.body.callId)
  t.match((await call(send, '+33199001000')).body.detail, /fixed numbers are not allowed/)

  t.equal((await day.admin('PATCH', `/api/users/${id}`, { numberClasses: ['mobile'] })).status, 200)
  t.match((await call(send, '+32470123456')).body.detail, /for this agent/)
  const handout = await send<{ handout: { id: number } }>('POST', '/api/handouts', {
    campaignId: day.campaignId
  })
  const dial = () => send<Problem>('POST', `/api/handouts/${handout.body.handout.id}/calls`, {})
  t.match((await dial()).body.detail, /fixed numbers are not allowed for this agent/)
  await day.admin('PATCH', `/api/users/${id}`, { numberClasses: null })
  await day.admin('PATCH', `/api/campaigns/${day.campaignId}`, { numberClasses: [] })
  t.match((await dial()).body.detail, /fixed numbers are not allowed in this campaign/)
  await day.admin('PATCH', `/api/campaigns/${day.campaignId}`, { numberClasses: ['fixed'] })
  t.equal((await dial()).status, 202)
})

t.test('the kill switch stops new calls with its reason, leaves the running one, and is logged', async t => {
  const day = await workingDay(t)
  const first = await day.agent()
  const second = await day.agent()
  const { body } = await call(first.send, '+33199001000')
  await day.pbx.talk(body.callId)
  t.equal((await first.send('PUT', '/api/dialling/stop', { reason: 'mine' })).status, 403)
  const supervisor = sender(day.app, await loginAs(day.app, 'supervisor'))
  t.match((await supervisor('PUT', '/api/dialling/stop', { reason: 'invoice of the operator' })).body, {
    stopped: true
  })
  const stopped = await call(second.send, '+33199001000')
  t.match(stopped, {
    status: 409,
    body: { code: 'CORE_DIALLING_STOPPED', detail: /invoice of the operator/ }
  })
  t.equal(day.pbx.requests.length, 1, 'nothing rang')
  const live = await first.send<{ live: { state: string } }>('GET', `/api/calls/${body.callId}`)
  t.equal(live.body.live.state, 'talking')
  t.same(day.pbx.hangups, [])
  t.match((await supervisor('DELETE', '/api/dialling/stop')).body, { stopped: false, reason: null })
  t.equal((await call(second.send, '+33199001000')).status, 202)
  const log = await day.app.kernel.db('core.dialling_log').orderBy('id').select('action', 'detail')
  t.same(log, [
    { action: 'stopped', detail: 'invoice of the operator' },
    { action: 'resumed', detail: '' }
  ])
})

t.test('token buckets slow down an agent, a trunk and an API key, and fill again', async t => {
  const clock = fakeClock()
  const limits = {
    agent: { burst: 2, perMinute: 6 },
    trunk: { burst: 4, perMinute: 60 },
    'api-key': { burst: 1, perMinute: 1 }
  }
  const day = await workingDay(t, { clock, domain: { dialLimits: limits } })
  const one = await day.agent()
  const dialOnce = async (send: Send, more: object = {}) => {
    const answer = await send<Problem & Started>('POST', '/api/calls', { number: '+33199001000', ...more })
    if (answer.status === 202) await day.pbx.end(answer.body.callId)
    return answer
  }
  t.equal((await dialOnce(one.send)).status, 202)
  t.equal((await dialOnce(one.send)).status, 202)
  t.match(await dialOnce(one.send), { status: 429, body: { code: 'CORE_DIAL_LIMIT', detail: /this agent/ } })
  await clock.advance(10_000)
  t.equal((await dialOnce(one.send)).status, 202, 'six a minute: one after ten seconds')
  t.equal((await dialOnce(one.send)).status, 429)

  const { body: key } = await day.admin<{ key: string }>('POST', '/api/auth/api-keys', {
    name: 'CRM',
    permissions: ['agent:work', 'calls:dial-for']
  })
  const crm: Send = (method, url, payload, headers) =>
    day.admin(method, url, payload, { ...headers, authorization: `Bearer ${key.key}` })
  t.match((await dialOnce(crm)).body, { code: 'CORE_INVALID_FIELD' }, 'a key says whose call it is')
  const two = await day.agent()
  t.equal((await dialOnce(crm, { agentId: two.id })).status, 202)
  t.match((await dialOnce(crm, { agentId: two.id })).body.detail, /this API key/)
  t.match((await dialOnce(two.send, { agentId: one.id })).status, 403, 'an agent calls for himself alone')

  const others = await Promise.all(Array.from({ length: 6 }, () => day.agent()))
  const answers = await Promise.all(others.map(other => dialOnce(other.send)))
  const limited = answers.filter(answer => answer.status === 429)
  t.ok(limited.length >= 2, `a burst of four by one trunk: ${limited.length} of 6 refused`)
  t.match(limited[0]?.body.detail, /this trunk/)
})

t.test('channels are reserved before a phone rings, by the calls in flight alone', async t => {
  const rooms = new Map([
    ['trunk-a', { channels: 2, taken: 1 }],
    ['trunk-b', { channels: 1, taken: 0 }]
  ])
  const plugin = definePlugin({
    name: 'sized',
    version: '1.0.0',
    setup(_scope, { fill }) {
      fill(trunkCapacities, { name: 'sized', roomOf: async () => rooms })
    }
  })
  const day = await workingDay(t, { plugins: [plugin()] })
  const agents = await Promise.all(Array.from({ length: 5 }, () => day.agent()))
  const answers = await Promise.all(agents.map(({ send }) => call(send, '+33199001000')))
  const statuses = answers.map(answer => answer.status).sort()
  t.same(statuses, [202, 202, 409, 409, 409], 'five at once for two free channels')
  t.match(answers.find(answer => answer.status === 409)?.body, {
    code: 'CORE_TRUNKS_BUSY',
    detail: /trunk-a is full, trunk trunk-b is full/
  })
  const sent = day.pbx.requests.map(({ routes }) => routes.map(route => route.trunk).join(' ')).sort()
  t.same(sent, ['trunk-a trunk-b', 'trunk-b'], 'the one takes a and may go on to b, the other has b alone')
  t.equal(day.pbx.requests.length, 2, 'nobody else’s phone rang')

  const byA = day.pbx.requests.find(({ routes }) => routes[0]?.trunk === 'trunk-a')!
  await day.pbx.end(byA.callId)
  const refused = agents.find((_, index) => answers[index]?.status === 409)!
  t.equal((await call(refused.send, '+33199001000')).status, 202, 'free again with the end of the call')
})

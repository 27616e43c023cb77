import {
  agentLegs,
  type CallFact,
  type CallRecord,
  definePlugin,
  handoutEnded,
  issueSession,
  type StationRefusal
} from '@evscallpro/core'
import { type FakeClock, fakeClock } from '@evscallpro/testing'
import t from 'tap'
import { recordOf, type Send, workingDay } from './working-day.ts'

interface Handout {
  id: number
  callId: string | null
  dispositionId: number | null
  contact: { id: number; phones: string[]; attempts: number }
}
interface State {
  state: string
  pauseReason: string | null
  pauseRequested: string | null
  revision: number
  cause: string
}
interface Row {
  callId: string
  outcome: string
  dispositionId: number | null
  note: string | null
  talkMs: number
  revision: number
  callerIdRequested: string
  startedAt: string
}
interface Problem {
  code: string
  detail: string
}

const next = async (send: Send, campaignId: number): Promise<Handout> =>
  (await send<{ handout: Handout }>('POST', '/api/handouts', { campaignId })).body.handout
const dial = async (send: Send, handout: Handout): Promise<string> =>
  (await send<{ callId: string }>('POST', `/api/handouts/${handout.id}/calls`, {})).body.callId
const stateOf = async (send: Send): Promise<State> => (await send<State>('GET', '/api/agent/state')).body
const history = async (send: Send): Promise<Row[]> =>
  (await send<{ items: Row[] }>('GET', '/api/call-history')).body.items

/** Lets time pass until something has happened; the database needs real moments between the clock's. */
async function pass<T>(clock: FakeClock, happened: Promise<T>): Promise<T> {
  let done = false
  void happened.then(() => {
    done = true
  })
  while (!done) {
    await clock.advance(5_000)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  return happened
}

t.test('an agent takes a contact, calls, talks, qualifies after the call and is ready again', async t => {
  const day = await workingDay(t)
  await day.contacts('1001')
  const { send } = await day.agent()
  const handout = await next(send, day.campaignId)
  t.equal((await stateOf(send)).state, 'reserved')
  const callId = await dial(send, handout)
  t.equal((await stateOf(send)).state, 'ringing_agent')

  const [request] = day.pbx.requests
  t.same(request?.routes, [
    { trunk: 'trunk-a', number: '33199001001', callerId: '33199000001' },
    { trunk: 'trunk-b', number: '33199001001', callerId: '33199000001' }
  ])
  t.match(request?.context, {
    campaignId: day.campaignId,
    contactId: handout.contact.id,
    handoutId: handout.id
  })
  t.match(request?.agentLeg, { dial: 'PJSIP/1001', accept: 'none' })

  await day.pbx.leg(callId, 'agent', 'created', 'answered')
  t.equal((await stateOf(send)).state, 'agent_accepted')
  await day.pbx.leg(callId, 'customer', 'created')
  t.equal((await stateOf(send)).state, 'dialling_customer')
  await day.pbx.leg(callId, 'customer', 'bridged')
  t.equal((await stateOf(send)).state, 'talking')
  t.same(await history(day.admin), [], 'no row before the end')
  const live = await send<{ live: { state: string } }>('GET', `/api/calls/${callId}`)
  t.equal(live.body.live.state, 'talking')

  await day.pbx.end(callId)
  t.equal((await stateOf(send)).state, 'wrap_up')
  t.match(await history(day.admin), [{ callId, outcome: 'answered', dispositionId: null, talkMs: 10_000 }])
  const { body } = await send<{ result: string }>('POST', `/api/handouts/${handout.id}/finalise`, {
    qualification: { dispositionId: day.dispositions.sale, note: 'content' }
  })
  t.equal(body.result, 'settled')
  t.equal((await stateOf(send)).state, 'ready')
  t.match(await history(day.admin), [{ callId, dispositionId: day.dispositions.sale, note: 'content' }])
  const nothing = await send<{ handout: null; nextDueAt: null }>('POST', '/api/handouts', {
    campaignId: day.campaignId
  })
  t.match(nothing.body, { handout: null, nextDueAt: null }, 'a positive contact is not handed out again')
})

t.test(
  'qualified during the call: the row is complete from its first moment, and finalise hangs up',
  async t => {
    const day = await workingDay(t)
    await day.contacts('1001')
    const { send } = await day.agent()
    const handout = await next(send, day.campaignId)
    const callId = await dial(send, handout)
    await day.pbx.talk(callId)
    const settled = new Promise(resolve => day.app.kernel.events.on(handoutEnded, resolve))
    const { body } = await send<{ result: string }>('POST', `/api/handouts/${handout.id}/finalise`, {
      qualification: { dispositionId: day.dispositions.refusal }
    })
    t.equal(body.result, 'hanging_up')
    t.same(day.pbx.hangups, [callId])
    t.equal((await stateOf(send)).state, 'talking', 'only a fact of the PBX leaves talking')
    await day.pbx.end(callId, { endedBy: 'server' })
    t.match(await history(day.admin), [{ callId, dispositionId: day.dispositions.refusal }])
    await settled
    t.equal((await stateOf(send)).state, 'ready')
  }
)

t.test('a call that never reached the customer gives the agent his contact back', async t => {
  const day = await workingDay(t)
  await day.contacts('1001')
  const { send } = await day.agent()
  const handout = await next(send, day.campaignId)
  const callId = await dial(send, handout)
  await day.pbx.leg(callId, 'agent', 'created', 'ringing', 'ended')
  const { customerDialledAtMs: _, customerAnsweredAtMs: __, ...unreached } = recordOf(callId)
  await day.pbx.end(callId, {
    ...unreached,
    outcome: 'agent_no_answer',
    talkMs: 0,
    billableMs: 0,
    customerDialledAtMs: undefined as never
  })
  t.equal((await stateOf(send)).state, 'reserved')
  t.equal(handout.contact.attempts, 0)
  const again = await dial(send, handout)
  t.not(again, callId, 'and he may call again')
  await day.pbx.talk(again)
  await day.pbx.end(again, { outcome: 'busy' })
  t.equal((await stateOf(send)).state, 'wrap_up')
  const current = await send<{ handout: Handout }>('GET', '/api/handouts/current')
  t.equal(current.body.handout.contact.attempts, 1, 'one attempt counts: the one that reached the customer')
})

t.test('facts that come late, twice or out of order change nothing that is known', async t => {
  const day = await workingDay(t)
  await day.contacts('1001')
  const { send } = await day.agent()
  const handout = await next(send, day.campaignId)
  const callId = await dial(send, handout)
  await day.pbx.talk(callId)
  await day.pbx.leg(callId, 'agent', 'ringing')
  await day.pbx.leg(callId, 'customer', 'created')
  t.equal((await stateOf(send)).state, 'talking')
  await Promise.all([day.pbx.end(callId), day.pbx.end(callId), day.pbx.end(callId)])
  t.equal((await history(day.admin)).length, 1)
  const [stats] = await day.app.kernel.db('core.call_stats').select('calls', 'talk_ms')
  t.same(stats, { calls: 1, talk_ms: 10_000 })
  await day.pbx.leg(callId, 'customer', 'bridged')
  t.equal((await stateOf(send)).state, 'wrap_up')
  await day.pbx.end(callId, { talkMs: 9_000, cause: 17, outcome: 'busy' }, 'amended')
  t.match(await history(day.admin), [{ outcome: 'busy', talkMs: 9_000 }])
  const counted = await day.app.kernel
    .db('core.call_stats')
    .where('calls', '>', 0)
    .select('outcome', 'calls', 'talk_ms')
  t.same(counted, [{ outcome: 'busy', calls: 1, talk_ms: 9_000 }], 'the roll-up follows the amendment')
})

t.test(
  'what the PBX refuses leaves a row; what may have arrived stays open until the PBX speaks',
  async t => {
    const day = await workingDay(t)
    await day.contacts('1001')
    const { send } = await day.agent()
    const handout = await next(send, day.campaignId)
    day.pbx.answer = () => {
      throw Object.assign(new Error('The link to Asterisk is down'), {
        code: 'AMI_LINK_DOWN',
        statusCode: 503
      })
    }
    const refused = await send<Problem>('POST', `/api/handouts/${handout.id}/calls`, {})
    t.equal(refused.status, 503)
    t.equal(refused.body.code, 'AMI_LINK_DOWN')
    t.match(await history(day.admin), [{ outcome: 'failed', talkMs: 0 }])
    t.equal((await stateOf(send)).state, 'reserved')

    day.pbx.answer = () => 'uncertain'
    const callId = await dial(send, handout)
    t.equal((await stateOf(send)).state, 'ringing_agent')
    t.match(await day.pbx.ledger.openCalls('fake'), [{ callId, legs: [] }])
  }
)

t.test(
  'a station says in French and in English why it cannot be used; one that lacks a language is refused',
  async t => {
    let plan: object = { refused: { fr: 'Trop loin', en: 'Too far' } }
    const far = definePlugin({
      name: 'far',
      version: '1.0.0',
      setup(_scope, { fill }) {
        fill(agentLegs, { name: 'far', plan: () => plan as StationRefusal }) // not every plugin is checked by the compiler
      }
    })
    const day = await workingDay(t, { plugins: [far()] })
    const { send } = await day.agent({ extension: null })
    const stations = (): Promise<{ status: number; body: object }> => send('GET', '/api/agent/stations')
    t.match((await stations()).body, {
      items: [
        { name: 'extension', available: false, reason: { fr: /Aucun poste/, en: /no extension/ } },
        { name: 'far', available: false, reason: { fr: 'Trop loin', en: 'Too far' } }
      ]
    })
    t.match(await send('PUT', '/api/agent/session', { station: 'far' }), {
      status: 409,
      body: { code: 'CORE_STATION_REFUSED', detail: 'Too far' }
    })
    for (const bad of [{ refused: { en: 'Too far' } }, { refused: { fr: 'Trop loin', en: '' } }, 'Too far']) {
      plan = bad as object // what such a plugin may answer
      t.match(await stations(), { status: 500, body: { code: 'CORE_STATION_REASON_UNSAID' } })
    }
  }
)

/** A station whose phone, extension 1001, is called twice for one call. */
const twice = definePlugin({
  name: 'twice',
  version: '1.0.0',
  setup(_scope, { fill }) {
    const leg = { station: 'twice', dial: 'PJSIP/1001', accept: 'none', ringSeconds: 5, attempts: 2 } as const
    fill(agentLegs, { name: 'twice', plan: () => leg })
  }
})

/** What is told of an attempt at the agent's phone that nobody took. */
const missed = (agentAttempts: number): Partial<CallRecord> => ({
  outcome: 'agent_no_answer',
  talkMs: 0,
  billableMs: 0,
  customerDialledAtMs: undefined as never,
  customerAnsweredAtMs: undefined as never,
  agentAttempts
})

t.test("news of the first attempt at an agent's phone ends nothing while the second one rings", async t => {
  const day = await workingDay(t, { plugins: [twice()] })
  const { send } = await day.agent()
  await send('PUT', '/api/agent/session', { station: 'twice' })
  const started = await send<{ callId: string }>('POST', '/api/calls', { number: '+33199001001' })
  const { callId } = started.body
  await day.pbx.leg(callId, 'agent', 'created', 'ringing')
  const first: CallFact[] = [
    { kind: 'ended', callId, record: recordOf(callId, missed(1)) },
    { kind: 'amended', callId, record: recordOf(callId, { ...missed(1), cause: 18 }) }
  ]
  for (const [facts, what] of [
    [first.slice(0, 1), 'told'],
    [first, 'the batch is written again, as the answer to its COMMIT was lost'],
    [first.slice(1), 'it is amended late'],
    [
      [{ kind: 'ended', callId, record: recordOf(callId, { ...missed(1), endQuality: 'estimated' }) }],
      'guessed'
    ]
  ] as const) {
    await day.pbx.tell(facts)
    t.match(await stateOf(send), { state: 'ringing_agent' }, what)
    t.same(await history(day.admin), [], what)
  }
  const { agentAttempts: _, ...old } = missed(1)
  await day.pbx.end(callId, old)
  t.equal((await stateOf(send)).state, 'ringing_agent', 'nobody says which attempt: it was the first')
  t.match(
    day.pbx.requests.map(({ attempt }) => attempt),
    [1, 2]
  )
  await day.pbx.end(callId, missed(2), 'amended')
  t.match(await history(day.admin), [{ callId, outcome: 'agent_no_answer' }])
  t.equal((await stateOf(send)).state, 'ready')
})

t.test('two hundred agents who ask at once get two hundred different contacts', async t => {
  const day = await workingDay(t)
  const agents = 200
  await day.contacts(...Array.from({ length: agents }, (_, i) => String(1000 + i)))
  const { db, clock } = day.app.kernel
  const users = await db('core.users')
    .insert(
      Array.from({ length: agents }, (_, i) => ({
        login: `crowd-${i}`,
        display_name: `Crowd ${i}`,
        role: 'agent',
        password_hash: 'none',
        site_id: day.siteId,
        created_at: clock.now()
      }))
    )
    .returning<{ id: number }[]>('id')
  await db('core.agent_states').insert(
    users.map(({ id }) => ({
      agent_id: id,
      state: 'ready',
      cause: 'logged_in',
      since: clock.now(),
      revision: 1
    }))
  )
  await db('core.campaign_agents').insert(
    users.map(({ id }) => ({ campaign_id: day.campaignId, agent_id: id }))
  )
  const tokens = await Promise.all(users.map(({ id }) => issueSession(day.app.kernel, id, '127.0.0.1')))
  const answers = await Promise.all(
    tokens.map(({ token }) =>
      day.app.inject({
        method: 'POST',
        url: '/api/handouts',
        headers: { authorization: `Bearer ${token}` },
        payload: { campaignId: day.campaignId }
      })
    )
  )
  t.same([...new Set(answers.map(answer => answer.statusCode))], [200])
  const contacts = new Set(answers.map(answer => answer.json().handout.contact.id))
  t.equal(contacts.size, agents)
  const { send } = await day.agent()
  t.equal(
    (await send<{ handout: null }>('POST', '/api/handouts', { campaignId: day.campaignId })).body.handout,
    null
  )
})

t.test(
  'a contact that nobody works on comes back: release, log-out, expired lease, crash after finalise',
  async t => {
    const clock = fakeClock(new Date())
    const day = await workingDay(t, { clock })
    const { db, events } = day.app.kernel
    await day.contacts('1001')
    const first = await day.agent()
    const second = await day.agent()
    const released = await next(first.send, day.campaignId)
    t.equal((await first.send('DELETE', `/api/handouts/${released.id}`)).status, 204)
    t.equal((await stateOf(first.send)).state, 'ready')

    const loggedOut = await next(first.send, day.campaignId)
    t.equal(loggedOut.contact.id, released.contact.id)
    await first.send('DELETE', '/api/agent/session')
    t.equal((await stateOf(first.send)).state, 'offline')

    const expired = await next(second.send, day.campaignId)
    t.equal(expired.contact.id, released.contact.id)
    const ended = () => new Promise<{ reason: string }>(resolve => events.on(handoutEnded, resolve))
    const reaped = ended()
    await clock.advance(16 * 60_000)
    t.equal((await pass(clock, reaped)).reason, 'expired')
    t.equal((await stateOf(second.send)).state, 'ready')

    const finalised = await next(second.send, day.campaignId)
    await db('core.handouts').where({ id: finalised.id }).update({
      finalised_at: clock.now(),
      disposition_id: day.dispositions.later,
      qualified_at: clock.now()
    })
    const settled = ended()
    await clock.advance(10_000)
    t.equal(
      (await pass(clock, settled)).reason,
      'qualified',
      'the settlement that a crash swallowed is made up for'
    )
    const [contact] = await db('core.contacts').select('status', 'due_at')
    t.equal(contact.status, 4)
    const nothing = await second.send<{ nextDueAt: string }>('POST', '/api/handouts', {
      campaignId: day.campaignId
    })
    t.equal(nothing.body.nextDueAt, contact.due_at.toISOString(), 'and the answer says when to ask again')
  }
)

t.test('a contact that was finalised is not handed out again, whatever became of its settlement', async t => {
  const day = await workingDay(t)
  await day.contacts('1001', '1002')
  const { send } = await day.agent()
  const first = await next(send, day.campaignId)
  const callId = await dial(send, first)
  await day.pbx.talk(callId)
  const qualification = { dispositionId: day.dispositions.refusal }
  await send('POST', `/api/handouts/${first.id}/finalise`, { qualification })
  t.match(await send<Problem>('POST', '/api/handouts', { campaignId: day.campaignId }), {
    status: 409,
    body: { code: 'CORE_CALL_ENDING' }
  })
  // The server dies between the end of the call and the settlement.
  await day.app.kernel.db('core.calls').where({ id: callId }).delete()
  await day.app.kernel.db('core.handouts').where({ id: first.id }).update({ live_call: null })
  await day.app.kernel
    .db('core.agent_states')
    .where({ until: null })
    .update({ state: 'wrap_up', call_id: null })
  const second = await next(send, day.campaignId)
  t.not(second.contact.id, first.contact.id)
})

t.test('a pause asked for during a call begins when the work ends', async t => {
  const day = await workingDay(t)
  await day.contacts('1001')
  const { send } = await day.agent()
  const handout = await next(send, day.campaignId)
  const callId = await dial(send, handout)
  await day.pbx.talk(callId)
  const asked = await send<State>('PUT', '/api/agent/pause', { reason: 'déjeuner' })
  t.match(asked.body, { state: 'talking', pauseRequested: 'déjeuner' })
  await day.pbx.end(callId)
  await send('POST', `/api/handouts/${handout.id}/finalise`, {
    qualification: { dispositionId: day.dispositions.refusal }
  })
  t.match(await stateOf(send), { state: 'paused', pauseReason: 'déjeuner' })
  await day.contacts('1002')
  t.match(await send<Problem>('POST', '/api/handouts', { campaignId: day.campaignId }), {
    status: 409,
    body: { code: 'CORE_AGENT_NOT_READY', detail: /paused/ }
  })
  t.equal((await send<State>('DELETE', '/api/agent/pause')).body.state, 'ready')
  const watched = await day.admin<{ items: State[] }>('GET', '/api/agent-states')
  t.match(watched.body.items, [{ state: 'ready' }])
})

t.test(
  'in dial mode direct the call starts with the hand-out; in manual the agent chooses the contact',
  async t => {
    const direct = await workingDay(t, { dialMode: 'direct' })
    await direct.contacts('1001')
    const { send } = await direct.agent()
    const handout = await next(send, direct.campaignId)
    t.equal(handout.callId, direct.pbx.requests[0]?.callId)
    t.equal((await stateOf(send)).state, 'ringing_agent')
    const same = await next(send, direct.campaignId)
    t.equal(same.id, handout.id, 'asking again gives the same contact')
    t.equal(direct.pbx.requests.length, 1, 'and no second call')

    const manual = await workingDay(t, { dialMode: 'manual' })
    await manual.contacts('1001', '1002')
    const { body } = await manual.admin<{ items: { id: number }[] }>(
      'GET',
      `/api/campaigns/${manual.campaignId}/contacts`
    )
    const wanted = body.items[1]!.id
    const chooser = await manual.agent()
    const chosen = await chooser.send<{ handout: Handout }>('POST', '/api/handouts', {
      campaignId: manual.campaignId,
      contactId: wanted
    })
    t.equal(chosen.body.handout.contact.id, wanted)
    const other = await manual.agent()
    const taken = await other.send<Problem>('POST', '/api/handouts', {
      campaignId: manual.campaignId,
      contactId: wanted
    })
    t.match(taken, { status: 409, body: { code: 'CORE_CONTACT_NOT_AVAILABLE' } })
  }
)

t.test(
  'a number without a hand-out is called within campaign 0, and the same key makes one call',
  async t => {
    const day = await workingDay(t)
    const { send } = await day.agent()
    const key = { 'idempotency-key': 'click-1' }
    const [one, two] = await Promise.all([
      send<{ callId: string }>('POST', '/api/calls', { number: '01 99 00 10 01' }, key),
      send<{ callId: string }>('POST', '/api/calls', { number: '01 99 00 10 01' }, key)
    ])
    t.ok([one.status, two.status].includes(202))
    t.equal(day.pbx.requests.length, 1, 'a double click makes one call')
    const { callId, number } = day.pbx.requests[0]!
    t.equal(number, '+33199001001')
    await day.pbx.talk(callId)
    await day.pbx.end(callId)
    t.equal((await stateOf(send)).state, 'ready', 'nothing to qualify')
    t.match(await history(day.admin), [{ callId, outcome: 'answered' }])
    const own = await send<{ record: Row }>('GET', `/api/calls/${callId}`)
    t.equal(own.body.record.callId, callId)
  }
)

t.test('a transfer is an edge between the legs of its call, in the row and in its amendment', async t => {
  const day = await workingDay(t)
  const { send } = await day.agent()
  await send('POST', '/api/calls', { number: '+33199001001' })
  const { callId } = day.pbx.requests[0]!
  await day.pbx.talk(callId)
  const live = await send<{ legs: object[] }>('GET', `/api/calls/${callId}`)
  t.match(live.body.legs, [
    { leg: 'a1', role: 'agent', endpoint: 'PJSIP/1001', trunk: false },
    { leg: 'c1', role: 'customer', endpoint: 'PJSIP/trunk-a', trunk: true }
  ])
  const atMs = Date.parse('2026-11-22T10:00:00.000Z')
  const leg = (name: string, role: 'agent' | 'customer') => ({
    ...{ leg: name, role, channel: `PJSIP/${name}-00000001`, uniqueid: `1800000000.${name}` },
    ...{ endpoint: `PJSIP/${name}`, trunk: false, createdAtMs: atMs - 5_000, endedAtMs: atMs + 5_000 }
  })
  const sentAway = { kind: 'blind' as const, atMs, from: 'a1', party: 'c1' }
  const legs = [leg('a1', 'agent'), leg('c1', 'customer')]
  await day.pbx.end(callId, { legs, transfers: [sentAway] })
  const wire = { kind: 'blind', at: '2026-11-22T10:00:00.000Z', from: 'a1', party: 'c1', to: null }
  t.match(await history(day.admin), [{ callId, transfers: [wire], revision: 1 }])
  await day.pbx.end(callId, { legs, transfers: [sentAway] }, 'amended')
  t.match(await history(day.admin), [{ transfers: [wire] }])
  await day.pbx.end(
    callId,
    { legs: [...legs, leg('a2', 'agent')], transfers: [{ ...sentAway, to: 'a2' }] },
    'amended'
  )
  const over = await send<{ record: Row; legs: object[] }>('GET', `/api/calls/${callId}`)
  t.match(over.body, {
    record: { transfers: [{ ...wire, to: 'a2' }] },
    legs: [{ leg: 'a1', endedAt: '2026-11-22T10:00:05.000Z' }, { leg: 'a2' }, { leg: 'c1' }]
  })
})

t.test('each refusal says what is wrong and what to do', async t => {
  const day = await workingDay(t)
  await day.contacts('1001', '1002')
  const { send } = await day.agent()
  const away = await day.agent({ atWork: false })
  const phoneless = await day.agent({ atWork: false, extension: null })
  const stranger = await day.agent()
  await day.admin('PUT', `/api/campaigns/${day.campaignId}/agents`, { agentIds: [] })
  const ask = (who: Send): Promise<{ status: number; body: Problem }> =>
    who<Problem>('POST', '/api/handouts', { campaignId: day.campaignId })
  t.match(await ask(stranger.send), { status: 403, body: { code: 'CORE_NOT_IN_CAMPAIGN', detail: /Ventes/ } })
  const again = await day.agent()
  t.match(await ask(away.send), {
    status: 409,
    body: { code: 'CORE_AGENT_NOT_LOGGED_IN', detail: /open an agent session/ }
  })
  t.match(await again.send<Problem>('POST', '/api/handouts', { campaignId: 99 }), {
    status: 404,
    body: { code: 'CORE_CAMPAIGN_NOT_FOUND' }
  })
  t.match(await again.send<Problem>('POST', '/api/handouts', { campaignId: day.campaignId, contactId: 1 }), {
    status: 422,
    body: { code: 'CORE_CONTACT_NOT_CHOOSABLE' }
  })
  t.match(await phoneless.send<Problem>('PUT', '/api/agent/session', { station: 'extension' }), {
    status: 409,
    body: { code: 'CORE_STATION_REFUSED', detail: /no extension in this profile/ }
  })
  t.match(await phoneless.send<Problem>('PUT', '/api/agent/session', { station: 'carrier-pigeon' }), {
    status: 422,
    body: { code: 'CORE_STATION_UNKNOWN', detail: /available: extension/ }
  })

  const handout = await next(send, day.campaignId)
  const call = `/api/handouts/${handout.id}/calls`
  t.match(await send<Problem>('POST', call, { number: '+33199009999' }), {
    status: 422,
    body: { code: 'CORE_NUMBER_NOT_OF_CONTACT' }
  })
  t.match(await again.send<Problem>('POST', call, {}), {
    status: 404,
    body: { code: 'CORE_HANDOUT_NOT_FOUND' }
  })
  t.match(await send<Problem>('POST', `/api/handouts/${handout.id}/finalise`, {}), {
    status: 409,
    body: { code: 'CORE_QUALIFICATION_MISSING' }
  })
  t.match(await send<Problem>('PUT', `/api/handouts/${handout.id}/qualification`, { dispositionId: 9999 }), {
    status: 422,
    body: { code: 'CORE_DISPOSITION_UNKNOWN' }
  })
  const callback = { dispositionId: day.dispositions.callback }
  const qualification = `/api/handouts/${handout.id}/qualification`
  t.match(await send<Problem>('PUT', qualification, callback), {
    status: 422,
    body: { code: 'CORE_CALLBACK_DATE', detail: /needs a callback date/ }
  })
  t.match(await send<Problem>('PUT', qualification, { ...callback, callbackAt: '2020-01-01T00:00:00Z' }), {
    status: 422,
    body: { detail: /in the past/ }
  })
  await dial(send, handout)
  t.match(await send<Problem>('POST', call, {}), { status: 409, body: { code: 'CORE_AGENT_IN_CALL' } })
  t.match(await send<Problem>('DELETE', `/api/handouts/${handout.id}`), {
    status: 409,
    body: { code: 'CORE_AGENT_IN_CALL' }
  })
  t.match(await send<Problem>('DELETE', '/api/agent/session'), {
    status: 409,
    body: { code: 'CORE_AGENT_IN_CALL' }
  })

  t.match(await again.send<Problem>('POST', '/api/calls', { number: 'nonsense' }), {
    status: 422,
    body: { code: 'CORE_NUMBER_INVALID' }
  })
  for (const number of ['+4420790000', '+33892000000', '112']) {
    const denied = await again.send<Problem>('POST', '/api/calls', { number })
    t.ok(denied.status === 403 || denied.status === 422, `${number} is not called: ${denied.body.detail}`)
  }
  t.equal(day.pbx.requests.length, 1, 'nothing rang for what was refused')
  t.match(await again.send<Problem>('POST', '/api/calls/01a203f4-9344-710f-a829-a1c476c508c5/hangup'), {
    status: 404,
    body: { code: 'CORE_CALL_NOT_FOUND' }
  })

  const nowhere = await workingDay(t, { trunks: [], allow: [] })
  await nowhere.contacts('1001')
  const lost = await nowhere.agent()
  const nothing = await next(lost.send, nowhere.campaignId)
  t.match(await lost.send<Problem>('POST', `/api/handouts/${nothing.id}/calls`, {}), {
    status: 403,
    body: { code: 'CORE_DESTINATION_DENIED', detail: /destinations.allow/ }
  })
})

t.test('the history is read page by page, newest first, each call once', async t => {
  const day = await workingDay(t)
  const numbers = Array.from({ length: 7 }, (_, i) => String(1001 + i))
  await day.contacts(...numbers)
  const { send, id } = await day.agent()
  for (const _ of numbers) {
    const handout = await next(send, day.campaignId)
    const callId = await dial(send, handout)
    await day.pbx.talk(callId)
    await day.pbx.end(callId)
    await send('POST', `/api/handouts/${handout.id}/finalise`, {
      qualification: { dispositionId: day.dispositions.refusal }
    })
  }
  const seen: Row[] = []
  let after = ''
  for (let pages = 0; pages < 10; pages++) {
    const { body } = await day.admin<{ items: Row[]; next: string | null }>(
      'GET',
      `/api/call-history?limit=3&agentId=${id}${after}`
    )
    seen.push(...body.items)
    if (body.next === null) break
    after = `&after=${encodeURIComponent(body.next)}`
  }
  t.equal(new Set(seen.map(row => row.callId)).size, numbers.length)
  t.same(
    seen.map(row => row.startedAt),
    seen
      .map(row => row.startedAt)
      .sort()
      .reverse()
  )
  t.equal((await day.admin('GET', '/api/call-history?agentId=x')).status, 400)
  t.equal((await send('GET', '/api/call-history')).status, 403, 'agents do not read the history of all')
})

t.test('who dials by hand on his phone is talking until that call ends, and then what he was', async t => {
  const day = await workingDay(t)
  await day.contacts('1001')
  const { send } = await day.agent()
  const byHand = (n: number, phase: 'began' | 'ended', endpoint = 'PJSIP/1001') => {
    const callId = `0192b0f0-0000-8000-8000-00000000000${n}`
    const atMs = Date.now()
    return day.pbx.tell([
      { kind: 'hand-call', callId, phase, uniqueid: `17000.${n}`, endpoint, startedAtMs: atMs, atMs }
    ])
  }
  await byHand(9, 'began', 'PJSIP/1999')
  await byHand(9, 'began', 'PJSIP/trunk-a')
  t.match(await stateOf(send), { state: 'ready' }, 'a phone that is nobody’s')

  await byHand(1, 'began')
  const talking = await stateOf(send)
  t.match(talking, { state: 'talking', cause: 'hand_call_began' })
  await byHand(1, 'began')
  t.same(await stateOf(send), talking, 'told twice')
  const refused = await send<Problem>('POST', '/api/handouts', { campaignId: day.campaignId })
  t.match(refused, { status: 409 }, 'he is handed nothing')
  t.match(await send<Problem>('POST', '/api/calls', { number: '+33199001002' }), {
    status: 409,
    body: { code: 'CORE_AGENT_IN_CALL' }
  })
  t.match(await send<Problem>('DELETE', '/api/agent/session'), {
    status: 409,
    body: { code: 'CORE_AGENT_IN_CALL' }
  })
  await byHand(2, 'began')
  await byHand(1, 'ended')
  t.match(await stateOf(send), { state: 'talking' }, 'his second call goes on')
  await byHand(2, 'ended')
  const ready = await stateOf(send)
  t.match(ready, { state: 'ready', cause: 'hand_call_ended' })
  await byHand(2, 'began')
  await byHand(2, 'ended')
  t.same(await stateOf(send), ready, 'a journal that is read once more changes nothing')

  const handout = await next(send, day.campaignId)
  await byHand(3, 'began')
  t.equal((await stateOf(send)).state, 'talking')
  t.match(await send<Problem>('POST', `/api/handouts/${handout.id}/calls`, {}), { status: 409 })
  await byHand(3, 'ended')
  t.equal((await stateOf(send)).state, 'reserved', 'his contact waited')
  const callId = await dial(send, handout)
  await day.pbx.talk(callId)
  await byHand(4, 'began')
  t.equal((await stateOf(send)).state, 'talking')
  await day.pbx.end(callId)
  t.equal((await stateOf(send)).state, 'talking', 'the other call of his phone goes on')
  await byHand(4, 'ended')
  t.equal((await stateOf(send)).state, 'wrap_up')
  await byHand(5, 'began')
  await send('POST', `/api/handouts/${handout.id}/finalise`, {
    qualification: { dispositionId: day.dispositions.sale }
  })
  t.equal((await stateOf(send)).state, 'talking')
  await byHand(5, 'ended')
  t.equal((await stateOf(send)).state, 'ready', 'he finished the contact meanwhile')

  await send('PUT', '/api/agent/pause', { reason: 'lunch' })
  await byHand(6, 'began')
  t.equal((await stateOf(send)).state, 'talking')
  await byHand(6, 'ended')
  t.match(await stateOf(send), { state: 'paused', pauseReason: 'lunch' })
  await byHand(7, 'began')
  await send('DELETE', '/api/agent/pause')
  await byHand(7, 'ended')
  t.match(await stateOf(send), { state: 'ready', pauseReason: null })
  await byHand(8, 'began')
  await send('PUT', '/api/agent/pause', { reason: 'break' })
  await byHand(8, 'ended')
  t.match(await stateOf(send), { state: 'paused', pauseReason: 'break' })
  await send('DELETE', '/api/agent/session')
  await byHand(0, 'began')
  t.equal((await stateOf(send)).state, 'offline')
  await send('PUT', '/api/agent/session', { station: 'extension' })
  t.equal((await stateOf(send)).state, 'talking', 'he came to work with the receiver in his hand')
  await byHand(0, 'ended')
  t.equal((await stateOf(send)).state, 'ready')
})

t.test(
  'a leg that is kept after its call is there for the next one, in whatever order its facts come',
  async t => {
    const day = await workingDay(t)
    const kept = (callId: string, phase: 'kept' | 'ended') => ({
      kind: 'waiting-leg' as const,
      callId,
      phase,
      attempt: 1,
      channel: 'PJSIP/trunk-a-00000007',
      atMs: Date.now()
    })
    const busy = { outcome: 'busy' as const, talkMs: 0, billableMs: 0 }
    const over = (callId: string) => ({ kind: 'ended' as const, callId, record: recordOf(callId, busy) })
    const orders: Record<string, (callId: string) => CallFact[][]> = {
      'kept, and later over': callId => [[kept(callId, 'kept')], [over(callId)]],
      'both at once': callId => [[kept(callId, 'kept'), over(callId)]],
      'both at once, the other way round': callId => [[over(callId), kept(callId, 'kept')]],
      'over, and later kept': callId => [[over(callId)], [kept(callId, 'kept')]],
      'kept is told again': callId => [
        [kept(callId, 'kept')],
        [kept(callId, 'kept'), over(callId)],
        [kept(callId, 'kept')]
      ]
    }
    for (const [order, batches] of Object.entries(orders)) {
      const { send } = await day.agent()
      const { body } = await send<{ callId: string }>('POST', '/api/calls', { number: '+33199002000' })
      await day.pbx.talk(body.callId)
      for (const facts of batches(body.callId)) await day.pbx.tell(facts)
      t.match((await send('GET', '/api/agent/phone')).body, { kind: 'kept', state: 'ready' }, order)
      const again = await send<{ callId: string }>('POST', '/api/calls', { number: '+33199001001' })
      t.equal(again.status, 202, order)
      t.match(
        day.pbx.requests.at(-1)?.waitingLeg,
        { legId: body.callId, channel: 'PJSIP/trunk-a-00000007' },
        `${order}: the next call rings nobody`
      )
      await day.pbx.tell([kept(body.callId, 'ended'), over(again.body.callId)])
      t.match((await send('GET', '/api/agent/phone')).body, { state: 'none' }, order)
      await day.pbx.tell([kept(body.callId, 'kept')])
      t.match((await send('GET', '/api/agent/phone')).body, { state: 'none' }, 'it does not come back')
    }
  }
)

import { test } from 'tap'
import type { AmiPacket } from '../src/link/packet.ts'
import { interpret, noteHangup } from '../src/record/interpret.ts'
import { markGap, restore } from '../src/record/restore.ts'
import { expire } from '../src/record/sealing.ts'
import { createInterpreterState } from '../src/record/state.ts'
import type { CallFact } from '../src/record/types.ts'
import {
  agentAnswers,
  channel,
  customerOf,
  event,
  play,
  recordsOf,
  START_MS,
  stampOf,
  storyOf
} from './interpreting.ts'

const ID = '0190b5a2-7c1e-7abc-8def-a12345678901' // ends like a ChannelId, to be sure that it is not taken for one

test('the cause of the customer’s leg decides, not DialStatus', async t => {
  const expected: [number, string][] = [
    [17, 'busy'],
    [18, 'no_answer'],
    [19, 'no_answer'],
    [20, 'no_answer'],
    [21, 'rejected'],
    [1, 'invalid_number'],
    [22, 'invalid_number'],
    [28, 'invalid_number'],
    [3, 'unreachable'],
    [27, 'unreachable'],
    [34, 'congestion'],
    [38, 'congestion'],
    [42, 'congestion'],
    [58, 'failed'],
    [111, 'failed'],
    [0, 'no_answer']
  ]
  for (const [cause, outcome] of expected) {
    const { agent, events } = agentAnswers(ID)
    const customer = customerOf(ID)
    const [record] = recordsOf(
      play([
        ...events,
        customer.begins(1.1, 'Down'),
        customer.dialled(1.2, agent, '998901234567', 'trunk-site-a'),
        customer.rings(2),
        customer.dialEnds(5, 'NOANSWER'),
        customer.ends(5.01, cause),
        agent.ends(5.02, cause)
      ])
    )
    t.match(record, { callId: ID, outcome, cause, customerNumber: '998901234567' }, `cause ${cause}`)
  }
})

test('where the trunk has a map, the cause that is meant decides, and the leg keeps the one that was given', async t => {
  const { agent, events } = agentAnswers(ID)
  const customer = customerOf(ID)
  const [record] = recordsOf(
    play([
      ...events,
      customer.begins(1.1, 'Down'),
      customer.kit(1.11, 'EvsLeg', `CallId: ${ID}`, 'Leg: customer', 'Route: 1'),
      customer.dialled(1.2, agent, '998901234567', 'trunk-site-a'),
      customer.ends(1.31, 34),
      agent.kit(1.32, 'EvsRouteFailed', `CallId: ${ID}`, 'Route: 1', 'Cause: 17', 'Given: 34'),
      agent.ends(1.4, 17)
    ])
  )
  t.match(record, { outcome: 'busy', cause: 17, legs: [{ leg: 'a1' }, { leg: 'c1', cause: 34 }] })
})

test('when a route fails the last leg decides, and the call is one', async t => {
  const { agent, events } = agentAnswers(ID)
  const [first, second] = [customerOf(ID, 1), customerOf(ID, 2, 'trunk-site-b')]
  const story = [
    ...events,
    first.begins(1.1, 'Down'),
    first.kit(1.11, 'EvsLeg', `CallId: ${ID}`, 'Leg: customer', 'Route: 1'),
    first.dialled(1.2, agent, '998901234567', 'trunk-site-a'),
    first.asksHangup(1.3, 34),
    first.ends(1.31, 34),
    second.begins(1.4, 'Down'),
    second.kit(1.41, 'EvsLeg', `CallId: ${ID}`, 'Leg: customer', 'Route: 2'),
    second.dialled(1.5, agent, '998901234567', 'trunk-site-b'),
    second.rings(2)
  ]
  const answered = recordsOf(
    play([
      ...story,
      second.answers(3),
      second.enters(3, 'b'),
      agent.enters(3, 'b'),
      second.leaves(7, 'b'),
      agent.leaves(7, 'b'),
      second.ends(7, 16),
      agent.ends(7, 16)
    ])
  )
  t.match(answered, [
    {
      outcome: 'answered',
      route: 2,
      trunk: 'PJSIP/trunk-site-b',
      talkMs: 4000,
      customerDialledAtMs: START_MS + 1100,
      customerRingingAtMs: START_MS + 2000,
      endedBy: 'server', // the failed route's refusal did not end the call
      legs: [{ leg: 'a1' }, { leg: 'c1', cause: 34, route: 1 }, { leg: 'c2', route: 2 }]
    }
  ])
  const failed = recordsOf(
    play([...story, second.asksHangup(4, 17), second.ends(4, 17), agent.ends(4.1, 17)])
  )
  t.match(failed, [{ outcome: 'busy', route: 2, endedBy: 'customer' }])
})

test('a ringing customer whom our side gave up is cancelled only if somebody cancelled', async t => {
  const story = () => {
    const { agent, events } = agentAnswers(ID)
    const customer = customerOf(ID)
    const dialling = [
      ...events,
      customer.begins(1.1, 'Down'),
      customer.dialled(1.2, agent, '1', 'trunk-site-a'),
      customer.rings(2)
    ]
    return { agent, customer, dialling }
  }
  const agentGone = story()
  t.match(
    recordsOf(
      play([
        ...agentGone.dialling,
        agentGone.agent.asksHangup(4),
        agentGone.customer.ends(4.1, 0),
        agentGone.agent.ends(4.2, 16)
      ])
    ),
    [{ outcome: 'cancelled', endedBy: 'agent' }]
  )
  const cancel = story()
  t.match(
    recordsOf(
      play([
        ...cancel.dialling,
        cancel.customer.dialEnds(4, 'CANCEL'),
        cancel.customer.ends(4.1, 127),
        cancel.agent.ends(4.2, 16)
      ])
    ),
    [{ outcome: 'cancelled', endedBy: 'server' }]
  )
  const ours = story()
  const state = createInterpreterState()
  play(ours.dialling, state)
  noteHangup(state, ID, START_MS + 4000)
  t.match(recordsOf(play([ours.customer.ends(4.1, 0), ours.agent.ends(4.2, 0)], state)), [
    { outcome: 'cancelled', endedBy: 'server' }
  ])
})

test('an agent who was not reached is told apart from a customer who was not', async t => {
  const phone = channel('PJSIP/1001-00000001', `${ID}-a1`, `${ID}-a1`, { EVS_CALL_ID: ID, EVS_LEG: 'agent' })
  const begun = [phone.begins(0, 'Down'), phone.originated(0.1)]
  const failure = (at: number, reason: number, uniqueid = `${ID}-a1`) =>
    event(
      at,
      'OriginateResponse',
      'Response: Failure',
      `ActionID: orig-${ID}-a1`,
      'Channel: PJSIP/1001',
      `Uniqueid: ${uniqueid}`,
      `Reason: ${reason}`
    )
  const outcome = (...events: ReturnType<typeof failure>[]) => {
    const records = recordsOf(play(events))
    t.equal(records.length, 1)
    return records[0]?.outcome
  }
  t.equal(
    outcome(...begun, failure(20, 3), phone.ends(20, 0)),
    'agent_unreachable',
    'never rang, ran into the timeout'
  )
  t.equal(
    outcome(...begun, phone.ends(20, 0), failure(20, 3)),
    'agent_unreachable',
    'the same in the other order'
  )
  t.equal(outcome(...begun, phone.rings(1), failure(20, 3), phone.ends(20, 0)), 'agent_no_answer')
  t.equal(outcome(...begun, phone.rings(1), phone.ends(2, 17), failure(2, 0)), 'agent_busy')
  t.equal(outcome(...begun, phone.rings(1), phone.asksHangup(2, 21), phone.ends(2, 21)), 'agent_rejected')
  t.equal(
    outcome(...begun, phone.ends(2, 19), failure(2, 0)),
    'agent_unreachable',
    'refused without ever ringing'
  )
  t.equal(outcome(...begun, phone.rings(1), phone.ends(2, 0), failure(2, 0)), 'agent_cancelled')
  t.equal(outcome(...begun, phone.ends(2, 27)), 'agent_unreachable')
  t.equal(outcome(failure(0, 0)), 'agent_unreachable', 'not registered: no channel at all')
  t.equal(outcome(failure(0, 0, '<unknown>')), 'agent_unreachable', 'found by ActionID')
  const up = [...begun, phone.rings(1), phone.answers(2)]
  t.equal(outcome(...up, phone.asksHangup(3), phone.ends(3, 16)), 'agent_cancelled')
  t.equal(outcome(...up, phone.ends(3, 3)), 'unreachable', 'the trunk is down: only the agent’s leg knows')
  t.equal(outcome(...up, phone.ends(3, 16)), 'cancelled')
  const confirm = phone.kit(2.1, 'EvsConfirm', `CallId: ${ID}`)
  t.equal(
    outcome(...up, confirm, phone.asksHangup(3), phone.ends(3, 16)),
    'agent_not_accepted',
    'hung up on the prompt'
  )
})

test('a ChannelId used twice does not harm the first call', async t => {
  const { agent, events } = agentAnswers(ID)
  const customer = customerOf(ID)
  const twin = '0190b5a2-0000-7000-8000-000000000002'
  const records = recordsOf(
    play([
      ...events,
      customer.begins(1.1, 'Down'),
      customer.dialled(1.2, agent, '1', 'trunk-site-a'),
      customer.answers(2),
      customer.enters(2, 'b'),
      agent.enters(2, 'b'),
      // Asterisk names the first call's channel in the failure of the second attempt.
      event(
        3,
        'OriginateResponse',
        'Response: Failure',
        `ActionID: orig-${twin}-a1`,
        `Uniqueid: ${ID}-a1`,
        'Reason: 0'
      ),
      event(
        3,
        'OriginateResponse',
        'Response: Failure',
        'ActionID: other',
        `Uniqueid: ${ID}-a1`,
        'Reason: 0'
      ),
      customer.asksHangup(6),
      customer.ends(6, 16),
      agent.ends(6, 16)
    ])
  )
  t.match(records, [
    { callId: twin, outcome: 'agent_unreachable', legs: [] },
    { callId: ID, outcome: 'answered', talkMs: 4000, endedBy: 'customer' }
  ])
})

test('a second attempt at the agent’s leg belongs to the same call', async t => {
  const phone = channel('PJSIP/1001-00000001', `${ID}-a1`, `${ID}-a1`, { EVS_CALL_ID: ID })
  const { agent, events } = agentAnswers(ID, 2)
  const customer = customerOf(ID, 1, 'trunk-site-a', `${ID}-a2`)
  const facts = play([
    phone.begins(-2, 'Down'),
    phone.originated(-2),
    phone.ends(-1, 27),
    ...events,
    customer.begins(1.1, 'Down'),
    customer.dialled(1.2, agent, '1', 'trunk-site-a'),
    customer.answers(2),
    customer.asksHangup(6),
    customer.ends(6, 16),
    agent.ends(6, 16)
  ])
  t.strictSame(storyOf(facts, ID), [
    ...['a1 created', 'a1 ended', 'ended'],
    ...[
      'a2 created',
      'a2 ringing',
      'a2 answered',
      'c1 created',
      'c1 answered',
      'c1 ended',
      'a2 ended',
      'amended'
    ]
  ])
  t.match(recordsOf(facts), [{ outcome: 'answered', startedAtMs: START_MS - 2000 }])
})

test('late events amend the record once, within two seconds, and then the call is forgotten', async t => {
  const { agent, events } = agentAnswers(ID)
  const state = createInterpreterState()
  const facts = [...events, agent.ends(3, 16)].flatMap(one => interpret(state, one, stampOf(one)))
  t.match(facts.at(-1), { kind: 'ended', record: { outcome: 'cancelled' } })
  const late = agent.kit(2.9, 'EvsNotAccepted', `CallId: ${ID}`, 'Reason: timeout')
  t.match(interpret(state, late, START_MS + 3500), [{ kind: 'not-accepted', reason: 'timeout' }])
  t.strictSame(expire(state, START_MS + 4999), [])
  t.match(expire(state, START_MS + 5000), [{ kind: 'amended', record: { outcome: 'agent_not_accepted' } }])
  t.equal(state.calls.size + state.channels.size, 0)
  t.strictSame(expire(state, START_MS + 9000), [])
  const stray = event(6, 'OriginateResponse', 'Response: Failure', `ActionID: orig-${ID}-a1`, 'Reason: 0')
  t.strictSame(interpret(state, stray, START_MS + 6000), [], 'a stray event does not begin it again')

  const quiet = createInterpreterState()
  for (const one of [...events, agent.ends(3, 16)]) interpret(quiet, one, stampOf(one))
  t.strictSame(expire(quiet, START_MS + 5000), [], 'nothing changed, nothing is told')
})

test('a supervisor’s leg is never told nor recorded', async t => {
  const spy = channel('PJSIP/1003-00000009', `${ID}-s1`, `${ID}-s1`, {
    EVS_CALL_ID: ID,
    EVS_LEG: 'supervisor'
  })
  const { agent, events } = agentAnswers(ID)
  const customer = customerOf(ID)
  const facts = play([
    ...events,
    customer.begins(1.1, 'Down'),
    customer.dialled(1.2, agent, '1', 'trunk-site-a'),
    customer.answers(2),
    customer.enters(2, 'b'),
    agent.enters(2, 'b'),
    spy.begins(3, 'Down'),
    spy.originated(3),
    spy.rings(3),
    spy.answers(4),
    event(4, 'ChanSpyStart', `SpyerUniqueid: ${ID}-s1`, `SpyeeUniqueid: ${ID}-a1`),
    spy.asksHangup(5),
    spy.ends(5, 16),
    customer.asksHangup(6),
    customer.ends(6, 16),
    agent.ends(6, 16)
  ])
  t.match(recordsOf(facts), [{ callId: ID, endedBy: 'customer', legs: [{ leg: 'a1' }, { leg: 'c1' }] }])
  t.notOk(facts.some(fact => fact.kind === 'leg' && fact.endpoint === 'PJSIP/1003'))
  const unmarked = channel('PJSIP/1003-00000009', 'x.1', 'x.1')
  const silent = play([
    unmarked.begins(0, 'Down'),
    event(1, 'ChanSpyStart', 'SpyerUniqueid: x.1', 'SpyeeUniqueid: y.1'),
    unmarked.ends(2, 16)
  ])
  t.strictSame(recordsOf(silent), [], 'known by ChanSpyStart alone')
})

test('a held leg whose trunk is down still gives the customer’s call a record', async t => {
  const held = (callId: string) =>
    channel('PJSIP/trunk-site-a-00000001', 'shift-h1', 'shift-h1', { EVS_CALL_ID: callId, EVS_LEG: 'agent' })
  const facts = play([
    held('').begins(0, 'Down'),
    held('').originated(0),
    held('').answers(1),
    held('').kit(1.1, 'EvsHeldReady', 'Session: shift'),
    held(ID).kit(5, 'EvsRouteFailed', `CallId: ${ID}`, 'Route: 1', 'Cause: 3'),
    held(ID).kit(5.01, 'EvsDialEnd', `CallId: ${ID}`, 'Status: CHANUNAVAIL', 'Cause: 3', 'Route: 1'),
    held('').kit(5.02, 'EvsHeldReady', 'Session: shift')
  ])
  t.match(recordsOf(facts), [
    { callId: ID, outcome: 'unreachable', cause: 3, route: 1, agentEndpoint: 'PJSIP/trunk-site-a' }
  ])
  t.strictSame(storyOf(facts, ID), ['a1 created', 'a1 answered', 'a1 ended', 'ended'])
})

test('a held leg works without channelvars in manager.conf, by the events of the kit', async t => {
  const held = channel('PJSIP/trunk-site-a-00000001', 'shift-h1', 'shift-h1')
  const customer = channel('PJSIP/trunk-site-b-00000002', '1800000001.2', 'shift-h1')
  const facts = play([
    held.begins(0, 'Down'),
    held.answers(1),
    customer.begins(5, 'Down'),
    customer.kit(5.01, 'EvsLeg', `CallId: ${ID}`, 'Leg: customer', 'Route: 1'),
    customer.dialled(5.02, held, '998901234567', 'trunk-site-b'),
    customer.answers(6),
    customer.enters(6, 'b'),
    held.enters(6, 'b'),
    customer.asksHangup(9),
    customer.leaves(9, 'b'),
    held.leaves(9, 'b'),
    customer.ends(9.01, 16),
    held.kit(9.02, 'EvsDialEnd', `CallId: ${ID}`, 'Cause: 16')
  ])
  t.match(recordsOf(facts), [{ callId: ID, outcome: 'answered', talkMs: 3000, endedBy: 'customer' }])
})

test('what is dialled by hand is a foreign call with its site and class', async t => {
  const phone = channel('PJSIP/1001-00000001', '5.1', '5.1', { EVS_CALL_ID: 'hand-5.1', EVS_LEG: 'agent' })
  const hand = (...more: string[]) => phone.kit(0.1, 'EvsHandDial', 'CallId: hand-5.1', 'Site: a', ...more)
  const begins = phone.begins(0, 'Ring', 'CallerIDNum: 1001')
  t.match(recordsOf(play([begins, hand('Class: refused', 'Number: 00881234'), phone.ends(0.2, 21)])), [
    {
      callId: 'foreign:5.1',
      foreign: true,
      outcome: 'blocked',
      handDial: { site: 'a', class: 'refused' },
      customerNumber: '00881234'
    }
  ])
  const customer = channel('PJSIP/trunk-site-a-00000002', '5.2', '5.1', {
    EVS_CALL_ID: 'hand-5.1',
    EVS_LEG: 'customer'
  })
  const talked = play([
    begins,
    hand('Class: emergency', 'Number: 112'),
    customer.begins(0.2, 'Down'),
    customer.dialled(0.3, phone, '112', 'trunk-site-a'),
    customer.answers(1),
    customer.enters(1, 'b'),
    phone.answers(1),
    phone.enters(1, 'b'),
    phone.asksHangup(4),
    customer.ends(4, 16),
    phone.ends(4, 16)
  ])
  t.match(recordsOf(talked), [
    {
      direction: 'outbound',
      outcome: 'answered',
      endedBy: 'agent',
      talkMs: 3000,
      handDial: { class: 'emergency' }
    }
  ])
  t.match(recordsOf(play([begins, hand('Class: national', 'Number: 1'), phone.ends(1, 3)])), [
    { outcome: 'unreachable' }
  ])
})

test('a phone that calls what was dialled on it by hand is in use until it hangs up', async t => {
  const phone = channel('PJSIP/1001-00000001', '5.1', '5.1', { EVS_CALL_ID: 'hand-5.1', EVS_LEG: 'agent' })
  const hand = (which: string) =>
    phone.kit(0.1, 'EvsHandDial', 'CallId: hand-5.1', `Class: ${which}`, 'Number: 1')
  const begins = phone.begins(0, 'Ring', 'CallerIDNum: 1001')
  const use = (facts: readonly CallFact[]) => facts.filter(fact => fact.kind === 'hand-call')
  t.same(use(play([begins, hand('refused'), phone.ends(0.2, 21)])), [], 'a refused one calls nobody')
  const all = play([begins, hand('national'), phone.ends(9, 16)])
  const fact = {
    callId: 'foreign:5.1',
    uniqueid: '5.1',
    endpoint: 'PJSIP/1001',
    startedAtMs: recordsOf(all)[0]?.startedAtMs
  }
  t.match(use(all), [
    { ...fact, phase: 'began', atMs: START_MS + 100 },
    { ...fact, phase: 'ended', atMs: START_MS + 9000 }
  ])
  const own = channel('PJSIP/1001-00000001', `${ID}-a1`, `${ID}-a1`, { EVS_CALL_ID: ID })
  const help = own.kit(0.1, 'EvsHandDial', `CallId: ${ID}`, 'Class: emergency', 'Number: 112')
  t.same(use(play([own.begins(0, 'Down'), help, own.ends(9, 16)])), [], 'that is a call of ours')

  const state = createInterpreterState()
  play([begins, hand('national')], state)
  const row = phone.say(0, 'CoreShowChannel', 'ChannelState: 6', 'BridgeId: ', 'Duration: 00:00:20')
  const snapshot = (...channels: AmiPacket[]) => ({ atMs: START_MS + 20_000, channels })
  const fresh = createInterpreterState()
  t.match(use(restore(fresh, [], snapshot(row))), [{ ...fact, phase: 'began', startedAtMs: START_MS }])
  t.match(use(play([phone.ends(30, 16)], fresh)), [{ phase: 'ended', uniqueid: '5.1' }])
  markGap(state)
  t.match(use(restore(state, [], snapshot())), [{ phase: 'ended', uniqueid: '5.1' }], 'it ended in the gap')
})

test('a caller who was taken up by a queue has abandoned, one who only rang was missed', async t => {
  const caller = channel('PJSIP/trunk-site-b-00000001', '7.1', '7.1')
  const begins = caller.begins(0, 'Ring', 'CallerIDNum: 998935550001')
  const queued = recordsOf(play([begins, caller.answers(1), caller.asksHangup(9), caller.ends(9, 16)]))
  t.match(queued, [
    { direction: 'inbound', outcome: 'abandoned', endedBy: 'customer', customerNumber: '998935550001' }
  ])
  const joined = recordsOf(
    play([
      begins,
      caller.say(1, 'QueueCallerJoin', 'Queue: sales'),
      caller.asksHangup(9),
      caller.ends(9, 127)
    ])
  )
  t.match(joined, [{ outcome: 'abandoned' }])
  t.match(recordsOf(play([begins, caller.asksHangup(9, 127), caller.ends(9, 127)])), [{ outcome: 'missed' }])
  t.match(recordsOf(play([begins, caller.ends(9, 19)])), [{ outcome: 'missed', endedBy: 'server' }])
})

test('hold by the kit counts like hold by the phone, and music machines are no party', async t => {
  const { agent, events } = agentAnswers(ID)
  const customer = customerOf(ID)
  const announcer = channel('CBAnn/801-00000001;2', '8.8', '8.8')
  const facts = play([
    ...events,
    customer.begins(1, 'Down'),
    customer.dialled(1, agent, '1', 'trunk-site-a'),
    customer.answers(2),
    announcer.begins(2, 'Down'),
    announcer.enters(2, 'b'),
    customer.enters(2, 'b'),
    agent.enters(4, 'b'),
    agent.kit(5, 'EvsHold', `CallId: ${ID}`, 'State: hold'),
    agent.kit(7, 'EvsHold', `CallId: ${ID}`, 'State: unhold'),
    agent.say(8, 'Unhold'),
    agent.say(9, 'Hold'),
    customer.asksHangup(10),
    customer.ends(10, 16),
    agent.ends(10, 16)
  ])
  t.match(recordsOf(facts), [{ talkMs: 3000, holdMs: 3000, billableMs: 8000 }])
})

test('which endpoints are trunks is the site’s to say, and a call moves when it turns out to be ours', async t => {
  const state = createInterpreterState({ isTrunk: endpoint => endpoint === 'PJSIP/gsm7' })
  const phone = channel('PJSIP/1001-00000001', '9.1', '9.1', { EVS_CALL_ID: ID })
  const customer = channel('PJSIP/gsm7-00000002', '9.2', '9.1', { EVS_CALL_ID: ID })
  const facts = play(
    [
      phone.begins(0, 'Down'), // its variables are not set yet
      phone.originated(0.1),
      phone.answers(1),
      customer.begins(1, 'Down'),
      customer.dialled(1.1, phone, '998901234567', 'gsm7'),
      customer.answers(2),
      phone.ends(3, 16),
      customer.ends(3, 16)
    ],
    state
  )
  t.match(recordsOf(facts), [
    { callId: ID, foreign: false, trunk: 'PJSIP/gsm7', agentEndpoint: 'PJSIP/1001' }
  ])
  t.notOk(
    facts.some(fact => fact.callId.startsWith('foreign:')),
    'nothing was told before it was known'
  )
})

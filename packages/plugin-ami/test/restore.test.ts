import { test } from 'tap'
import type { AmiPacket } from '../src/link/packet.ts'
import { knownOpenCall } from '../src/open-calls.ts'
import { interpret } from '../src/record/interpret.ts'
import { markGap, openCalls, restore } from '../src/record/restore.ts'
import { createInterpreterState, type InterpreterState } from '../src/record/state.ts'
import type { CallFact, CallRecord, OpenCall } from '../src/record/types.ts'
import { channel, play, recordsOf, START_MS, stampOf, trace } from './interpreting.ts'

/** A recorded call, cut at seconds after its first event. */
function cut(name: string, ...seconds: number[]): AmiPacket[][] {
  const packets = trace(name).filter(packet => stampOf(packet) > 0)
  const start = stampOf(packets[0] ?? {})
  const bounds = [0, ...seconds.map(s => start + s * 1000), Number.POSITIVE_INFINITY]
  return bounds
    .slice(1)
    .map((end, n) => packets.filter(p => stampOf(p) >= (bounds[n] ?? 0) && stampOf(p) < end))
}

const lastStamp = (packets: readonly AmiPacket[]): number => Math.max(...packets.map(stampOf))

/** The rows of CoreShowChannels for the call in trace c2c-customer-hangs-up while both talk. */
function rowsOf(packets: readonly AmiPacket[]): AmiPacket[] {
  const enters = packets.filter(packet => packet.Event === 'BridgeEnter')
  return enters.map(enter => ({
    ...enter,
    Event: 'CoreShowChannel',
    BridgeId: enter.BridgeUniqueid ?? '',
    Timestamp: ''
  }))
}

const record = (packets: AmiPacket[]): CallRecord | undefined => recordsOf(play(packets))[0]

test('a gap in mid-call changes nothing in the record when the call is still up after it', async t => {
  const [before = [], , after = []] = cut('c2c-customer-hangs-up', 4, 6)
  const whole = record(trace('c2c-customer-hangs-up'))
  const state = createInterpreterState()
  play(before, state)
  markGap(state)
  const atMs = lastStamp(before) + 2000
  t.strictSame(restore(state, [], { atMs, channels: rowsOf(before) }), [], 'nothing new was seen')
  t.strictSame(recordsOf(play(after, state)), [whole])
})

test('another process goes on with what was kept of a call', async t => {
  const [before = [], after = []] = cut('c2c-customer-hangs-up', 4)
  const whole = record(trace('c2c-customer-hangs-up'))
  const first = createInterpreterState()
  play(before, first)
  const kept: OpenCall[] = JSON.parse(JSON.stringify(openCalls(first, lastStamp(before))))
  t.equal(kept.length, 1)
  const second = createInterpreterState()
  t.strictSame(restore(second, kept, { atMs: lastStamp(before) + 100, channels: rowsOf(before) }), [])
  const facts = play(after, second)
  t.strictSame(
    facts.map(fact => (fact.kind === 'leg' ? `${fact.leg} ${fact.phase}` : fact.kind)),
    ['c1 ended', 'a1 ended', 'ended'],
    'what was told before is not told again'
  )
  const [found] = recordsOf(facts)
  t.match(found, { ...whole, talkMs: found?.talkMs, billableMs: found?.billableMs, legs: [{}, {}] })
  t.ok(Math.abs((found?.talkMs ?? 0) - (whole?.talkMs ?? 0)) <= 1, 'times are kept in whole milliseconds')
})

test('who comes without the journal has times and legs from the database, but neither transfers nor hold', async t => {
  const story = (name: string, ...bounds: [number, number]) => {
    const [before = [], gap = [], after = []] = cut(name, ...bounds)
    const whole = record(trace(name))!
    const known = knownOpenCall({
      callId: whole.callId,
      requestedAtMs: whole.startedAtMs,
      attempt: 1,
      attemptedAtMs: whole.startedAtMs,
      hangupRequested: false,
      legs: play(before).filter(fact => fact.kind === 'leg')
    })
    const gone = [...before, ...gap].filter(({ Event }) => Event === 'Hangup').map(one => one.Uniqueid)
    const up = rowsOf([...before, ...gap]).filter(({ Uniqueid }) => !gone.includes(Uniqueid))
    const channels = [...new Map(up.map(row => [row.Uniqueid, row])).values()]
    const state = createInterpreterState()
    const facts = restore(state, [known], { atMs: lastStamp([...before, ...gap]), channels })
    const [found] = recordsOf([...facts, ...play(after, state)])
    const { startedAtMs, endedAtMs, outcome, endedBy, trunk } = whole
    t.match(found, { startedAtMs, endedAtMs, outcome, endedBy, trunk, endQuality: 'exact' }, name)
    t.ok(Math.abs(found!.billableMs - whole.billableMs) <= 1, 'what is billed is exact')
    return { whole, found: found! }
  }
  const near = (found: number, ms: number, what: string) =>
    t.ok(Math.abs(found - ms) <= 5, `${what}: ${found}`)

  // Sent on after 4.5 s; the process changes in the talk with the second agent.
  const sent = story('blind-transfer-ami', 6, 6.1)
  t.equal(sent.whole.transfers.length, 1)
  t.strictSame(sent.found.transfers, [], 'the transfer was told before')
  t.strictSame(
    sent.found.legs.map(leg => `${leg.leg} ${leg.endpoint}`),
    ['a1 PJSIP/1001', 'c1 PJSIP/trunk-site-a', 'a2 PJSIP/1002'],
    'its legs are there'
  )
  near(sent.found.talkMs, sent.whole.talkMs, 'each leg was there when it was, so that talk is right')

  // On hold from 5.6 to 8.6 s.
  const held = story('hold-unhold', 9, 9.1)
  t.equal(held.found.holdMs, 0)
  near(held.found.talkMs, held.whole.talkMs + held.whole.holdMs, 'hold counts as talk')

  // Announced: asked from 8.5 s, handed over at 10.5 s.
  const asked = story('attended-transfer', 9, 9.1)
  t.match(asked.found.transfers, [{ kind: 'attended', from: 'a1', party: 'c1' }], 'told after the change')
  const announced = story('attended-transfer', 11, 11.1)
  t.strictSame(announced.found.transfers, [])
  t.ok(announced.found.talkMs > announced.whole.talkMs + announced.whole.holdMs, 'the asking counts as talk')
  t.ok(announced.found.talkMs <= announced.found.billableMs, 'which is never longer than what is billed')
})

test('a call that ended in the gap keeps what was known, and its end is an estimate', async t => {
  const [before = []] = cut('c2c-customer-hangs-up', 4)
  const lostAtMs = lastStamp(before) + 500
  const check = (state: InterpreterState, known: OpenCall[]): void => {
    const facts = restore(state, known, { atMs: lostAtMs + 60_000, channels: [], lostAtMs })
    t.match(recordsOf(facts), [
      {
        outcome: 'answered',
        endQuality: 'estimated',
        endedBy: 'unknown',
        endedAtMs: Math.round(lostAtMs),
        customerNumber: '998901231005',
        trunk: 'PJSIP/trunk-site-a'
      }
    ])
    const [found] = recordsOf(facts)
    const talked = lostAtMs - (found?.legs[1]?.bridgedAtMs ?? 0)
    t.ok(Math.abs((found?.talkMs ?? 0) - talked) <= 1)
    t.strictSame(
      recordsOf(facts)[0]?.legs.map(leg => leg.endedAtMs),
      [Math.round(lostAtMs), Math.round(lostAtMs)]
    )
  }
  const same = createInterpreterState()
  play(before, same)
  const kept = openCalls(same, lostAtMs)
  markGap(same)
  check(same, [])
  check(createInterpreterState(), kept)
})

test('Asterisk was killed in mid-call and started again', async t => {
  const state = createInterpreterState()
  const before = trace('asterisk-killed-mid-call')
  t.strictSame(recordsOf(play(before, state)), [])
  markGap(state)
  const facts = restore(state, [], { atMs: lastStamp(before) + 9000, channels: [] })
  t.match(recordsOf(facts), [
    { callId: 'cc-mwrvmw0m-2', outcome: 'answered', endQuality: 'estimated', endedBy: 'unknown' }
  ])
  const [found] = recordsOf(facts)
  const facted = Math.max(...(found?.legs ?? []).map(leg => leg.bridgedAtMs ?? 0))
  t.equal(found?.endedAtMs, facted, 'without a better time, the end is the last fact')
  t.strictSame(
    recordsOf(play(trace('asterisk-killed-mid-call.2'), state)),
    [],
    'and nothing more comes of it'
  )
})

test('a call met for the first time in a snapshot is followed to its exact end', async t => {
  const packets = trace('reconnect-mid-call')
  const snapshot = packets.filter(packet => packet.Event === 'CoreShowChannel' || packet.Event === 'Status')
  const events = packets.filter(packet => stampOf(packet) > 0)
  const atMs = stampOf(events[0] ?? {})
  for (const channels of [snapshot, snapshot.slice(0, 2), snapshot.slice(2)]) {
    const state = createInterpreterState()
    const facts = restore(state, [], { atMs, channels })
    t.match(
      facts.map(fact => (fact.kind === 'leg' ? `${fact.leg} ${fact.phase} ${fact.endpoint}` : fact.kind)),
      [
        'a1 created PJSIP/1001',
        'a1 answered PJSIP/1001',
        'a1 bridged PJSIP/1001',
        'c1 created PJSIP/trunk-site-a',
        'c1 answered PJSIP/trunk-site-a',
        'c1 bridged PJSIP/trunk-site-a'
      ]
    )
    const [found] = recordsOf(play(events, state))
    t.match(found, {
      callId: 'cc-mwrv9dxj-52',
      outcome: 'answered',
      endedBy: 'customer',
      endQuality: 'exact',
      trunk: 'PJSIP/trunk-site-a'
    })
    t.ok((found?.talkMs ?? 0) > 0, 'talk counts from the snapshot on, which is the part that was seen')
  }
})

test('events held back while the PBX was asked correct what the snapshot made believe', async t => {
  const packets = trace('c2c-customer-hangs-up').filter(packet => stampOf(packet) > 0)
  const whole = record(packets)
  const [before = [], late = []] = cut('c2c-customer-hangs-up', 4)

  t.test('it had hung up before the snapshot: the end becomes exact', async t => {
    const state = createInterpreterState()
    play(before, state)
    markGap(state)
    const gone = restore(state, [], { atMs: lastStamp(late), channels: [], lostAtMs: lastStamp(before) })
    t.match(recordsOf(gone), [{ endQuality: 'estimated' }])
    t.strictSame(recordsOf(play(late, state)), [whole])
  })
  t.test('it had begun before the snapshot: its beginning is as the events say', async t => {
    const state = createInterpreterState()
    restore(state, [], { atMs: lastStamp(before), channels: rowsOf(before) })
    const found = recordsOf(play(packets, state))
    t.match(found, [
      {
        outcome: 'answered',
        startedAtMs: whole?.startedAtMs,
        talkMs: whole?.talkMs,
        billableMs: whole?.billableMs
      }
    ])
  })
  t.test('a Hangup that was seen outweighs an older snapshot', async t => {
    const state = createInterpreterState()
    const rows = rowsOf(before)
    for (const packet of late) interpret(state, packet, stampOf(packet))
    t.strictSame(restore(state, [], { atMs: lastStamp(late), channels: rows }), [])
    t.equal(state.channels.size, 0)
    const kept = openCallsOf(before)
    const facts = restore(state, kept, { atMs: lastStamp(late), channels: [] })
    t.match(recordsOf(facts), [{ endQuality: 'exact', endedAtMs: whole?.endedAtMs, cause: 16 }])
  })
})

function openCallsOf(packets: AmiPacket[]): OpenCall[] {
  const state = createInterpreterState()
  play(packets, state)
  return openCalls(state, lastStamp(packets))
}

test('a leg that began to wait in a gap waits, and the call that it served is over', async t => {
  const id = '0192b0f0-0000-7000-8000-000000000001'
  const wait = (uniqueid: string, callId = '') =>
    channel('PJSIP/trunk-site-a-00000001', uniqueid, uniqueid, { EVS_CALL_ID: callId })
  const rowOf = (uniqueid: string) => ({
    ...wait(uniqueid).say(0, 'CoreShowChannel', 'ChannelState: 6', 'BridgeId: ', 'Context: evs-held'),
    Timestamp: ''
  })
  const snapshot = (uniqueid: string) => ({
    atMs: START_MS + 20_000,
    lostAtMs: START_MS + 9000,
    channels: [rowOf(uniqueid)]
  })
  const waits = (facts: readonly CallFact[]) => facts.filter(fact => fact.kind === 'waiting-leg')

  const held = createInterpreterState()
  play([wait(`${id}-h1`).begins(0, 'Down'), wait(`${id}-h1`).rings(1)], held)
  markGap(held)
  t.match(waits(restore(held, [], snapshot(`${id}-h1`))), [{ callId: id, phase: 'ready', attempt: 1 }])

  const agent = wait(`${id}-a1`, id)
  const customer = channel('PJSIP/trunk-site-b-00000002', '1.2', `${id}-a1`, {
    EVS_CALL_ID: id,
    EVS_LEG: 'customer'
  })
  const before = [
    agent.begins(0, 'Down'),
    agent.answers(1),
    customer.begins(5, 'Down'),
    customer.dialled(5.1, agent, '1', 'trunk-site-b')
  ]
  const state = createInterpreterState()
  play(before, state)
  const known = openCalls(state, START_MS + 9000)
  markGap(state)
  for (const [fresh, open] of [
    [state, []],
    [createInterpreterState(), known]
  ] as const) {
    const facts = restore(fresh, open, snapshot(`${id}-a1`))
    t.match(waits(facts), [{ callId: id, phase: 'kept', attempt: 1, channel: 'PJSIP/trunk-site-a-00000001' }])
    t.match(recordsOf(facts), [{ callId: id, endQuality: 'estimated' }])
    t.match(waits(play([wait(`${id}-a1`).ends(40, 16)], fresh)), [{ callId: id, phase: 'ended' }])
  }
})

test('a held leg that serves another call after the gap ends the former one by estimate', async t => {
  const held = (callId: string) =>
    channel('PJSIP/trunk-site-a-00000001', 'shift-h1', 'shift-h1', { EVS_CALL_ID: callId })
  const customer = channel('PJSIP/trunk-site-b-00000002', '1.2', 'shift-h1', {
    EVS_CALL_ID: 'one',
    EVS_LEG: 'customer'
  })
  const state = createInterpreterState()
  const before = [
    held('').begins(0, 'Down'),
    held('').answers(1),
    customer.begins(5, 'Down'),
    customer.kit(5, 'EvsLeg', 'CallId: one', 'Route: 1'),
    customer.dialled(5.1, held('one'), '1', 'trunk-site-b'),
    customer.answers(6),
    customer.enters(6, 'b'),
    held('one').enters(6, 'b')
  ]
  play(before, state)
  const kept = openCalls(state, START_MS + 9000)
  t.strictSame(
    kept.map(call => call.legs.map(leg => leg.uniqueid).sort()),
    [['1.2', 'shift-h1']]
  )
  const rows = [{ ...held('two').say(0, 'CoreShowChannel', 'ChannelState: 6', 'BridgeId: '), Timestamp: '' }]
  for (const known of [false, true]) {
    const fresh = known ? createInterpreterState() : state
    if (!known) markGap(fresh)
    const facts = restore(fresh, known ? kept : [], {
      atMs: START_MS + 20_000,
      lostAtMs: START_MS + 9000,
      channels: rows
    })
    t.match(recordsOf(facts), [{ callId: 'one', outcome: 'answered', endQuality: 'estimated' }])
    t.ok(fresh.calls.has('two'), 'the next call has begun')
  }
})

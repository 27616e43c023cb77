import { readdirSync } from 'node:fs'
import { test } from 'tap'
import { type AmiPacket, header } from '../src/link/packet.ts'
import { interpret } from '../src/record/interpret.ts'
import { expire } from '../src/record/sealing.ts'
import { createInterpreterState } from '../src/record/state.ts'
import type { CallRecord, EndedBy, Outcome, TransferRecord } from '../src/record/types.ts'
import { play, recordsOf, stampOf, storyOf, trace } from './interpreting.ts'

/** What was played, from each trace's notes: seconds of talk and hold, who hung up. */
interface Played {
  outcome: Outcome
  by: EndedBy
  talkS?: number
  holdS?: number
  direction?: 'inbound'
  agent?: string
  trunk?: string
  agentAnsweredS?: number
  cause?: number
  transfers?: Partial<TransferRecord>[]
}

const A = 'PJSIP/trunk-site-a'
const B = 'PJSIP/trunk-site-b'
const accepted: Played = { outcome: 'answered', by: 'customer', talkS: 1, agent: A, trunk: B }
const notAccepted: Played = { outcome: 'agent_not_accepted', by: 'server', agent: A }

const handedOver: Partial<TransferRecord>[] = [{ kind: 'attended', from: 'a1', party: 'c1', to: 'a2' }]
const sentAway: Partial<TransferRecord>[] = [{ ...handedOver[0], kind: 'blind' }]
const cancelled: Played = { outcome: 'cancelled', by: 'server', agent: 'PJSIP/1001', trunk: A }
const agentCancelled: Played = { outcome: 'agent_cancelled', by: 'server', agent: 'PJSIP/1001', cause: 0 }
const missed: Played = { outcome: 'missed', by: 'customer', direction: 'inbound', agent: 'PJSIP/1002' }
const inTime = (talkS: number): Played => ({
  ...missed,
  outcome: 'answered',
  talkS
})

const PLAYED: Record<string, Played[]> = {
  'agent-cancelled-while-ringing': [{ outcome: 'agent_cancelled', by: 'server', agent: 'PJSIP/1001' }],
  'agent-no-answer': [{ outcome: 'agent_no_answer', by: 'server', agent: 'PJSIP/1001' }],
  'agent-not-registered': [{ outcome: 'agent_unreachable', by: 'server', agent: 'PJSIP/1101' }],
  'agent-rejects': [{ outcome: 'agent_rejected', by: 'agent', cause: 21 }],
  'agent-phone-unreachable': [{ outcome: 'agent_unreachable', by: 'server', agent: 'PJSIP/1001', cause: 19 }],
  // 2 s of talk, and 20 s until Asterisk believes that the phone is gone: nobody hung up.
  'agent-vanishes': [{ outcome: 'answered', by: 'server', talkS: 22, cause: 16 }],
  'asterisk-killed-mid-call': [],
  'asterisk-killed-mid-call.2': [],
  'asterisk-shut-down': [{ outcome: 'answered', by: 'server', talkS: 2, cause: 16 }],
  // 2.25 s with 1001 until AMI had keyed *2, music until 1001 left the bridge, and from the hand-over to the end with 1002.
  'attended-transfer': [
    { outcome: 'answered', by: 'customer', talkS: 7.8, holdS: 3.2, trunk: A, transfers: handedOver }
  ],
  'attended-transfer-customer-gone': [{ outcome: 'answered', by: 'customer', talkS: 2.25, holdS: 3.2 }],
  'attended-transfer-refused': [{ outcome: 'answered', by: 'customer', talkS: 3.8, holdS: 3.2 }],
  'attended-transfer-ringing': [
    { outcome: 'answered', by: 'customer', talkS: 6.8, holdS: 3.2, transfers: handedOver }
  ],
  // 2.5 s with 1001, a second of ringing, 4 s with 1002, who hangs up.
  'blind-transfer-ami': [
    { outcome: 'answered', by: 'agent', talkS: 6.5, agent: 'PJSIP/1001', trunk: A, transfers: sentAway }
  ],
  'blind-transfer-out': [{ outcome: 'answered', by: 'agent', talkS: 5, trunk: A, transfers: sentAway }],
  'blind-transfer-phone': [
    {
      ...{ outcome: 'answered', by: 'agent', talkS: 6, direction: 'inbound' },
      ...{ agent: 'PJSIP/1003', transfers: sentAway }
    }
  ],
  'blind-transfer-refused': [{ outcome: 'answered', by: 'agent', talkS: 2, transfers: sentAway }],
  // Two callers and two agents; one caller goes on with the other's agent, and Asterisk makes one Linkedid of it.
  'bridge-two-calls': [{ outcome: 'answered', by: 'server', talkS: 6, direction: 'inbound', trunk: A }],
  'c2c-agent-hangs-up': [{ outcome: 'answered', by: 'agent', talkS: 6, agentAnsweredS: 1, trunk: A }],
  'c2c-context': [{ outcome: 'answered', by: 'customer', talkS: 4, trunk: B }],
  'c2c-customer-hangs-up': [{ outcome: 'answered', by: 'customer', talkS: 5, agentAnsweredS: 1, trunk: A }],
  'c2c-server-hangs-up': [{ outcome: 'answered', by: 'server', talkS: 3 }],
  'cancel-race': [agentCancelled, cancelled, agentCancelled, ...Array<Played>(9).fill(cancelled)],
  // Three members, each originated with EVS_LEG=agent; the one on the trunk leaves first, the others are hung up by AMI.
  conference: [
    { outcome: 'answered', by: 'agent', talkS: 6, agent: A },
    { outcome: 'answered', by: 'server', talkS: 7, agent: 'PJSIP/1001' },
    { outcome: 'answered', by: 'server', talkS: 7, agent: 'PJSIP/1002' }
  ],
  'customer-busy': [{ outcome: 'busy', by: 'customer', cause: 17, trunk: A }],
  'customer-cancel-race': [
    ...Array<Played>(3).fill(cancelled),
    ...[0.017, 0.005, 0.022, 0.038, 0.045, 0.046, 0.06].map(
      (talkS): Played => ({ ...cancelled, outcome: 'answered', talkS })
    )
  ],
  'customer-congestion': [{ outcome: 'congestion', by: 'customer', cause: 34 }],
  'customer-early-media-answer': [{ outcome: 'answered', by: 'agent', talkS: 5 }],
  'customer-early-media-failure': [{ outcome: 'no_answer', by: 'customer', cause: 19 }],
  'customer-first': [{ outcome: 'answered', by: 'agent', talkS: 3, agent: 'PJSIP/1001', trunk: A }],
  'customer-invalid-number': [{ outcome: 'invalid_number', by: 'customer', cause: 1 }],
  'customer-no-answer-dial-timeout': [{ outcome: 'no_answer', by: 'server', cause: 0 }],
  'customer-no-answer-gateway': [{ outcome: 'no_answer', by: 'customer', cause: 19 }],
  'customer-out-of-order': [{ outcome: 'unreachable', by: 'customer', cause: 27 }],
  'customer-rejects': [{ outcome: 'rejected', by: 'customer', cause: 21 }],
  'hold-unhold': [{ outcome: 'answered', by: 'agent', talkS: 6, holdS: 3, agent: 'PJSIP/1090' }],
  // Eight callers who give up 970 to 1,040 ms after their call; the phone answers after 1,000.
  'inbound-cancel-race': [missed, missed, missed, missed, ...[0.31, 0.3, 0.3, 0.3].map(inTime)],
  'inbound-cancelled': [{ ...missed, trunk: B }],
  'inbound-to-agent': [
    { outcome: 'answered', by: 'customer', talkS: 4, direction: 'inbound', agent: 'PJSIP/1001', trunk: B }
  ],
  'inbound-unanswered': [
    { outcome: 'missed', by: 'customer', direction: 'inbound', agent: 'PJSIP/1002', trunk: A }
  ],
  'internal-call': [{ outcome: 'answered', by: 'customer', talkS: 3, agent: 'PJSIP/1001' }],
  'kit-confirm': [
    accepted,
    { ...notAccepted, by: 'agent', cause: 21 },
    notAccepted,
    notAccepted,
    accepted,
    notAccepted,
    accepted,
    accepted,
    accepted,
    notAccepted
  ],
  'kit-early-answer': Array<Played>(3).fill({ outcome: 'answered', by: 'server', talkS: 9, trunk: A }),
  'kit-held-three-calls': [
    { outcome: 'answered', by: 'customer', talkS: 4, agent: A, trunk: B },
    { outcome: 'answered', by: 'server', talkS: 1.5, agent: A, trunk: B },
    { outcome: 'busy', by: 'customer', cause: 17 },
    { outcome: 'answered', by: 'server', talkS: 1.5 },
    { outcome: 'answered', by: 'agent', talkS: 1.5 }
  ],
  'local-not-optimised': [{ outcome: 'answered', by: 'customer', talkS: 5, agent: 'PJSIP/1001', trunk: A }],
  'local-optimised': [{ outcome: 'answered', by: 'customer', talkS: 5, agent: 'PJSIP/1001', trunk: A }],
  'mobile-callback': [
    { outcome: 'answered', by: 'customer', talkS: 5, agentAnsweredS: 2, agent: A, trunk: B }
  ],
  'mobile-callback-agent-no-answer': [{ outcome: 'agent_no_answer', by: 'agent', agent: A, cause: 19 }],
  'mobile-callback-confirmed': [{ outcome: 'answered', by: 'customer', talkS: 4, agent: A, trunk: B }],
  'no-channelid': [{ outcome: 'answered', by: 'customer', talkS: 3, agent: 'PJSIP/1001', trunk: A }],
  'originate-duplicate-channelid': [{ outcome: 'answered', by: 'customer', talkS: 4.05, trunk: A }],
  'queue-abandoned': [{ outcome: 'abandoned', by: 'customer', direction: 'inbound', trunk: A }],
  'queue-answered': [
    { outcome: 'answered', by: 'customer', talkS: 8, direction: 'inbound', agent: 'PJSIP/1002', trunk: A }
  ],
  'reconnect-mid-call': [],
  // The customer alone is sent to a colleague; the first agent is released by it.
  'redirect-customer-to-agent': [{ outcome: 'answered', by: 'agent', talkS: 5, agent: 'PJSIP/1001' }],
  'redirect-to-conference': [{ outcome: 'answered', by: 'server', talkS: 4, trunk: A }],
  'ring-group': [{ outcome: 'answered', by: 'agent', talkS: 4, direction: 'inbound', agent: 'PJSIP/1003' }],
  'ring-group-unanswered': [{ outcome: 'missed', by: 'customer', direction: 'inbound', trunk: A }],
  'softphone-dials-out': [{ outcome: 'answered', by: 'customer', talkS: 4, agent: 'PJSIP/1001', trunk: A }],
  'supervisor-chanspy': [{ outcome: 'answered', by: 'customer', talkS: 9, agent: 'PJSIP/1001' }],
  'third-party-originate': [{ outcome: 'answered', by: 'customer', talkS: 3, agent: 'PJSIP/1001', trunk: A }],
  'trunk-unreachable': [{ outcome: 'unreachable', by: 'server', cause: 3, agentAnsweredS: 1 }],
  'two-interleaved': [
    { outcome: 'answered', by: 'customer', talkS: 3, agent: 'PJSIP/1002', trunk: B },
    { outcome: 'answered', by: 'customer', talkS: 5, agent: 'PJSIP/1001', trunk: A }
  ]
}

test('every recorded call gives the record of what was played', async t => {
  const recorded = readdirSync(new URL('traces', import.meta.url)).filter(file => file.endsWith('.ami'))
  t.strictSame(recorded.map(file => file.replace(/\.ami$/, '')).sort(), Object.keys(PLAYED).sort())
  for (const [name, calls] of Object.entries(PLAYED)) {
    const records = recordsOf(play(trace(name)))
    t.equal(records.length, calls.length, `${name}: number of calls`)
    for (const [n, played] of calls.entries()) {
      const record = records[n]
      if (!record) continue
      t.match(
        { ...record, by: record.endedBy },
        {
          outcome: played.outcome,
          by: played.by,
          direction: played.direction ?? 'outbound',
          endQuality: 'exact',
          ...(played.agent ? { agentEndpoint: played.agent } : {}),
          ...(played.trunk ? { trunk: played.trunk } : {}),
          ...(played.cause === undefined ? {} : { cause: played.cause }),
          transfers: played.transfers ?? []
        },
        `${name} ${n + 1}`
      )
      t.equal(record.transfers.length, played.transfers?.length ?? 0, `${name} ${n + 1}: transfers`)
      near(record.talkMs, (played.talkS ?? 0) * 1000, `${name} ${n + 1}: talk`)
      near(record.holdMs, (played.holdS ?? 0) * 1000, `${name} ${n + 1}: hold`)
      if (played.agentAnsweredS !== undefined) {
        near(
          (record.agentAnsweredAtMs ?? 0) - record.startedAtMs,
          played.agentAnsweredS * 1000,
          `${name}: agent's answer`
        )
      }
    }
  }

  /** Phones and timers of the lab are true to about 50 ms. */
  function near(found: number, expected: number, what: string): void {
    t.ok(Math.abs(found - expected) <= 50, `${what}: ${found} ms, played ${expected} ms`)
  }
})

test('billing runs from the answer of the customer, whatever Asterisk’s CDR says', async t => {
  const [record] = recordsOf(play(trace('c2c-customer-hangs-up')))
  t.equal(record?.billableMs, 5027, 'the CDR says 6 s, from the answer of the agent')
  const [busy] = recordsOf(play(trace('customer-busy')))
  t.equal(busy?.billableMs, 0, 'the CDR says 2 s')
  const [inbound] = recordsOf(play(trace('inbound-to-agent')))
  t.equal(inbound?.billableMs, 4006)
  t.match(inbound, { foreign: true, callId: 'foreign:1795353957.118', customerNumber: '998935550001' })
})

test('a call is told leg by leg, and its record comes with the last hang-up', async t => {
  const facts = play(trace('mobile-callback'))
  const callId = 'cc-mwrv9dxj-33'
  t.strictSame(storyOf(facts, callId), [
    'a1 created',
    'a1 ringing',
    'a1 answered',
    'c1 created',
    'c1 ringing',
    'c1 answered',
    'a1 bridged',
    'c1 bridged',
    'c1 ended',
    'a1 ended',
    'ended'
  ])
  const leg = facts.find(fact => fact.kind === 'leg' && fact.leg === 'c1' && fact.phase === 'ended')
  t.match(leg, { role: 'customer', endpoint: B, trunk: true, cause: 16, linkedid: `${callId}-a` })
  const [record] = recordsOf(facts)
  t.match(record, {
    callerIdPresented: '998712000000',
    customerNumber: '998901231005',
    interpreterVersion: 2
  })
})

test('a shift on one held leg is one call for each customer', async t => {
  const facts = play(trace('kit-held-three-calls'))
  const records = recordsOf(facts)
  t.strictSame(
    records.map(record => [record.callId, record.legs.length, record.route, record.callerIdPresented]),
    [2, 3, 4, 5, 6].map(n => [`kmwrz2t1q-${n}`, 2, 1, '998712000002'])
  )
  t.notOk(
    facts.some(fact => fact.callId === 'kmwrz2t1q-1' || fact.callId.startsWith('foreign:')),
    'the session is not a call'
  )
  t.strictSame(storyOf(facts, 'kmwrz2t1q-4').slice(-3), ['c1 ended', 'a1 ended', 'ended'])
})

test('order within Asterisk’s freedom does not change a record', async t => {
  const usual = trace('c2c-customer-hangs-up').filter(stampOf)
  t.notSame(reorder(usual, randomOf(1)), usual, 'the order does differ')
  for (const name of Object.keys(PLAYED)) {
    const packets = trace(name)
    const expected = recordsOf(play(packets)).map(comparable).sort()
    for (let seed = 1; seed <= 20; seed++) {
      const found = recordsOf(play(reorder(packets, randomOf(seed))))
        .map(comparable)
        .sort()
      t.strictSame(found, expected, `${name}, order ${seed}`)
      if (JSON.stringify(found) !== JSON.stringify(expected)) return
    }
  }
})

/** A record without the names of legs, which follow the order in which roles became known. */
function comparable(record: CallRecord): string {
  const legs = record.legs.map(leg => JSON.stringify({ ...leg, leg: leg.role })).sort()
  return JSON.stringify({ ...record, legs })
}

/** A small seeded generator (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/**
 * Channel, dial, bridge events, OriginateResponse and Cdr travel on different topics in Asterisk; within a topic order
 * holds. A leg's Newchannel comes first, its DialEnd never after its Hangup (0 of 210 seen). Events of different topics
 * overtake each other by up to 5 ms here.
 */
function reorder(packets: AmiPacket[], random: () => number): AmiPacket[] {
  const queues = new Map<string, AmiPacket[]>()
  for (const packet of packets) {
    if (packet.Event === undefined || !stampOf(packet)) continue
    const topic = topicOf(packet)
    queues.set(topic, [...(queues.get(topic) ?? []), packet])
  }
  const known = new Set<string>()
  const mentioned = new Set(
    packets.filter(one => one.Event === 'Newchannel').map(one => String(one.Uniqueid))
  )
  const ordered: AmiPacket[] = []
  for (;;) {
    const heads = [...queues.values()].flatMap(queue => queue.slice(0, 1))
    if (heads.length === 0) return ordered
    const ready = heads.filter(head => {
      if (head.Event === 'Newchannel') return true
      const uids = [header(head, 'Uniqueid'), header(head, 'DestUniqueid')]
      if (uids.some(uid => uid !== undefined && mentioned.has(uid) && !known.has(uid))) return false
      const dial = queues.get(`dial ${String(head.Uniqueid)}`) ?? []
      return (
        head.Event !== 'Hangup' || !dial.some(one => one.Event === 'DialEnd' && stampOf(one) <= stampOf(head))
      )
    })
    const first = Math.min(...ready.map(stampOf))
    const near = ready.filter(head => stampOf(head) <= first + 5)
    const chosen = near[Math.floor(random() * near.length)]
    if (!chosen) throw new Error('the constraints leave no packet')
    queues.set(topicOf(chosen), (queues.get(topicOf(chosen)) ?? []).slice(1))
    if (queues.get(topicOf(chosen))?.length === 0) queues.delete(topicOf(chosen))
    if (chosen.Event === 'Newchannel') known.add(String(chosen.Uniqueid))
    ordered.push(chosen)
  }
}

function topicOf(packet: AmiPacket): string {
  const name = String(packet.Event)
  if (name.startsWith('Dial')) return `dial ${String(packet.DestUniqueid)}`
  if (name.startsWith('Bridge')) return `bridge ${String(packet.BridgeUniqueid)}`
  if (name === 'Cdr' || name === 'OriginateResponse') return `${name} ${String(packet.Uniqueid)}`
  return `channel ${String(packet.Uniqueid ?? packet.SpyerUniqueid ?? '')}`
}

test('no order, loss, repetition or damage of events makes the interpreter throw or forget to forget', async t => {
  const pool = Object.keys(PLAYED).flatMap(trace)
  for (let seed = 1; seed <= 60; seed++) {
    const random = randomOf(seed)
    const state = createInterpreterState()
    let now = 1_795_000_000_000
    for (let n = 0; n < 2000; n++) {
      now += Math.floor(random() * 50)
      const packet = { ...(pool[Math.floor(random() * pool.length)] ?? {}) }
      const names = Object.keys(packet)
      const victim = names[Math.floor(random() * names.length)] ?? 'Event'
      if (random() < 0.2) delete packet[victim]
      else if (random() < 0.1)
        packet[victim] = ['', 'x', '-1', '99999999999999999999'][Math.floor(random() * 4)] ?? ''
      else if (random() < 0.05) packet[victim] = ['a', 'b']
      const facts = [...interpret(state, packet, now), ...(n % 50 === 0 ? expire(state, now) : [])]
      for (const fact of facts) if (fact.kind === 'ended' || fact.kind === 'amended') checkSane(fact.record)
    }
    expire(state, now + 10_000)
    for (const call of state.calls.values()) {
      if (call.over) t.fail(`seed ${seed}: ${call.callId} is over and was not forgotten`)
    }
  }
  t.pass('60 seeds')

  function checkSane(record: CallRecord): void {
    const durations = [
      record.talkMs,
      record.holdMs,
      record.billableMs,
      ...record.legs.map(leg => leg.bridgedMs)
    ]
    if (!durations.every(ms => Number.isInteger(ms) && ms >= 0)) t.fail(`durations ${durations.join()}`)
    if (record.endedAtMs < record.startedAtMs) t.fail(`${record.callId} ends before it begins`)
    if (new Set(record.legs.map(leg => leg.leg)).size !== record.legs.length)
      t.fail(`${record.callId}: two legs of one name`)
  }
})

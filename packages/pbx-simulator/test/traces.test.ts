import t from 'tap'
import { lanes, play, readTrace, type Scenario } from './support/replay.ts'

const SCENARIOS: Scenario[] = [
  { trace: 'c2c-customer-hangs-up' },
  { trace: 'c2c-agent-hangs-up', phones: [{ extension: '1001', behaviour: 'answer:7' }] },
  { trace: 'c2c-server-hangs-up' },
  { trace: 'customer-busy' },
  { trace: 'customer-rejects' },
  { trace: 'customer-congestion' },
  { trace: 'customer-no-answer-gateway' },
  { trace: 'customer-no-answer-dial-timeout' },
  { trace: 'customer-early-media-answer', phones: [{ extension: '1001', behaviour: 'answer:8' }] },
  { trace: 'trunk-unreachable', trunks: ['trunk-site-a', { name: 'trunk-site-down', state: 'down' }] },
  { trace: 'agent-cancelled-while-ringing', phones: [{ extension: '1001', behaviour: 'ring' }] },
  { trace: 'agent-no-answer', phones: [{ extension: '1001', behaviour: 'ring' }] },
  { trace: 'agent-not-registered', phones: [{ extension: '1101', registered: false }] },
  { trace: 'agent-rejects', phones: [{ extension: '1001', behaviour: 'reject' }] },
  { trace: 'mobile-callback' },
  { trace: 'mobile-callback-agent-no-answer' },
  {
    trace: 'inbound-to-agent',
    acts: [
      {
        atMs: 100,
        act: sim => sim.trunk('trunk-site-b').call({ from: '998935550001', to: '1001', talkS: 4 })
      }
    ]
  },
  {
    trace: 'inbound-unanswered',
    phones: [{ extension: '1002', behaviour: 'ring' }],
    acts: [
      { atMs: 100, act: sim => sim.trunk('trunk-site-a').call({ from: '998935550002', to: '1002' }) },
      { atMs: 5100, act: sim => sim.farEnd(sim.channels()[0]!.name).hangup() }
    ]
  },
  {
    trace: 'hold-unhold',
    phones: [{ extension: '1090', name: 'Sipp phone' }],
    acts: [
      { atMs: 5_500, act: sim => sim.phone('1090').hold() },
      { atMs: 8_500, act: sim => sim.phone('1090').unhold() },
      { atMs: 11_500, act: sim => sim.phone('1090').hangup() }
    ]
  },
  { trace: 'supervisor-chanspy' },
  { trace: 'two-interleaved' },
  { trace: 'kit-confirm', tailMs: 1000 },
  {
    trace: 'kit-early-answer',
    phones: [{ extension: '1001', behaviour: 'auto' }]
  },
  {
    trace: 'kit-held-three-calls',
    acts: [{ atMs: 17_900, act: sim => sim.farEnd(sim.channels()[0]!.name).hangup() }],
    tailMs: 1000
  }
]

for (const scenario of SCENARIOS) {
  t.test(
    `${scenario.trace}: every event has the headers and values of the real recording, in its lane's order`,
    async t => {
      const real = lanes(readTrace(scenario.trace).received)
      for (const seed of [1, 2]) {
        const simulated = lanes(await play(scenario, seed))
        t.strictSame(Object.keys(simulated).sort(), Object.keys(real).sort(), 'same lanes')
        for (const [lane, events] of Object.entries(real))
          t.strictSame(simulated[lane], events, `seed ${seed}, ${lane}`)
      }
    }
  )
}

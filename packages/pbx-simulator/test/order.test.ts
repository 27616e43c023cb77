import t from 'tap'
import type { Packet } from './support/client.ts'
import { callAction, client, simulator } from './support/start.ts'

/** Events of one answered call with each of `seeds`. */
async function calls(t: Parameters<typeof simulator>[0], seeds: number): Promise<Packet[][]> {
  const runs: Packet[][] = []
  const sim = await simulator(t, { seed: 'order', phones: seeds })
  const ami = await client(t, sim)
  for (let n = 0; n < seeds; n++) {
    const from = ami.packets.length
    ami.send(
      'Originate',
      callAction({ id: `o${n}`, routes: '998901231001@trunk-site-a', station: `PJSIP/${1001 + n}` })
    )
    await sim.runUntilIdle()
    runs.push(ami.packets.slice(from))
  }
  return runs
}

const RUNS = 200

t.test('the order of events is free where the real one was seen to be, and about as often', async t => {
  const runs = await calls(t, RUNS)
  const share = (first: (event: Packet) => boolean, second: (event: Packet) => boolean): number =>
    runs.filter(events => events.findIndex(first) < events.findIndex(second)).length / RUNS
  const is =
    (name: string, leg: 'agent' | 'customer', fields: Record<string, string> = {}) =>
    (event: Packet): boolean => {
      const prefix = name.startsWith('Dial') ? 'Dest' : ''
      const legOf = event.all(`${prefix}ChanVariable`).at(-1)
      return (
        event.get('Event') === name &&
        legOf === `EVS_LEG=${leg}` &&
        Object.entries(fields).every(([field, value]) => event.get(field) === value)
      )
    }
  const response = (event: Packet): boolean => event.get('Event') === 'OriginateResponse'
  const cdr = (event: Packet): boolean => event.get('Event') === 'Cdr'
  const between = (value: number, low: number, high: number, what: string): void => {
    t.ok(value >= low && value <= high, `${what}: ${value}`)
  }
  between(
    share(response, is('Newstate', 'agent', { ChannelState: '6' })),
    0.35,
    0.65,
    'OriginateResponse before Newstate Up'
  )
  between(share(response, is('DialEnd', 'agent')), 0.5, 0.8, 'OriginateResponse before DialEnd')
  between(share(cdr, is('Hangup', 'agent')), 0.65, 0.95, 'Cdr before Hangup')
  between(
    share(is('DialState', 'customer'), is('Newstate', 'customer', { ChannelState: '5' })),
    0.03,
    0.25,
    'DialState before Newstate Ringing'
  )
  between(
    share(is('Hangup', 'agent'), is('Hangup', 'customer')),
    0.01,
    0.6,
    'the agent’s Hangup before the customer’s'
  )
  t.equal(
    share(is('Hangup', 'customer'), is('DialEnd', 'customer')),
    0,
    'Hangup before DialEnd of the same leg: never'
  )
  t.equal(share(is('DialEnd', 'agent'), is('DialBegin', 'agent')), 0)
  t.equal(share(is('Hangup', 'agent'), is('BridgeLeave', 'agent')), 0)
})

t.test('the same seed gives the same bytes, another seed another order', async t => {
  const run = async (seed: string): Promise<string> => {
    const sim = await simulator(t, { seed })
    let text = ''
    sim.tap(event => {
      text += event.text
    })
    const ami = await client(t, sim)
    for (const [index, ending] of ['1003', '2002', '3101', '5003'].entries()) {
      ami.send(
        'Originate',
        callAction({
          id: `s${index}`,
          routes: `99890123${ending}@trunk-site-b`,
          station: `PJSIP/100${index + 1}`,
          variables: { EVS_MAX: '9' }
        })
      )
      await sim.advance(700)
    }
    await sim.runUntilIdle()
    return text
  }
  const first = await run('a')
  t.ok(first.length > 20_000)
  t.equal(await run('a'), first)
  t.not(await run('b'), first)
})

t.test('calls at the same time do not change one another’s choices', async t => {
  const orderOf = async (crowd: number): Promise<number[]> => {
    const sim = await simulator(t, { seed: 'crowd' })
    const ami = await client(t, sim)
    for (let n = 0; n <= crowd; n++) {
      ami.send(
        'Originate',
        callAction({ id: `c${n}`, routes: '998901231002@trunk-site-a', station: `PJSIP/${1001 + n}` })
      )
    }
    await sim.runUntilIdle()
    return ami.events
      .filter(
        event =>
          /c0-a1/.test(event.get('Linkedid') + event.get('DestLinkedid')) &&
          !/^Bridge/.test(event.get('Event'))
      )
      .filter(event => event.get('Event') === 'Newstate')
      .map(event => Number(event.get('Timestamp')))
  }
  const alone = await orderOf(0)
  const crowded = await orderOf(9)
  t.equal(alone.length, 4)
  for (const [index, at] of alone.entries()) {
    t.ok(
      Math.abs((crowded[index] ?? 0) - at) < 0.015,
      'at the same time but for the stamps of a busy instant'
    )
  }
})

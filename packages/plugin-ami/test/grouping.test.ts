import fc from 'fast-check'
import { test } from 'tap'
import { interpret } from '../src/record/interpret.ts'
import { expire } from '../src/record/sealing.ts'
import { createInterpreterState } from '../src/record/state.ts'
import type { CallFact } from '../src/record/types.ts'
import { channel, type event, play, recordsOf, START_MS, stampOf } from './interpreting.ts'

const ID = '0190b5a2-7c1e-7abc-8def-a12345678901'

/**
 * A random evening at a PBX: channels that begin with the Linkedid of another or their own, some of which carry a call
 * id of ours, and pairs that meet, by which Asterisk gives all who are linked the oldest Linkedid.
 */
const evening = fc.record({
  /** Of each channel: which earlier one it was linked with when it began. */
  linkedWith: fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 12 }),
  meetings: fc.array(fc.tuple(fc.nat({ max: 30 }), fc.nat({ max: 30 })), { maxLength: 8 }),
  /** Which channels turn out to be of our call, and before which of the meetings. */
  ours: fc.array(fc.tuple(fc.nat({ max: 30 }), fc.nat({ max: 8 })), { maxLength: 3 }),
  order: fc.array(fc.nat({ max: 1000 }), { minLength: 12, maxLength: 12 })
})

test('whatever was linked with another, by whatever chain, is one call', t => {
  fc.assert(
    fc.property(evening, ({ linkedWith, meetings, ours, order }) => {
      // A second reading of the same story: plain sets, put together whenever two have a name in common.
      const count = linkedWith.length
      const linkedid: string[] = []
      for (const [n, other] of linkedWith.entries())
        linkedid.push(other % 3 === 0 || n === 0 ? uniqueidOf(n) : linkedid[other % n]!)
      const groups = linkedid.map((_, n) => n)
      const together = (a: number, b: number): void => {
        const [from, to] = [groups[a]!, groups[b]!]
        for (const [n, group] of groups.entries()) if (group === from) groups[n] = to
      }
      for (const [n, own] of linkedid.entries()) {
        const first = linkedid.indexOf(own)
        if (first !== n) together(n, first)
      }
      const marked = ours.map(([n, before]) => ({ n: n % count, before }))
      for (const { n } of marked) together(n, marked[0]!.n)
      const known = [...linkedid]
      const events = linkedid.map((own, n) => one(n, own).begins(0, 'Ring'))
      const markAt = (step: number): void => {
        for (const { n, before } of marked)
          if (before === step) events.push(one(n, known[n]!, ID).say(1 + step, 'Newstate', 'ChannelState: 6'))
      }
      for (const [step, pair] of meetings.entries()) {
        markAt(step)
        const [a, b] = [pair[0] % count, pair[1] % count]
        together(a, b)
        const oldest = [known[a]!, known[b]!].sort()[0]!
        const before = [known[a]!, known[b]!]
        for (const [n, name] of known.entries()) {
          if (!before.includes(name)) continue
          known[n] = oldest
          events.push(one(n, oldest).say(1.5 + step, 'Newstate', 'ChannelState: 6'))
        }
      }
      for (let step = meetings.length; step <= 8; step++) markAt(step)
      const leaving = linkedid.map((_, n) => n).sort((a, b) => order[a]! - order[b]! || a - b)
      for (const [place, n] of leaving.entries()) events.push(one(n, known[n]!).ends(20 + place, 16))

      const records = recordsOf(play(events))
      const found = records
        .map(record =>
          record.legs
            .map(leg => leg.uniqueid)
            .sort()
            .join()
        )
        .sort()
      const sets = new Map<number, string[]>()
      for (const [n, group] of groups.entries()) sets.set(group, [...(sets.get(group) ?? []), uniqueidOf(n)])
      const expected = [...sets.values()].map(set => set.sort().join()).sort()
      if (found.join(' | ') !== expected.join(' | '))
        throw new Error(`found ${found.join(' | ')}, expected ${expected.join(' | ')}`)
      if (records.some(record => new Set(record.legs.map(leg => leg.leg)).size !== record.legs.length))
        throw new Error('two legs of one name')
      const own = records.filter(record => !record.foreign)
      if (own.length !== (marked.length > 0 ? 1 : 0)) throw new Error(`${own.length} calls of ours`)
    }),
    { numRuns: 2000 }
  )
  t.pass('2,000 evenings')
  t.end()

  function uniqueidOf(n: number): string {
    return `18000000${String(10 + n)}.${n}`
  }

  function one(n: number, linkedid: string, callId = '') {
    return channel(`PJSIP/10${10 + n}-000000${10 + n}`, uniqueidOf(n), linkedid, { EVS_CALL_ID: callId })
  }
})

test('calls that were both asked for by us stay two, whatever Asterisk links', t => {
  const twin = '0190b5a2-7c1e-7abc-8def-a12345678902'
  const leg = (id: string, linkedid = `${id}-a1`) =>
    channel(`PJSIP/${id === ID ? 1001 : 1002}-00000001`, `${id}-a1`, linkedid, { EVS_CALL_ID: id })
  const records = recordsOf(
    play([
      leg(ID).begins(0, 'Down'),
      leg(twin).begins(1, 'Down'),
      leg(ID).answers(2),
      leg(twin).answers(2),
      leg(twin, `${ID}-a1`).enters(3, 'b'),
      leg(ID).enters(3, 'b'),
      leg(twin, `${ID}-a1`).ends(5, 16),
      leg(ID).ends(6, 16)
    ])
  )
  t.match(
    records.map(({ callId, legs }) => [callId, legs.length]),
    [
      [twin, 1],
      [ID, 1]
    ]
  )
  t.end()
})

test('a leg that is held over the shift joins none of its calls to another', t => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ talkS: fc.integer({ min: 1, max: 9 }), late: fc.boolean() }), {
        minLength: 3,
        maxLength: 8
      }),
      calls => {
        const state = createInterpreterState()
        const facts: CallFact[] = []
        const tell = (...events: ReturnType<typeof event>[]): void => {
          for (const one of events)
            facts.push(...interpret(state, one, stampOf(one)), ...expire(state, stampOf(one)))
        }
        const held = (id: string) =>
          channel('PJSIP/trunk-site-a-00000001', 'shift-h1', 'shift-h1', {
            EVS_CALL_ID: id,
            EVS_LEG: 'agent'
          })
        tell(
          held('').begins(0, 'Down'),
          held('').answers(1),
          held('').kit(1.1, 'EvsHeldReady', 'Session: shift')
        )
        let at = 5
        for (const [n, { talkS, late }] of calls.entries()) {
          const id = `${ID.slice(0, -2)}${10 + n}`
          const uniqueid = `1800000100.${n}`
          const begun = channel(`PJSIP/trunk-site-b-0000001${n}`, uniqueid, 'shift-h1')
          const customer = channel(`PJSIP/trunk-site-b-0000001${n}`, uniqueid, 'shift-h1', {
            ...{ EVS_CALL_ID: id, EVS_LEG: 'customer' }
          })
          tell(
            held(id).say(at, 'Newexten'),
            begun.begins(at + 0.1, 'Down'),
            customer.dialled(at + 0.2, held(id), '998901234567', 'trunk-site-b'),
            customer.answers(at + 0.5),
            customer.enters(at + 0.5, `b${n}`),
            held(id).enters(at + 0.5, `b${n}`),
            customer.asksHangup(at + 0.5 + talkS),
            customer.leaves(at + 0.5 + talkS, `b${n}`),
            held(id).leaves(at + 0.5 + talkS, `b${n}`)
          )
          const over = [
            customer.ends(at + 0.6 + talkS, 16),
            held('').kit(at + 0.7 + talkS, 'EvsHeldReady', 'Session: shift')
          ]
          tell(...(late ? over.reverse() : over))
          at += 2 + talkS
        }
        tell(held('').ends(at + 5, 16))
        facts.push(...expire(state, START_MS + (at + 60) * 1000))
        const records = recordsOf(facts)
        if (records.length !== calls.length) throw new Error(`${records.length} calls of ${calls.length}`)
        for (const [n, record] of records.entries()) {
          if (record.talkMs !== calls[n]!.talkS * 1000)
            throw new Error(`call ${n}: ${record.talkMs} ms of talk`)
          if (record.legs.map(leg => leg.leg).join() !== 'a1,c1') throw new Error(`call ${n}: its legs`)
        }
      }
    ),
    { numRuns: 300 }
  )
  t.pass('300 shifts')
  t.end()
})

import t from 'tap'
import { forecast, type Standing } from '../src/forecast.ts'

const quarter = 15 * 60_000
const now = new Date('2026-03-31T13:00:00Z')
const standing = (change: Partial<Standing>): Standing => ({
  completed: 30,
  reserved: 5,
  limit: 50,
  contactsLeft: 500,
  worked: 100,
  recent: [{ ms: quarter, worked: 10 }],
  now,
  ...change
})
const outcome = (change: Partial<Standing>) => forecast(standing(change)).outcome

t.test('a rule fills when its missing positives are worked off at the recent pace', async t => {
  // 20 positives at 3 in 10 are 67 contacts, at 10 a quarter of an hour.
  t.same(forecast(standing({})), {
    rate: 0.3,
    outcome: { state: 'fills', at: new Date(now.getTime() + 6.7 * quarter) }
  })
  const pausing = [
    { ms: quarter, worked: 10 },
    { ms: 8 * quarter, worked: 0 },
    { ms: quarter, worked: 10 }
  ]
  t.same(
    outcome({ recent: pausing }),
    { state: 'fills', at: new Date(now.getTime() + 6.7 * quarter) },
    'a break does not count'
  )
  t.same(outcome({ completed: 60, worked: 100, limit: 100, contactsLeft: 62 }), {
    state: 'fills',
    at: new Date(now.getTime() + 6.7 * quarter)
  })
})

t.test('closing time can be foreseen, and that it never opens again', async t => {
  const tomorrow = new Date('2026-04-01T08:20:00Z')
  const asked: [Date, number][] = []
  const open = forecast(standing({}), (from, ms) => {
    asked.push([from, ms])
    return tomorrow
  })
  t.same(open.outcome, { state: 'fills', at: tomorrow })
  t.same(asked, [[now, 6.7 * quarter]])
  t.same(forecast(standing({}), () => null).outcome, { state: 'unknown', reason: 'closed' })
})

t.test('a rule that lacks contacts says about how many', async t => {
  t.same(outcome({ contactsLeft: 42 }), { state: 'short', contacts: 20, certain: false })
  t.same(outcome({ contactsLeft: 61 }), { state: 'short', contacts: 1, certain: false })
  t.match(outcome({ contactsLeft: 62 }), { state: 'fills' })
  t.same(outcome({ contactsLeft: 14 }), { state: 'short', contacts: 48, certain: true }, '19 contacts for 20')
  t.same(outcome({ contactsLeft: 14, completed: 0, worked: 0, limit: 50 }), {
    state: 'short',
    contacts: 31,
    certain: true
  })
  t.same(outcome({ contactsLeft: 0, reserved: 0, completed: 0, worked: 80 }), {
    state: 'short',
    contacts: 50,
    certain: true
  })
})

t.test('a full rule is full, also above its limit', async t => {
  t.same(outcome({ completed: 50 }), { state: 'full' })
  t.same(outcome({ completed: 60, contactsLeft: 0 }), { state: 'full' })
})

t.test('too little data is said to be too little, and how much is needed', async t => {
  t.same(forecast(standing({ worked: 29, completed: 9 })), {
    rate: null,
    outcome: { state: 'unknown', reason: 'few_worked', have: 29, need: 30 }
  })
  t.match(forecast(standing({ worked: 30, completed: 9 })), { rate: 0.3, outcome: { state: 'fills' } })
  t.same(outcome({ completed: 0 }), { state: 'unknown', reason: 'no_completions', have: 0, need: 1 })
  const slow = [
    { ms: quarter, worked: 4 },
    { ms: quarter, worked: 5 }
  ]
  t.same(outcome({ recent: slow }), { state: 'unknown', reason: 'few_recent', have: 9, need: 10 })
  t.same(outcome({ recent: [] }), { state: 'unknown', reason: 'few_recent', have: 0, need: 10 })
})

t.test('counts that cannot be are refused by name', async t => {
  const refusals: [Partial<Standing>, RegExp][] = [
    [{ limit: 0 }, /^limit must be a whole number from 1/],
    [{ completed: -1 }, /^completed must/],
    [{ reserved: 0.5 }, /^reserved must/],
    [{ contactsLeft: Number.NaN }, /^contactsLeft must/],
    [{ worked: -1 }, /^worked must/],
    [{ recent: [{ ms: 0, worked: 1 }] }, /^recent\/0\/ms must/],
    [{ recent: [{ ms: 1, worked: -1 }] }, /^recent\/0\/worked must/],
    [{ now: new Date(Number.NaN) }, /^now must/]
  ]
  for (const [change, message] of refusals) t.throws(() => forecast(standing(change)), message)
})

import { fakeClock } from '@evscallpro/testing'
import t from 'tap'

t.test('time stands still until it is moved, and answers are no handle on it', async t => {
  const clock = fakeClock(new Date('2026-03-29T00:59:59Z'))
  clock.now().setFullYear(1999)
  t.equal(clock.now().toISOString(), '2026-03-29T00:59:59.000Z')
  await clock.advance(1500)
  t.equal(clock.now().toISOString(), '2026-03-29T01:00:00.500Z')
  await t.rejects(clock.advance(-1), { message: /ms must be 0 or more/ })
  t.equal(fakeClock().now().toISOString(), '2026-01-05T09:00:00.000Z')
})

t.test('timers run in the order of their time, each at its time, and only when due', async t => {
  const clock = fakeClock(new Date(0))
  const ran: string[] = []
  const note = (name: string) => () => ran.push(`${name} ${clock.now().getTime()}`)
  clock.setTimeout(note('late'), 300)
  clock.setTimeout(note('first'), 100)
  clock.setTimeout(note('second'), 100)
  clock.setTimeout(note('never'), 150).cancel()
  clock.setTimeout(note('at once'), -5)
  await clock.advance(299)
  t.strictSame(ran, ['at once 0', 'first 100', 'second 100'])
  await clock.advance(1)
  t.strictSame(ran.slice(3), ['late 300'])
})

t.test('what a timer starts is followed on the way: promises, then timers they set', async t => {
  const clock = fakeClock(new Date(0))
  const ran: number[] = []
  const wait = (ms: number) => new Promise<void>(resolve => clock.setTimeout(resolve, ms))
  const loop = (async () => {
    for (let n = 0; n < 3; n++) {
      await wait(100)
      ran.push(clock.now().getTime())
    }
  })()
  await clock.advance(250)
  t.strictSame(ran, [100, 200])
  await clock.advance(50)
  await loop
  t.strictSame(ran, [100, 200, 300])
})

t.test('a timer can cancel another that is due at the same time', async t => {
  const clock = fakeClock()
  let ran = false
  clock.setTimeout(() => second.cancel(), 10)
  const second = clock.setTimeout(() => {
    ran = true
  }, 10)
  await clock.advance(10)
  t.equal(ran, false)
})

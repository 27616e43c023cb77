import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'

/*
 * The benches at a small size. Compared is what was measured in one run, so that it holds on a busy machine too; how fast
 * it is in itself stands in docs/reference/performance.md.
 */

t.setTimeout(600_000)

const bench = async (name: string) => {
  const file = fileURLToPath(new URL(`../../../bench/${name}.ts`, import.meta.url))
  const flags = ['--import=#typescript', '--conditions=@evscallpro/source']
  const run = await promisify(execFile)(process.execPath, [...flags, file, '--check', '--json'])
  return JSON.parse(run.stdout)
}

t.test('the link needs less than 0.4 of the processor time that asterisk-manager needs', async t => {
  const { linkToAsteriskManager, flood } = await bench('ami')
  t.ok(linkToAsteriskManager <= 0.4, `${linkToAsteriskManager}`)
  t.ok(flood.calls > 0)
  t.equal(flood.rows, flood.calls, 'after a flood with the record writer attached every call has its row')
})

t.test('every call has its row: of a journal that is caught up with, and of a steady stream', async t => {
  const { hangupToRowMs, finishedCallsPerSecond, replayEventsPerSecond } = await bench('records')
  t.equal(hangupToRowMs.rows, 100)
  t.ok(finishedCallsPerSecond > 0 && replayEventsPerSecond > 0)
})

t.test(
  'a hand-out costs at most twice as much with ten thousand rules as with five, a fifth of trying the rules',
  async t => {
    const figures = await bench('quotas')
    t.same(figures.misses, [])
    t.ok(figures['flat out'].costRatio > 0 && figures['5,000 contacts x 500 rules, one agent'].factor > 0)
  }
)

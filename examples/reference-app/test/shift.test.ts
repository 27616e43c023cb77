import { join } from 'node:path'
import { asteriskSandbox } from '@evscallpro/asterisk-sandbox'
import { startEmbeddedPostgres } from '@evscallpro/embedded-postgres'
import pg from 'pg'
import t from 'tap'
import { type Audit, isRight } from '../src/demo/audit.ts'
import { asteriskPbx, simulatorPbx } from '../src/demo/pbx.ts'
import { runShift } from '../src/demo/run-shift.ts'
import { scenarios } from '../src/demo/scenarios.ts'

/** What both PBXs must agree on: outcome and party, by scenario. */
const outcomesOf = (audit: Audit) =>
  Object.fromEntries(audit.table.map(row => [row.scenario, `${row.outcome} by ${row.endedBy}`]))

const expected = Object.fromEntries(scenarios.map(one => [one.name, `${one.outcome} by ${one.endedBy}`]))

t.test('the same shift has the same outcomes on the simulator and on a real Asterisk', async t => {
  const calls = scenarios.length
  const available = await asteriskSandbox.available()
  const onSimulator = async () => {
    const pbx = await simulatorPbx()
    t.teardown(() => pbx.down())
    return runShift(pbx, calls)
  }
  const onAsterisk = async () => {
    const pbx = await asteriskPbx(() => {}, 1200)
    t.teardown(() => pbx.down())
    return runShift(pbx, calls)
  }
  if (!available.ok && process.env.CI !== 'true') {
    t.comment(`played on the simulator only: ${available.reason}`)
    const audit = await onSimulator()
    t.ok(isRight(audit, calls), JSON.stringify(audit.wrong))
    return
  }
  const [simulated, real] = await Promise.all([onSimulator(), onAsterisk()])
  t.same(outcomesOf(simulated), expected)
  t.same(outcomesOf(real), expected)
  t.ok(isRight(simulated, calls), JSON.stringify(simulated))
  t.ok(isRight(real, calls), JSON.stringify(real))
  t.ok(real.cdrLinkedids > 0, "Asterisk's own CDR was compared")
})

t.test(
  'a server that is killed in the middle of a shift leaves no call without a row and no contact locked',
  async t => {
    const calls = 2 * scenarios.length
    const pbx = await simulatorPbx()
    t.teardown(() => pbx.down())
    const kills: Promise<void>[] = []
    const audit = await runShift(pbx, calls, {
      onCall(done, server) {
        if (done === 4 || done === 12) kills.push(server.kill().then(() => server.start()))
      },
      async inspect(dataDir) {
        const postgres = await startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres') })
        const client = new pg.Client({ connectionString: postgres.url })
        await client.connect()
        const { rows } = await client.query(`select
        (select count(*)::int from core.calls) as calls,
        (select count(*)::int from core.handouts where ended_at is null) as handouts,
        (select count(*)::int from core.contacts where status = 1) as contacts,
        (select count(*)::int from core.agent_states where until is null and state <> 'offline') as agents`)
        await client.end()
        t.same(rows, [{ calls: 0, handouts: 0, contacts: 0, agents: 0 }], 'nothing is left open')
      }
    })
    await Promise.all(kills)
    t.equal(kills.length, 2, 'it was killed twice')
    t.equal(audit.calls, calls)
    t.equal(audit.missing, 0, JSON.stringify(audit.wrong))
    t.equal(audit.doubled, 0)
    t.equal(audit.rows, calls)
    t.equal(audit.unqualified, 0)
    const surprising = audit.wrong.length - audit.estimated
    t.ok(surprising <= 0, `only what fell into a gap may differ: ${JSON.stringify(audit.wrong)}`)
  }
)

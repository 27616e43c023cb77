import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CallLedger, callLedger, coreDomain, definePlugin, runCommand } from '@evscallpro/core'
import { ami } from '@evscallpro/plugin-ami'
import { buildTestApp, fakeClock, loginAs } from '@evscallpro/testing'
import { test } from 'tap'
import { FactWriter } from '../src/fact-writer.ts'
import { withCallIds } from '../src/foreign-call-id.ts'
import { readCheckpoint, writeCheckpoint } from '../src/journal/checkpoints.ts'
import { JournalFollower } from '../src/journal/journal-follower.ts'
import { JournalWriter } from '../src/journal/journal-writer.ts'
import { journals } from '../src/migration.ts'
import { rawLogFrames } from '../src/replay/raw-log.ts'
import { mortalServer } from './mortal-server.ts'
import { arm, type Strike } from './strike.ts'

/** The plugin's tables without its link: the test is the PBX. */
const tables = definePlugin({
  name: 'ami',
  version: '0.1.0',
  migrations: { '0001-journals': journals },
  setup() {}
})

const pbx = 'sim'
const ownId = '01a2036f-0000-7000-8000-000000000001'

/** The server of one test, its journal and one agent in one call. */
async function floor(t: { teardown(end: () => unknown): void }, traces: readonly string[]) {
  const { app, url } = await buildTestApp(t, { plugins: [tables()] })
  const folder = mkdtempSync(join(tmpdir(), 'evs-crash-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const agent = await loginAs(app, 'agent')
  const { log } = app.kernel
  // Before the first trace was recorded: the journal holds every call from its beginning.
  const clock = fakeClock(new Date('2026-11-01T00:00:00Z'))
  const places: number[] = []
  const journal = await JournalWriter.open({
    folder,
    pbx,
    segmentBytes: 65_536,
    retentionHours: 1,
    clock,
    log,
    deliver: frames => void places.push(...frames.map(frame => frame.place))
  })
  for (const name of traces) {
    const recorded = readFileSync(new URL(`traces/${name}.ami`, import.meta.url), 'latin1')
    const ours = recorded.replaceAll(/cc-mwrv9dxj-1(?=\D)/g, ownId)
    for (const { kind, text } of rawLogFrames(Buffer.from(ours, 'latin1'))) {
      journal.append(kind, text)
      await journal.flushed()
    }
  }
  await journal.close()
  return { app, url, folder, agent, journal, places }
}

type Floor = Awaited<ReturnType<typeof floor>>

/** As it is when the call was asked for. */
async function reset({ app, agent }: Floor): Promise<void> {
  const { db, clock } = app.kernel
  await db.raw(
    'truncate core.call_history, core.call_history_legs, core.call_stats, core.agent_states, ami.journals'
  )
  await db.raw('delete from core.calls')
  await db('core.calls').insert({
    id: ownId,
    campaign_id: 0,
    agent_id: agent.userId,
    direction: 'outbound',
    number: '+33199001005',
    station: 'extension',
    pbx,
    requested_at: new Date('2026-11-22T13:20:00Z')
  })
  await db('core.agent_states').insert({
    agent_id: agent.userId,
    state: 'ringing_agent',
    cause: 'call_requested',
    since: clock.now(),
    call_id: ownId,
    return_to: 'ready',
    revision: 1
  })
}

/** One life of the process that reads the journal: from its checkpoint to a place, or until it is struck down. */
async function live(
  { app, folder, journal }: Floor,
  strike: Strike | null,
  to = journal.place,
  ledger: CallLedger = app.kernel.extensions.one(callLedger)
): Promise<void> {
  const { kernel } = app
  const writer = new FactWriter({
    pbx,
    ledger,
    clock: kernel.clock,
    log: kernel.log,
    checkpoint: (trx, progress) =>
      writeCheckpoint(trx, { pbx, journal: journal.id }, progress, kernel.clock.now())
  })
  const checkpoint = await readCheckpoint(kernel.db, pbx, journal.id)
  const follower = new JournalFollower({
    pbx,
    folder,
    writer,
    log: kernel.log,
    translate: facts => withCallIds(pbx, facts)
  })
  const disarm = strike ? arm(app, strike, () => writer.close()) : () => {}
  follower.resume(checkpoint, to)
  await follower.caughtUp()
  if (to === journal.place) follower.passTime(kernel.clock.now().getTime())
  await writer.flushed()
  disarm()
}

/** Everything that calls leave behind, without the moments at which it was written. */
async function left({ app }: Floor) {
  const { db } = app.kernel
  return {
    history: await db('core.call_history').orderBy('id'),
    legs: await db('core.call_history_legs').orderBy(['call_id', 'leg']),
    stats: await db('core.call_stats').orderBy(['campaign_id', 'day', 'agent_id', 'outcome']),
    live: await db('core.calls'),
    agents: await db('core.agent_states').whereNull('until').select('agent_id', 'state', 'call_id')
  }
}

const story = ['c2c-customer-hangs-up', 'inbound-to-agent', 'ring-group']

test('a process struck down at any statement leaves nothing lost and nothing doubled', async t => {
  const setup = await floor(t, story)
  await reset(setup)
  await live(setup, null)
  const expected = await left(setup)
  t.equal(expected.history.length, 3, 'three calls')
  t.match(
    expected.history.find(row => row.id === ownId),
    { outcome: 'answered', ended_by: 'customer', end_quality: 'exact', revision: 1 }
  )
  t.same(expected.live, [])
  t.match(expected.agents, [{ state: 'ready' }])
  // The first life ends in the middle of the agent's call, so that its progress is struck as well as its end.
  const talking = setup.places[Math.floor(setup.places.length * 0.12)]
  for (const to of [talking, undefined]) {
    let statement = 0
    for (; ; statement++) {
      await reset(setup)
      const strike: Strike = { statement, struck: false }
      await live(setup, strike, to)
      await live(setup, null)
      t.same(await left(setup), expected, `statement ${statement + 1}`)
      if (!strike.struck) break
    }
    t.ok(statement > 8, `struck before each of ${statement} statements`)
  }
})

test('reading the journal again and again changes nothing, not even a revision', async t => {
  const setup = await floor(t, story)
  await reset(setup)
  await live(setup, null)
  const expected = await left(setup)
  const checkpoint = await readCheckpoint(setup.app.kernel.db, pbx, setup.journal.id)
  t.ok(checkpoint && checkpoint.place > 0)
  await live(setup, null)
  t.same(await left(setup), expected, 'from the checkpoint')
  await setup.app.kernel.db('ami.journals').delete()
  await live(setup, null)
  t.same(await left(setup), expected, 'from the beginning, as if nothing had been written')
})

test('history that is read anew shows what differs before anything is written', async t => {
  const setup = await floor(t, story)
  await reset(setup)
  await live(setup, null)
  const { db } = setup.app.kernel
  const { DATABASE_URL: before } = process.env
  process.env.DATABASE_URL = setup.url
  t.teardown(() => {
    if (before === undefined) delete process.env.DATABASE_URL
    else process.env.DATABASE_URL = before
  })
  const diff = async (...args: string[]) => {
    const io: Record<'out' | 'err', string[]> = { out: [], err: [] }
    const code = await runCommand([coreDomain(), ami()], ['replay', '--diff', ...args, setup.folder], {
      out: line => io.out.push(line),
      err: line => io.err.push(line)
    })
    return { code, shown: io.out.map(line => JSON.parse(line)), sum: io.err.at(-1) }
  }
  const rows = () => db('core.call_history').orderBy('id')
  const written = await rows()
  t.match(await diff(), {
    code: 0,
    shown: [],
    sum: /^same 3, different 0, written 0, without a row 0, .* 0$/
  })

  // As an interpreter of old would have written them: one is read otherwise now, another by a newer version alone.
  const old = { outcome: 'failed', talk_ms: 1, billable_ms: 1, interpreter_version: 0 }
  await db('core.call_history').where({ id: ownId }).update(old)
  await db('core.call_history').where({ direction: 'inbound' }).update({ interpreter_version: 0 })
  const stale = await rows()
  const { talk_ms: talkMs } = written.find(row => row.id === ownId)
  const changes = { outcome: { row: 'failed', now: 'answered' }, talkMs: { row: 1, now: talkMs } }
  t.match(await diff(), {
    code: 1,
    shown: [{ callId: ownId, changes }],
    sum: /^same 2, different 1, written 0/
  })
  t.same(await rows(), stale, 'to look changes nothing')

  t.match(await diff('--write'), { code: 0, shown: [{ callId: ownId }], sum: /different 1, written 1/ })
  t.same(
    (await rows()).find(row => row.id === ownId),
    { ...written.find(row => row.id === ownId), revision: 2 }
  )
  t.match(await diff(), { code: 0, shown: [] })
  const [last] = await db('core.outbox').where({ subject: ownId }).orderBy('id', 'desc').limit(1)
  t.match(
    last,
    { event: 'call.amended', data: { callId: ownId, talkMs, revision: 2 } },
    'and who listens learns of it'
  )

  await db('core.call_history').where({ id: ownId }).delete()
  t.match(
    await diff(),
    { code: 0, sum: /^same 2, .* without a row 1/ },
    'a row that is not there is not made'
  )
})

test('a fact that cannot be written is told and left out; the others of its batch are written', async t => {
  const setup = await floor(t, story)
  await reset(setup)
  const { db } = setup.app.kernel
  await db.raw(
    `alter table core.call_history add constraint refused check (direction <> 'inbound' or linkedid is null) not valid`
  )
  await live(setup, null)
  const { history } = await left(setup)
  t.same(
    history.map(row => row.id),
    [ownId]
  )
})

test('facts that are too many for one statement’s time are written in parts', async t => {
  const setup = await floor(t, story)
  await reset(setup)
  await live(setup, null)
  const expected = await left(setup)
  await reset(setup)
  const { kernel } = setup.app
  const ledger = kernel.extensions.one(callLedger)
  // How many come together is the machine's affair: while one is written, more than one is read.
  const most = 1
  let refused = 0
  const slow: CallLedger = {
    report: async (pbx, facts, within) => {
      if (facts.length <= most) return ledger.report(pbx, facts, within)
      refused++
      throw Object.assign(new Error('canceling statement due to statement timeout'), { code: '57014' })
    },
    openCalls: pbx => ledger.openCalls(pbx),
    openLegs: pbx => ledger.openLegs(pbx)
  }
  await live(setup, null, undefined, slow)
  t.ok(refused > 0, `refused ${refused} times`)
  t.same(await left(setup), expected)
})

test('a process struck down at any statement of a call it asks for, calls again and keeps the phone of, is mended by the next', async t => {
  const server = await mortalServer(t)
  let statement = 0
  for (; ; statement++) {
    const strike: Strike = { statement, struck: false }
    const answer = await server.live(strike)
    const mended = await server.mend()
    const name = `statement ${statement + 1}, asked ${mended.asked.length} times`
    t.match(mended, { calls: [], ports: [], legs: [], handCalls: [], agent: 'ready', uncounted: [] }, name)
    const { asked, rows } = mended
    const [row] = rows
    if (asked.length > 0) t.equal(rows.length, 1, `${name}: what rang has one row`)
    t.ok(rows.length <= 1, name)
    if (row) {
      const { outcome, end_quality: quality } = row
      const whole = { outcome: 'busy', quality: 'exact', legs: ['a1', 'a2', 'c1'] }
      const lost = { outcome: 'failed', quality: 'estimated', legs: asked.length > 0 ? ['a1'] : [] }
      t.same({ outcome, quality, legs: mended.rowLegs }, asked.length === 2 ? whole : lost, name)
      t.equal(mended.foreign, asked.length === 2 ? 1 : 0, `${name}: the call by hand`)
    }
    if (strike.struck) continue
    t.match({ answer, asked: asked.length }, { answer: 202, asked: 2 }, 'and one that lives does all of it')
    break
  }
  t.ok(statement > 30, `struck before each of ${statement} statements`)
})

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { connectDatabase, coreDomain, createApp, issueSession, migrate } from '@evscallpro/core'
import { startEmbeddedPostgres } from '@evscallpro/embedded-postgres'
import { matchesOne, quotas } from '@evscallpro/plugin-quotas'
import { loginAs, makeSite } from '@evscallpro/testing'
import t from 'tap'
import { FakePbx } from '../../core/test/working-day.ts'

t.setTimeout(600_000) // three servers and two databases start in it, on a machine that may do other things too

const contactCount = 240
const plugins = [coreDomain(), new FakePbx().plugin(), quotas()]

t.test(
  'kill -9 of the server and of PostgreSQL in the middle of calls and of edits: every contact once, every counter right, nothing left over',
  async t => {
    // A server of its own: this one is shot.
    const dataDir = await mkdtemp(join(tmpdir(), 'evs-crash-'))
    t.teardown(() => rm(dataDir, { recursive: true, force: true }))
    const first = await startEmbeddedPostgres({ dataDir })
    const { url } = first
    const { campaignId, supervisor, agents, limit } = await seed(url)
    const people = [supervisor, ...agents]

    const shift = startShift(t, url, campaignId, people)
    await granted(shift, 60)
    shift.kill('SIGKILL')
    await once(shift, 'exit')
    await check(url, campaignId, limit, 'after the server was shot')

    const second = startShift(t, url, campaignId, people)
    await granted(second, 40)
    process.kill(first.pid, 'SIGKILL')
    second.kill('SIGKILL')
    await once(second, 'exit')
    const restarted = await startEmbeddedPostgres({ dataDir })
    t.teardown(() => restarted.stop())
    await check(restarted.url, campaignId, limit, 'after PostgreSQL was shot')

    const last = startShift(t, restarted.url, campaignId, people)
    await once(last, 'exit')
    await check(restarted.url, campaignId, limit, 'at the end')
    const db = connectDatabase(restarted.url)
    try {
      const rules = await db('quotas.rules').where({ campaign_id: campaignId, state: 'active' }).orderBy('id')
      t.match(rules[0], { completed: limit, reserved: 0 }, 'the limit is reached exactly')
      t.ok(rules.length > 3, `${rules.length} rules at the end`)
      const left = await db('core.contacts')
        .where({ campaign_id: campaignId })
        .whereIn('status', [0, 1, 4, 5])
      const full = rules.filter(rule => rule.completed >= rule.limit)
      const eligible = left.filter(contact => !full.some(rule => matchesOne(rule, contact)))
      t.same(
        eligible,
        [],
        `of ${left.length} contacts that are left all meet one of ${full.length} full rules`
      )
      const talked = await db('core.call_history').whereNotNull('disposition_id').count('* as n')
      t.ok(Number(talked[0]!.n) > 10, 'calls were qualified')
      const { rows } = await db.raw(
        `select contact_id from core.handouts where end_reason = 'qualified' group by contact_id having count(*) > 1`
      )
      t.same(rows, [], 'no contact was worked twice')
    } finally {
      await db.destroy()
    }

    async function check(at: string, campaign: number, most: number, when: string): Promise<void> {
      const db = connectDatabase(at)
      try {
        const counters = await db.raw('select * from quotas.recount(?)', [campaign])
        const segments = await db.raw('select * from core.dispatch_audit(?)', [campaign])
        t.same([...counters.rows, ...segments.rows], [], `counters equal the recount ${when}`)
        const [rule] = await db('quotas.rules').where({ campaign_id: campaign }).orderBy('id')
        t.ok(
          rule.completed + rule.reserved <= most,
          `${rule.completed} + ${rule.reserved} of ${most} ${when}`
        )
        const { rows } = await db.raw(
          `select count(*)::int as n from core.contacts c where c.campaign_id = ? and c.status in (1, 5)
            and not exists (select 1 from core.handouts h where h.campaign_id = c.campaign_id and h.contact_id = c.id and h.ended_at is null)`,
          [campaign]
        )
        t.equal(rows[0].n, 0, `no contact is lost in nobody's hands ${when}`)
      } finally {
        await db.destroy()
      }
    }
  }
)

t.test('what an agent was told outlives kill -9 of PostgreSQL right after', async t => {
  const dataDir = await mkdtemp(join(tmpdir(), 'evs-crash-'))
  t.teardown(() => rm(dataDir, { recursive: true, force: true }))
  // Nobody else writes the log to the disk in time.
  const settings = { wal_writer_delay: '10s', wal_writer_flush_after: '0' }
  let server = await startEmbeddedPostgres({ dataDir, settings })
  const { campaignId, agents } = await seed(server.url)
  for (const step of ['handed out', 'ended']) {
    const db = connectDatabase(server.url)
    const app = await createApp({ db, plugins, logger: false })
    await app.ready()
    const { token } = await issueSession(app.kernel, agents[0]!, '127.0.0.1')
    const ask = async (method: 'PUT' | 'POST', path: string, payload: object) => {
      const headers = { authorization: `Bearer ${token}` }
      const answer = await app.inject({ method, url: `/api${path}`, headers, payload })
      if (answer.statusCode >= 300) throw new Error(answer.body)
      return answer.json<{ handout: { id: number } }>()
    }
    await ask('PUT', '/agent/session', {})
    const { handout } = await ask('POST', '/handouts', { campaignId })
    if (step === 'ended') {
      const [disposition] = await db('core.dispositions').whereNotNull('set_id').orderBy('id')
      await ask('POST', `/handouts/${handout.id}/finalise`, {
        qualification: { dispositionId: disposition.id }
      })
    }
    process.kill(server.pid, 'SIGKILL')
    await app.close().catch(() => {})
    await db.destroy()
    server = await startEmbeddedPostgres({ dataDir, settings })
    const after = connectDatabase(server.url)
    const row = await after('core.handouts').where({ id: handout.id }).first()
    await after.destroy()
    t.equal(row && (row.ended_at ? 'ended' : 'handed out'), step)
  }
  await server.stop()
})

interface Seeded {
  readonly campaignId: number
  readonly supervisor: number
  readonly agents: readonly number[]
  readonly limit: number
}

async function seed(url: string): Promise<Seeded> {
  const limit = 15
  const db = connectDatabase(url)
  await migrate(db, plugins)
  const app = await createApp({ db, plugins, logger: false })
  try {
    await app.ready()
    const { headers, userId: supervisor } = await loginAs(app, 'admin')
    const siteId = await makeSite(app, { trunks: ['trunk-a'], caller_id: '+33199000001' })
    const post = async (path: string, payload: object, method: 'POST' | 'PUT' = 'POST') => {
      const response = await app.inject({ method, url: `/api${path}`, headers, payload })
      if (response.statusCode >= 300) throw new Error(response.body)
      return response.json<{ id: number }>()
    }
    const set = await post('/disposition-sets', { name: 'Standard' })
    for (const [code, positive] of [
      ['sale', true],
      ['refusal', false]
    ] as const)
      await post(`/disposition-sets/${set.id}/dispositions`, { code, labelFr: code, labelEn: code, positive })
    const { id: campaignId } = await post('/campaigns', {
      ...{ name: 'Crash', dialMode: 'preview', country: 'FR', timeZone: 'Europe/Paris' },
      dispositionSetId: set.id
    })
    const rules = [
      { field: 'city', operator: 'equals', value: 'Dijon', limit },
      { field: 'postal_code', operator: 'starts_with', value: '21', limit: 60 },
      { field: 'city', operator: 'equals', value: 'Dole', limit: 20, mode: 'soft' }
    ]
    await post(`/quotas/campaigns/${campaignId}/rules/import`, { rules })
    const contacts = Array.from({ length: contactCount }, (_, i) => ({
      phones: [`+331990${10_000 + i}`],
      city: i % 2 ? 'Dijon' : 'Dole',
      postalCode: i % 4 ? '21000' : '39100',
      lastName: String(i % 12)
    }))
    await post(`/campaigns/${campaignId}/contacts`, { contacts })
    const agents: number[] = []
    for (let i = 0; i < 12; i++)
      agents.push((await loginAs(app, 'agent', { siteId, extension: String(3000 + i) })).userId)
    await post(`/campaigns/${campaignId}/agents`, { agentIds: agents }, 'PUT')
    return { campaignId, supervisor, agents, limit }
  } finally {
    await app.close()
    await db.destroy()
  }
}

function startShift(t: Tap, url: string, campaignId: number, people: readonly number[]): ChildProcess {
  const script = fileURLToPath(new URL('fixtures/shift.ts', import.meta.url))
  const child = spawn(
    process.execPath,
    [
      '--import=#typescript',
      '--conditions=@evscallpro/source',
      script,
      url,
      String(campaignId),
      ...people.map(String)
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] }
  )
  t.teardown(() => child.kill('SIGKILL'))
  return child
}

interface Tap {
  teardown(end: () => unknown): void
}

/** Until the shift has handed out so many contacts. */
async function granted(shift: ChildProcess, count: number): Promise<void> {
  let n = 0
  for await (const line of createInterface(shift.stdout!))
    if (line.startsWith('granted') && ++n === count) return
  throw new Error(`the shift ended after ${n} hand-outs`)
}

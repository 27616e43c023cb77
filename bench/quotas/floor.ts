import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectDatabase, coreDomain, createApp, migrate, type PluginScope } from '@evscallpro/core'
import { startEmbeddedPostgres } from '@evscallpro/embedded-postgres'
import { quotas } from '@evscallpro/plugin-quotas'
import { makeUser } from '@evscallpro/testing'
import { addContacts } from '../../packages/core/src/domain/contact/contacts.ts'
import { Dispatcher } from '../../packages/core/src/domain/dispatch/dispatcher.ts'
import { type BenchRule, contacts } from './workload.ts'

export interface Floor {
  readonly app: PluginScope
  /** For another process on the same database. */
  readonly url: string
  readonly dispatcher: Dispatcher
  readonly agents: readonly number[]
  /**
   * Makes a campaign with rules first and contacts then, so that the import classifies; returns its id and times. Nothing is
   * vacuumed or analysed here: agents begin right after the import.
   */
  campaign(rules: readonly BenchRule[], contactCount: number, bits?: boolean): Promise<Campaign>
  close(): Promise<void>
}

export interface Campaign {
  readonly id: number
  readonly contacts: number
  readonly rules: number
  readonly segments: number
  readonly importMs: number
}

const batch = 10_000

/** A server on a database of its own: DATABASE_URL's, or an embedded one on disk with fsync, as in production. */
export async function openFloor(agentCount: number): Promise<Floor> {
  const given = process.env.DATABASE_URL
  const dataDir = given ? null : await mkdtemp(join(process.env.EVS_BENCH_DIR ?? tmpdir(), 'evs-quotabench-'))
  const server = dataDir ? await startEmbeddedPostgres({ dataDir }) : null
  const db = connectDatabase(given ?? server!.url, { statementTimeoutMs: 600_000 })
  const plugins = [coreDomain(), quotas()]
  await migrate(db, plugins)
  const app = await createApp({ db, plugins, logger: { level: 'error', stream: process.stderr } })
  await app.ready()
  const { kernel } = app
  const dispatcher = new Dispatcher(kernel)
  const agents: number[] = []
  for (let i = 0; i < agentCount; i++) {
    const { id } = await makeUser(app)
    agents.push(id)
    const [session] = await db('core.agent_sessions')
      .insert({ agent_id: id, station: 'extension', logged_in_at: kernel.clock.now() })
      .returning('id')
    await db('core.agent_states').insert({
      agent_id: id,
      session_id: session.id,
      state: 'ready',
      cause: 'logged_in',
      since: kernel.clock.now(),
      revision: 1
    })
  }
  return {
    app,
    url: given ?? server!.url,
    agents,
    dispatcher,
    async campaign(rules, contactCount, bits = false) {
      const [{ id }] = await db('core.campaigns')
        .insert({ name: kernel.newId(), dial_mode: 'preview', time_zone: 'Europe/Paris', country: 'FR' })
        .returning('id')
      await makeRules(app, id, rules)
      const started = performance.now()
      const source = contacts(contactCount, 1, bits)
      const readBatch = () => Array.from({ length: batch }, () => source.next().value ?? []).flat()
      // Two batches at a time: one is classified here while the other is written there.
      const work = async (): Promise<void> => {
        for (let some = readBatch(); some.length > 0; some = readBatch()) await addContacts(kernel, id, some)
      }
      await Promise.all([work(), work()])
      const importMs = performance.now() - started
      const { rows } = await db.raw('select count(*)::int as n from core.segments where campaign_id = ?', [
        id
      ])
      return { id, contacts: contactCount, rules: rules.length, segments: rows[0].n, importMs }
    },
    async close() {
      await dispatcher.close()
      await app.close()
      await db.destroy()
      await server?.stop()
      if (dataDir) await rm(dataDir, { recursive: true, force: true })
    }
  }
}

async function makeRules(app: PluginScope, campaignId: number, rules: readonly BenchRule[]): Promise<void> {
  const { RuleBook } = await import('../../packages/plugin-quotas/src/rule-book.ts')
  await new RuleBook(app.kernel, () => {}).add(campaignId, rules)
  // There are no contacts yet: the background job of the server finds nothing to do within a second.
  const { db } = app.kernel
  while (
    await db('quotas.campaigns')
      .where({ campaign_id: campaignId })
      .whereNotNull('pass_after')
      .first('campaign_id')
  )
    await sleep(50)
}

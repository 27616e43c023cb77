import {
  type Clock,
  connectDatabase,
  createApp,
  type LogOptions,
  migrate,
  migrationKey,
  type Plugin,
  type PluginScope,
  withDomain
} from '@evscallpro/core'
import type { Knex } from 'knex'
import { freshDatabase } from './fresh-database.ts'

/** What a test framework gives us: tap's `t`, or anything that runs functions when the test is over. */
export interface Teardown {
  teardown(end: () => unknown): void
}

export interface TestAppOptions {
  /** Besides the domain; a configured `coreDomain(…)` may be among them. */
  readonly plugins?: readonly Plugin[]
  readonly clock?: Clock
  /** Default: silent. */
  readonly logger?: LogOptions
}

export interface TestApp {
  readonly app: PluginScope
  readonly db: Knex
  /** Of the test's own database, for a second application on it. */
  readonly url: string
}

/**
 * A ready application on a database of its own, migrated for `plugins`; both are gone when the test is over.
 * The first call for a set of migrations makes a template, later ones copy it.
 */
export async function buildTestApp(t: Teardown, options: TestAppOptions = {}): Promise<TestApp> {
  const { clock, logger = false } = options
  const plugins = withDomain(options.plugins ?? [])
  const { url } = await freshDatabase(t, {
    key: await migrationKey(plugins),
    migrate: async db => {
      await migrate(db, plugins)
    }
  })
  const db = connectDatabase(url)
  t.teardown(() => db.destroy())
  const app = await createApp({ db, plugins, logger, ...(clock && { clock }) })
  t.teardown(() => app.close())
  await app.ready()
  return { app, db, url }
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  connectDatabase,
  coreDomain,
  createApp,
  definePlugin,
  migrate,
  type PluginScope,
  withDomain
} from '@evscallpro/core'
import { startEmbeddedPostgres } from '@evscallpro/embedded-postgres'
import { journals } from '../../packages/plugin-ami/src/migration.ts'
import { benchCallId } from './call-stream.ts'

const tables = definePlugin({
  name: 'ami',
  version: '0.1.0',
  migrations: { '0001-journals': journals },
  setup() {}
})

export interface BenchDatabase {
  readonly app: PluginScope
  /** A folder of this run, gone with it. */
  readonly folder: string
  close(): Promise<void>
}

/** A database server of its own (embedded, with its usual durability), migrated, and the domain on it. */
export async function benchDatabase(): Promise<BenchDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'evs-bench-'))
  const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') })
  const plugins = withDomain([coreDomain(), tables()])
  const db = connectDatabase(postgres.url)
  await migrate(db, plugins)
  const app = await createApp({ db, plugins, logger: false })
  await app.ready()
  return {
    app,
    folder,
    async close() {
      await app.close()
      await db.destroy()
      await postgres.stop()
      await rm(folder, { recursive: true, force: true })
    }
  }
}

/** Writes the rows of calls that are asked for, as before they are sent to the PBX. */
export async function requestCalls(
  app: PluginScope,
  pbx: string,
  from: number,
  count: number
): Promise<void> {
  await app.kernel.db.raw(
    `insert into core.calls (id, campaign_id, direction, number, station, pbx, requested_at)
     select id, 0, 'outbound', '+33199001000', 'extension', ?, now() from unnest(?::uuid[]) as id`,
    [pbx, Array.from({ length: count }, (_, i) => benchCallId(from + i))]
  )
}

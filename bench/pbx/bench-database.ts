import { readdirSync, readFileSync } from 'node:fs'
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

/** Processor time since the start, ms: of this process, and of the database server with all that it started (Linux; else null). */
export interface ProcessorTime {
  readonly node: number
  readonly database: number | null
}

export interface BenchDatabase {
  readonly app: PluginScope
  /** A folder of this run, gone with it. */
  readonly folder: string
  processorTime(): ProcessorTime
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
    processorTime() {
      const { user, system } = process.cpuUsage()
      return { node: (user + system) / 1_000, database: timeOfServer(join(folder, 'postgres')) }
    },
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

const ticksPerSecond = 100

/** Of the postmaster, its children that live, and those that have ended. */
function timeOfServer(dataDir: string): number | null {
  try {
    const pidFile = readdirSync(dataDir, { recursive: true }).find(file =>
      String(file).endsWith('postmaster.pid')
    )
    const postmaster = readFileSync(join(dataDir, String(pidFile)), 'utf8').split('\n')[0]
    let ticks = 0
    for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
      const stat = readStat(pid)
      if (!stat) continue
      const [, parent] = stat
      if (pid === postmaster)
        ticks += Number(stat[11]) + Number(stat[12]) + Number(stat[13]) + Number(stat[14])
      else if (parent === postmaster) ticks += Number(stat[11]) + Number(stat[12])
    }
    return (ticks * 1_000) / ticksPerSecond
  } catch {
    return null // no /proc: not Linux
  }
}

/** Fields of proc_pid_stat(5) from the third (state) on; undefined when the process has ended meanwhile. */
function readStat(pid: string): string[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')
  } catch {
    return undefined
  }
}

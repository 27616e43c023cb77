// npm run bench history -- [--rows 5000000] [--times 40] [--only TEXT] [--json] [--check] [--data DIR]
// Every search of the call history through the API, on calls of twelve months in the embedded server, as users have it.

import { mkdtemp, rm } from 'node:fs/promises'
import { get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import {
  connectDatabase,
  coreDomain,
  createApp,
  migrate,
  type PluginScope,
  runCommand,
  withDomain
} from '@evscallpro/core'
import { startEmbeddedPostgres } from '@evscallpro/embedded-postgres'
import { loginAs } from '@evscallpro/testing'
import { fillHistory, readWorld } from './history/data.ts'
import { searches } from './history/searches.ts'

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '5000000' },
    times: { type: 'string', default: '40' },
    /** Only searches with this text in their name; no recount and no export then. */
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    /** Folder that is filled the first time and kept; without it a temporary one. */
    data: { type: 'string' }
  }
})
const rows = Number(options.rows)
const times = Number(options.times)
/** What every search has to keep, whatever the number of rows. */
const limitMs = 200
/** An export may not hold its rows: so much memory, in MB, for any number of them. */
const limitMb = 150

const say = (line: string): void => {
  if (!options.json) console.log(line)
}

interface Figure {
  readonly name: string
  readonly p50: number
  readonly p95: number
  readonly max: number
}

/** For filling only: what is lost in a crash is filled again. */
const loading = {
  fsync: 'off',
  synchronous_commit: 'off',
  shared_buffers: '1GB',
  max_wal_size: '16GB',
  maintenance_work_mem: '512MB'
}
const plugins = withDomain([coreDomain()])

const dataDir = options.data ?? (await mkdtemp(join(tmpdir(), 'evs-bench-history-')))
try {
  await onServer(loading, fill)
  process.exitCode = await onServer({}, run)
} finally {
  if (options.data === undefined) await rm(dataDir, { recursive: true })
}

async function onServer<T>(settings: Record<string, string>, work: (url: string) => Promise<T>): Promise<T> {
  const server = await startEmbeddedPostgres({ dataDir, settings })
  try {
    return await work(server.url)
  } finally {
    await server.stop()
  }
}

async function fill(url: string): Promise<void> {
  const db = connectDatabase(url, { statementTimeoutMs: 3_600_000 })
  try {
    await migrate(db, plugins)
    await fillHistory(db, rows, say)
  } finally {
    await db.destroy()
  }
}

async function run(url: string): Promise<number> {
  const db = connectDatabase(url, { statementTimeoutMs: 3_600_000 })
  let app: PluginScope | undefined
  try {
    process.env.DATABASE_URL = url
    const begun = performance.now()
    if (options.only === undefined) {
      const code = await runCommand(plugins, ['recount-stats'], { out: say, err: console.error })
      if (code !== 0) return code
    }
    const recountMs = Math.round(performance.now() - begun)
    await db.raw('vacuum analyze core.call_stats, core.call_day_stats')
    const world = await readWorld(db)
    app = await createApp({ databaseUrl: url, plugins, logger: false })
    const { headers } = await loginAs(app, 'supervisor')
    const figures: Figure[] = []
    for (const search of searches(world, Date.now())) {
      if (options.only !== undefined && !search.name.includes(options.only)) continue
      const figure = await measure(app, headers, search.name, search.query)
      figures.push(figure)
      say(
        `${figure.name.padEnd(46)} p50 ${figure.p50.toFixed(1).padStart(7)}  p95 ${figure.p95.toFixed(1).padStart(7)}  max ${figure.max.toFixed(1).padStart(7)} ms`
      )
    }
    if (options.only !== undefined) return options.check ? check(figures, 0) : 0
    const exported = await measureExport(app, headers)
    const { rows: sizes } = await db.raw(
      `select sum(pg_relation_size(relid))::bigint / 1048576 as heap_mb, sum(pg_indexes_size(relid))::bigint / 1048576 as index_mb
         from pg_partition_tree('core.call_history') where isleaf`
    )
    const result = {
      rows,
      times,
      recountMs,
      heapMb: sizes[0].heap_mb,
      indexMb: sizes[0].index_mb,
      export: exported,
      searches: figures
    }
    if (options.json) console.log(JSON.stringify(result))
    else {
      say(
        `export: ${exported.rows} rows in ${exported.seconds} s (${exported.rowsPerSecond}/s), memory +${exported.memoryMb} MB`
      )
      say(`recount: ${recountMs} ms; table ${result.heapMb} MB, indexes ${result.indexMb} MB`)
    }
    return options.check ? check(figures, exported.memoryMb) : 0
  } finally {
    await app?.close()
    await db.destroy()
  }
}

function check(figures: readonly Figure[], memoryMb: number): number {
  const slow = figures
    .filter(({ p95 }) => p95 > limitMs)
    .map(({ name, p95 }) => `${name}: p95 ${p95.toFixed(0)} ms`)
  if (memoryMb > limitMb) slow.push(`the export held ${memoryMb} MB`)
  for (const sentence of slow) console.error(`too much: ${sentence}`)
  return slow.length > 0 ? 1 : 0
}

/** Requests with changing values, the same in each run; the first two warm up. */
async function measure(
  app: PluginScope,
  headers: Readonly<Record<string, string>>,
  name: string,
  query: (random: () => number) => string
): Promise<Figure> {
  const random = generator(42)
  const taken: number[] = []
  for (let i = 0; i < times + 2; i++) {
    const url = query(random)
    const begun = performance.now()
    const response = await app.inject({ url, headers })
    const ms = performance.now() - begun
    if (response.statusCode !== 200) throw new Error(`${name}: ${response.statusCode} ${response.body}`)
    if (i >= 2) taken.push(ms)
  }
  taken.sort((a, b) => a - b)
  const at = (share: number): number => taken[Math.min(taken.length - 1, Math.floor(share * taken.length))]!
  return { name, p50: at(0.5), p95: at(0.95), max: taken.at(-1)! }
}

/** Reads an export of up to a fifth of the rows over a real socket, and watches the memory. */
async function measureExport(app: PluginScope, headers: Readonly<Record<string, string>>) {
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo // listens on TCP
  const from = new Date(Date.now() - 110 * 86_400_000).toISOString()
  const order = await app.inject({
    method: 'POST',
    url: '/api/call-history/exports',
    headers,
    payload: { filter: { from } }
  })
  const { file } = order.json<{ file: string }>()
  const before = process.memoryUsage().rss
  let peak = before
  const begun = performance.now()
  const bytes = await new Promise<number>((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: file, headers }, answer => {
      let size = 0
      answer.on('data', (chunk: Buffer) => {
        size += chunk.length
        peak = Math.max(peak, process.memoryUsage.rss())
      })
      answer.on('end', () => resolve(size))
      answer.on('error', reject)
    }).on('error', reject)
  })
  const seconds = (performance.now() - begun) / 1_000
  const done = await app.inject({ url: file.replace(/\/file$/, ''), headers })
  const { rowsWritten } = done.json<{ rowsWritten: number }>()
  return {
    rows: rowsWritten,
    megabytes: Math.round(bytes / 1e6),
    seconds: Number(seconds.toFixed(1)),
    rowsPerSecond: Math.round(rowsWritten / seconds),
    memoryMb: Math.round((peak - before) / 1_048_576)
  }
}

/** A small seeded generator (mulberry32). */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

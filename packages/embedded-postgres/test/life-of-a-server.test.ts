import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type EmbeddedPostgresError, startEmbeddedPostgres } from '@evscallpro/embedded-postgres'
import knex from 'knex'
import t from 'tap'
import { connect, folder, launch, ownerOf, server } from './fixtures.ts'

t.setTimeout(300_000) // the foreign programs need it on a busy machine

/** One cluster for all that do not need an empty place: making it is the slow part. */
const dataDir = join(folder(t), 'postgres')

t.test('a first start makes a server that pg and knex reach by its URL and nobody by TCP', async t => {
  const steps: string[] = []
  const running = await server(t, {
    dataDir,
    settings: { work_mem: '5MB', application_name: "it's \\ quoted" },
    onProgress: step => steps.push(step)
  })
  t.match(running.version, /^17\.\d+/)
  t.equal(running.attached, false)
  t.strictSame(steps, ['Creating the database cluster', 'Starting PostgreSQL', 'PostgreSQL is ready'])
  const client = await connect(t, running.url)
  const { rows } = await client.query(`select current_database() as database, current_user as user,
    current_setting('listen_addresses') as tcp, current_setting('work_mem') as work_mem,
    current_setting('max_connections') as connections, current_setting('shared_buffers') as buffers,
    current_setting('backend_flush_after') as flush_after,
    current_setting('fsync') as fsync, current_setting('server_encoding') as encoding,
    (select reset_val from pg_settings where name = 'application_name') as quoted`)
  t.strictSame(rows[0], {
    database: 'evscallpro',
    user: 'app',
    tcp: '',
    work_mem: '5MB',
    connections: '50',
    buffers: '64MB',
    flush_after: '1MB',
    fsync: 'on',
    encoding: 'UTF8',
    quoted: "it's \\ quoted"
  })
  const db = knex({ client: 'pg', connection: running.url })
  t.teardown(() => db.destroy())
  const sleeps = await Promise.all(
    [1, 2, 3].map(() => db.raw('select pg_backend_pid() as pid, pg_sleep(0.05)'))
  )
  t.equal(new Set(sleeps.map(result => result.rows[0].pid)).size, 3, 'sessions of their own')
})

t.test('errors of statements stay out of the log, as they quote what users typed', async t => {
  const running = await server(t, { dataDir })
  const client = await connect(t, running.url)
  await t.rejects(client.query("select '+33000'::date"), { code: '22009' })
  await client.query(
    'create temp table numbers (phone text primary key); insert into numbers values ($$+33000$$)'
  )
  await t.rejects(client.query('insert into numbers values ($1)', ['+33000']), { code: '23505' })
  const log = readFileSync(join(running.dataDir, 'server.log'), 'utf8')
  t.match(log, /ready to accept connections/)
  t.notMatch(log, /33000/)
})

t.test('a second start attaches, adds its database, and its stop stops the server for both', async t => {
  const first = await server(t, { dataDir })
  const second = await startEmbeddedPostgres({ dataDir, database: 'second' })
  t.equal(second.attached, true)
  t.equal(second.pid, first.pid)
  await first.createDatabase('third')
  await first.createDatabase('third')
  const client = await connect(t, second.url)
  const { rows } = await client.query('select datname from pg_database where not datistemplate order by 1')
  t.strictSame(
    rows.map(row => row.datname),
    ['evscallpro', 'postgres', 'second', 'third']
  )
  await second.stop()
  await t.rejects(connect(t, first.url), { code: 'ENOENT' })
  await first.stop()
})

t.test('what was written is there after a stop and a start', async t => {
  const before = await server(t, { dataDir })
  const writer = await connect(t, before.url)
  await writer.query('create table kept as select 42 as answer')
  await before.stop()
  const after = await server(t, { dataDir })
  t.equal(after.attached, false)
  const reader = await connect(t, after.url)
  t.strictSame((await reader.query('select answer from kept')).rows, [{ answer: 42 }])
})

t.test('a launcher killed hard leaves the server up, and the next start attaches to it', async t => {
  const { child, said } = await launch(t, { dataDir })
  const client = await connect(t, said.url)
  child.kill('SIGKILL')
  await once(child, 'exit')
  t.strictSame((await client.query('select 1 as one')).rows, [{ one: 1 }])
  const next = await server(t, { dataDir })
  t.equal(next.attached, true)
  t.equal(next.pid, said.pid)
})

t.test('a server killed hard while it writes comes back at once with every committed row', async t => {
  let running = await server(t, { dataDir })
  const first = await connect(t, running.url)
  await first.query('create table if not exists rows (n int primary key)')
  let committed = 0
  for (let round = 1; round <= 3; round++) {
    const client = await connect(t, running.url)
    const target = round * 100
    for (;;) {
      try {
        await client.query('insert into rows values ($1)', [committed + 1])
        committed++
      } catch (error) {
        t.ok(error instanceof Error, 'the writer is cut off')
        break
      }
      if (committed === target) process.kill(running.pid, 'SIGKILL')
    }
    running = await server(t, { dataDir })
    t.equal(running.attached, false)
    const reader = await connect(t, running.url)
    const { rows } = await reader.query('select count(*)::int as kept, max(n) as last from rows')
    t.ok(rows[0].kept >= committed, `${rows[0].kept} of ${committed} committed rows are there`)
    t.equal(rows[0].kept, rows[0].last, 'without a gap')
    committed = rows[0].kept // one may have been committed without our hearing of it
  }
})

t.test(
  'a lock file left behind does not stop a start when its number belongs to another process now',
  async t => {
    const before = await server(t, { dataDir })
    const lock = readFileSync(join(before.dataDir, 'postmaster.pid'), 'utf8')
    await before.stop()
    // Of the server's own user, else PostgreSQL itself would see that it cannot be the server.
    const stranger = spawn('sleep', ['600'], { ...ownerOf(before.dataDir), stdio: 'ignore' })
    t.teardown(() => stranger.kill('SIGKILL'))
    await once(stranger, 'spawn')
    leaveLockFiles(before.dataDir, lock, Number(stranger.pid))
    const after = await server(t, { dataDir })
    t.equal(after.attached, false)
    t.not(after.pid, stranger.pid)
    t.equal(stranger.exitCode, null, 'the other process was left alone')
  }
)

t.test('a killed server that its container does not wait for (a zombie) does not stop a start', async t => {
  const before = await server(t, { dataDir })
  const lock = readFileSync(join(before.dataDir, 'postmaster.pid'), 'utf8')
  await before.stop()
  const place = folder(t)
  copyFileSync('/bin/true', join(place, 'postgres'))
  // The shell starts a child of that name and becomes a program that never waits for it.
  const parent = spawn('/bin/sh', ['-c', './postgres & echo $!; exec sleep 600'], {
    ...ownerOf(before.dataDir),
    cwd: place,
    stdio: ['ignore', 'pipe', 'ignore']
  })
  t.teardown(() => parent.kill('SIGKILL'))
  const [zombie] = await once(createInterface(parent.stdout), 'line')
  leaveLockFiles(before.dataDir, lock, Number(zombie))
  const after = await server(t, { dataDir })
  t.equal(after.attached, false)
})

t.test('of several starts at once one makes the server and the others attach', async t => {
  const dataDir = join(folder(t), 'postgres')
  const launched = await Promise.all([launch(t, { dataDir }), launch(t, { dataDir }), launch(t, { dataDir })])
  const running = await server(t, { dataDir })
  t.strictSame(
    launched.map(({ said }) => said.pid),
    [running.pid, running.pid, running.pid]
  )
  t.equal(launched.filter(({ said }) => said.attached === false).length, 1)
})

t.test('a server that does not answer is named at a start, and one that does not stop at a stop', async t => {
  const running = await server(t, { dataDir })
  process.kill(running.pid, 'SIGSTOP')
  t.teardown(() => process.kill(running.pid, 'SIGCONT')) // runs before the server's own teardown
  const start = startEmbeddedPostgres({ dataDir, timeoutMs: 300 })
  await t.rejects(start, {
    code: 'EMBEDDED_POSTGRES_START_TIMEOUT',
    message: new RegExp(`pid ${running.pid}`)
  })
  const failure = await running.stop({ timeoutMs: 1 }).catch((error: EmbeddedPostgresError) => error)
  t.match(failure, { code: 'EMBEDDED_POSTGRES_STOP_FAILED', message: /did not stop within 1 ms/ })
})

function leaveLockFiles(cluster: string, lock: string, pid: number): void {
  writeFileSync(join(cluster, 'postmaster.pid'), lock.replace(/^\d+/, String(pid)))
  writeFileSync(join(cluster, '.s.PGSQL.5432.lock'), `${pid}\n`)
}

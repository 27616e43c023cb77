import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freshDatabase, withTestServer } from '@evscallpro/testing'
import type { Knex } from 'knex'
import t, { type Test } from 'tap'
import { type Apart, apart, connect, holder, until } from './fixtures.ts'

t.setTimeout(300_000) // the first test of a machine makes the server

/** Content that no other run has migrated. */
const key = randomUUID()
let migrations = 0
const migrate = async (db: Knex) => {
  migrations++
  await db.schema.createTable('contacts', table => table.increments('id'))
  await db('contacts').insert({})
}

const names = async (url: string, prefix: string): Promise<string[]> => {
  const client = await connect(url)
  const { rows } = await client.query('select datname from pg_database where starts_with(datname, $1)', [
    prefix
  ])
  await client.end()
  return rows.map(row => row.datname)
}
const nameOf = (url: string) => new URL(url).pathname.slice(1)

t.test('each test has a database of its own, migrated once for all, with a pool of ten', async t => {
  const first = await freshDatabase(t, { key, migrate })
  const second = await freshDatabase(t, { key, migrate })
  t.equal(migrations, 1)
  await first.db('contacts').insert({})
  t.strictSame(await second.db('contacts').count({ n: '*' }), [{ n: '1' }])
  const { rows } = await first.db.raw('select current_database() as name')
  t.equal(rows[0].name, nameOf(first.url))
  const sessions = await Promise.all(
    Array.from({ length: 10 }, () => first.db.raw('select pg_backend_pid() as pid, pg_sleep(0.2)'))
  )
  t.equal(new Set(sessions.map(result => result.rows[0].pid)).size, 10)
})

t.test('a database is dropped with its test, also when sessions are still open', async t => {
  let url = ''
  let left: Awaited<ReturnType<typeof connect>> | undefined
  await t.test('inner', async (t: Test) => {
    url = (await freshDatabase(t, { key, migrate })).url
    left = await connect(url)
  })
  await left?.end().catch(() => {})
  const { url: other } = await freshDatabase(t, { key, migrate })
  t.notOk((await names(other, 'evs_test_')).includes(nameOf(url)))
  t.equal(migrations, 1)
})

t.test('several processes at once migrate once between them', async t => {
  const shared = randomUUID()
  const holders = await Promise.all([holder(t, shared), holder(t, shared), holder(t, shared)])
  t.equal(
    holders.reduce((sum, { said }) => sum + said.migrations, 0),
    1
  )
  t.equal(new Set(holders.map(({ said }) => said.url)).size, 3)
  await Promise.all(holders.map(({ leave }) => leave()))
})

t.test(
  'the database of a killed process is cleared away by the next test, that of a living one is not',
  async t => {
    const killed = await holder(t, key)
    const living = await holder(t, key)
    killed.child.kill('SIGKILL')
    await once(killed.child, 'exit')
    await until(async () => {
      await t.test('the next', async t => void (await freshDatabase(t, { key, migrate })))
      return !(await names(living.said.url, 'evs_test_')).includes(nameOf(killed.said.url))
    })
    t.ok((await names(living.said.url, 'evs_test_')).includes(nameOf(living.said.url)))
    await living.leave()
  }
)

t.test('a migration that fails is told and leaves no template behind', async t => {
  const failing = randomUUID()
  const broken = async (db: Knex) => {
    await db.schema.createTable('half', table => table.increments('id'))
    throw new Error('migration 2 is broken')
  }
  await t.rejects(freshDatabase(t, { key: failing, migrate: broken }), { message: 'migration 2 is broken' })
  const mended = await freshDatabase(t, { key: failing, migrate })
  t.equal(await mended.db.schema.hasTable('half'), false)
  t.equal(await mended.db.schema.hasTable('contacts'), true)
})

t.test('a role that may not create databases is told how to mend it', async t => {
  const { db, url } = await freshDatabase(t, { key, migrate })
  const role = `evs_role_${randomUUID().slice(0, 8)}`
  await db.raw(`create role ${role} login password 'not secret'`)
  t.teardown(async () => {
    const client = await connect(url)
    await client.query(`drop role ${role}`)
    await client.end()
  })
  const as = new URL(url)
  if (as.hostname === '') as.searchParams.set('user', role)
  else Object.assign(as, { username: role, password: 'not secret' })
  const { said } = await holder(t, key, { DATABASE_URL: as.href })
  t.match(said.message, new RegExp(`may not create databases.*alter role "${role}" createdb`))
})

t.test(
  'the server stops by itself when its last user has left, killed or not, and keeps its templates',
  async t => {
    const { env, isUp } = apart(t)
    const first = await holder(t, key, env)
    const second = await holder(t, key, env)
    t.strictSame([first.said.migrations, second.said.migrations], [1, 0])
    await first.leave()
    second.child.kill('SIGKILL')
    await once(second.child, 'exit')
    t.equal(await isUp(), true, 'for a while, so that the next file finds it')
    await until(async () => !(await isUp()))
    const third = await holder(t, key, env)
    t.equal(third.said.migrations, 0)
    workIn(t, env)
    await withTestServer(third.leave)
    t.equal(await isUp(), false)
  }
)

t.test('a runner stops the server at its end, unless somebody else uses it', async t => {
  const { env, isUp } = apart(t)
  workIn(t, env)
  const guest = await withTestServer(async server => {
    t.equal(server.embedded, true)
    return holder(t, key, env)
  })
  t.equal(await isUp(), true)
  await withTestServer(guest.leave)
  t.equal(await isUp(), false)
})

t.test('a damaged test server is told to be removed', async t => {
  const { env } = apart(t)
  workIn(t, env)
  await writeFile(join(env.EVS_TEST_SERVER_DIR, 'letter.txt'), 'Dear')
  const mend = new RegExp(`remove ${env.EVS_TEST_SERVER_DIR} and run again`)
  await t.rejects(freshDatabase(t, { key, migrate }), { message: mend })
})

t.test('only the templates used last are kept', async t => {
  workIn(t, apart(t).env) // others' templates on the common server are none of our business
  await withTestServer(async server => {
    for (let n = 0; n < 7; n++) {
      await t.test(`template ${n}`, async t => void (await freshDatabase(t, { key: `${n}`, migrate })))
    }
    const before = migrations
    await t.test('the newest', async t => void (await freshDatabase(t, { key: '6', migrate })))
    t.equal(migrations, before)
    t.equal((await names(server.url, 'evs_base_')).length, 6)
    await t.test('the oldest', async t => void (await freshDatabase(t, { key: '0', migrate })))
    t.equal(migrations, before + 1)
  })
})

/** Lets this very process find another server for one test. */
function workIn(t: Test, env: Apart): void {
  const { EVS_TEST_SERVER_DIR, DATABASE_URL } = process.env
  t.teardown(() => {
    for (const [name, value] of Object.entries({ EVS_TEST_SERVER_DIR, DATABASE_URL })) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  })
  Object.assign(process.env, env)
}

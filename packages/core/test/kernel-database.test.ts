import { buildTestApp, fakeClock, freshDatabase, type Teardown } from '@evscallpro/testing'
import knex, { type Knex } from 'knex'
import t from 'tap'
import { Type } from 'typebox'
import {
  checkServer,
  connectDatabase,
  createKernelApp,
  defineEvent,
  definePlugin,
  type Migration,
  migrate,
  migrationKey,
  pendingMigrations,
  toColumns,
  toWire
} from '../src/index.ts'
import { refuseVersion } from '../src/kernel/database.ts'
import { idGenerator } from '../src/kernel/ids.ts'

/** A database of its own, without any of our schemas. */
async function emptyDatabase(t: Teardown): Promise<{ db: Knex; url: string }> {
  const { url } = await freshDatabase(t, { key: 'empty', migrate: async () => {} })
  const db = connectDatabase(url)
  t.teardown(() => db.destroy())
  return { db, url }
}

const step = (sql: string): Migration => ({
  up: async db => void (await db.raw(sql)),
  down: async () => {}
})
const parent = (migrations: Record<string, Migration>) =>
  definePlugin({ name: 'the-parent', version: '1.0.0', migrations, setup() {} })()
const child = definePlugin({
  name: 'child',
  version: '1.0.0',
  dependencies: { 'the-parent': '*' },
  migrations: { '0001-init': step('create table child.b (a_id int references the_parent.a)') },
  setup() {}
})()
const init = step('create table the_parent.a (id int primary key)')
const second = step('alter table the_parent.a add column note text')

t.test('every plugin has a schema and a ledger of its own, migrated dependencies first', async t => {
  const { db, url } = await emptyDatabase(t)
  const plugins = [child, parent({ '0001-init': init })]
  t.strictSame(await pendingMigrations(db, plugins), ['the-parent/0001-init', 'child/0001-init'])

  const others = [connectDatabase(url), connectDatabase(url)]
  t.teardown(() => Promise.all(others.map(other => other.destroy())))
  const ran = await Promise.all([db, ...others].map(each => migrate(each, plugins)))
  t.strictSame(
    ran.filter(list => list.length > 0),
    [['the-parent/0001-init', 'child/0001-init']],
    'of three at once one does the work'
  )
  t.strictSame(await pendingMigrations(db, plugins), [])

  await db('child.migration_lock').update({ is_locked: 1 })
  await db('the_parent.migration_lock').update({ is_locked: 1 })
  const newer = [child, parent({ '0001-init': init, '0002-note': second })]
  t.strictSame(await migrate(db, newer), ['the-parent/0002-note'], 'a killed migration leaves no lock behind')
  t.strictSame(
    await migrate(db, [parent({ '0001-init': init, '0002-note': second })]),
    [],
    'a plugin may leave'
  )

  await t.rejects(migrate(db, plugins), {
    code: 'CORE_LEDGER_CORRUPT',
    message:
      /'the-parent': this database has run migration '0002-note', which the installed version 1\.0\.0.*Install/
  })
  const failing = parent({ '0001-init': init, '0002-note': second, '0003-oops': step('select broken') })
  await t.rejects(migrate(db, [failing]), { code: '42703' })
  t.strictSame(await pendingMigrations(db, [failing]), ['the-parent/0003-oops'])
})

t.test('the key of a set of migrations changes with what they do, wherever their SQL comes from', async t => {
  const key = await migrationKey([child, parent({ '0001-init': init })])
  t.match(key, /^[0-9a-f]{16}$/)
  t.equal(await migrationKey([parent({ '0001-init': init }), child]), key, 'not with the order of the list')
  t.not(await migrationKey([child, parent({ '0001-first': init })]), key)
  t.not(await migrationKey([child, parent({ '0001-init': second })]), key, 'the same function with other SQL')
  const built = (column: string): Migration => ({
    up: async db => {
      await db.schema.withSchema('the_parent').createTable('a', table => void table.integer(column))
      await db('the_parent.a').insert({ [column]: 1 })
    },
    down: async () => {}
  })
  const keyOf = (migration: Migration) => migrationKey([parent({ '0001-init': migration })])
  t.equal(await keyOf(built('x')), await keyOf(built('x')))
  t.not(await keyOf(built('x')), await keyOf(built('y')), 'built without writing SQL')
  const reading = (table: string): Migration => ({
    up: async db => {
      const row = await db(table).first()
      await db(table).insert({ id: row.id + 1 })
    },
    down: async () => {}
  })
  t.not(await keyOf(reading('x')), await keyOf(reading('y')), 'one that reads rows')
})

t.test('an application whose database is behind says so, and is not ready', async t => {
  const { db } = await emptyDatabase(t)
  const app = await createKernelApp({ db, plugins: [parent({ '0001-init': init })], logger: false })
  t.teardown(() => app.close())
  const response = await app.inject('/health/ready')
  t.equal(response.statusCode, 503)
  t.match(response.json(), {
    errors: [{ pointer: '/core.migrations', detail: /not run yet: the-parent\/0001-init; run the migrate/ }]
  })
})

t.test('values arrive as they are meant, and failed statements do not repeat them', async t => {
  const { db } = await emptyDatabase(t)
  const { rows } = await db.raw(
    `select 42::int8 as n, '{1,2}'::int8[] as list, '2026-03-29'::date as day, '{}'::int8[] as none,
            '2026-03-29T01:30:00+02'::timestamptz as at, current_setting('timezone') as zone,
            current_setting('statement_timeout') as longest, current_setting('application_name') as name,
            current_setting('idle_in_transaction_session_timeout') as idle`
  )
  t.strictSame(rows[0], {
    n: 42,
    list: [1, 2],
    day: '2026-03-29',
    none: [],
    at: new Date('2026-03-28T23:30:00Z'),
    zone: 'UTC',
    longest: '30s',
    name: 'evscallpro',
    idle: '15s'
  })
  await t.rejects(db.raw('select 9007199254740993::int8'), {
    code: 'CORE_UNSAFE_INTEGER',
    message: /bigint 9007199254740993, beyond 2\^53: read this column as text/
  })
  t.equal((await db.raw('select 1 as ok')).rows[0].ok, 1, 'the connection is still good')
  const error: Error = await db.raw('select ?::int', ['+33612345678x']).catch(error => error)
  t.notMatch(error.message.split(' - ')[0], '612345678')
})

t.test('a database that cannot be used is refused with what was found and what to do', async t => {
  const { db, url } = await emptyDatabase(t)
  await checkServer(db)
  const refusalOf = async (change: (url: URL) => void) => {
    const changed = new URL(url)
    change(changed)
    const wrong = connectDatabase(changed.href)
    t.teardown(() => wrong.destroy())
    const error: Error & { code?: string } = await checkServer(wrong).then(
      () => new Error('it was accepted'),
      error => error
    )
    t.notMatch(error.message, 's3cret')
    return error
  }
  t.match(
    await refusalOf(changed => {
      changed.pathname = '/nowhere'
    }),
    { code: 'CORE_DATABASE_REFUSED', message: /has no database 'nowhere' \(DATABASE_URL\)\. Create it/ }
  )
  t.match(
    await refusalOf(changed => {
      changed.username = 'stranger'
      changed.password = 's3cret'
      changed.searchParams.set('user', 'stranger')
    }),
    { code: 'CORE_DATABASE_REFUSED', message: /refuses user 'stranger' \(DATABASE_URL\)\. Correct/ }
  )
  const unreachable = 'postgres://app:s3cret@127.0.0.1:1/evs'
  await t.rejects(createKernelApp({ databaseUrl: unreachable, plugins: [], logger: false }), {
    code: 'CORE_DATABASE_UNREACHABLE',
    message:
      'No PostgreSQL answers at 127.0.0.1:1 (DATABASE_URL): ECONNREFUSED. Start the server, or correct host and port.'
  })
  await t.rejects(createKernelApp({ plugins: [], logger: false }), {
    message: /needs `db`.*or `databaseUrl`/
  })
  t.match(refuseVersion(140_012), {
    code: 'CORE_DATABASE_TOO_OLD',
    message: /^PostgreSQL 14 answers at DATABASE_URL; version 15 or newer is needed\. Upgrade/
  })
  t.equal(refuseVersion(150_000), null)

  const app = await createKernelApp({ databaseUrl: url, plugins: [], logger: false })
  const { db: own } = app.kernel
  await own.raw('select 1')
  await app.close()
  await t.rejects(own.raw('select 1'), 'a connection the application opened is closed with it')
})

t.test('events of a transaction are delivered after its commit, and never after a rollback', async t => {
  const { app, db } = await buildTestApp(t)
  const { events } = app.kernel
  const noted = defineEvent('test.noted', { n: Type.Integer() })
  const seen: number[] = []
  let arrived: (n: number) => void = () => {}
  events.on(noted, ({ n }) => {
    seen.push(n)
    arrived(n)
  })
  /** Resolves when `n` comes; whatever else should come has come before. */
  const next = (n: number): Promise<void> =>
    new Promise(resolve => {
      arrived = came => came === n && resolve()
    })

  const first = next(2)
  await db.transaction(async trx => {
    await events.emit(noted, { n: 1 }, { trx })
    await events.emit(noted, { n: 2 }, { trx })
    await trx.raw('select 1')
    t.strictSame(seen, [], 'not before the commit')
  })
  await first
  t.strictSame(seen, [1, 2], 'in their order')

  await t.rejects(
    db.transaction(async trx => {
      await events.emit(noted, { n: -1 }, { trx })
      throw new Error('changed my mind')
    })
  )
  const manual = await db.transaction()
  await events.emit(noted, { n: -2 }, { trx: manual })
  await manual.rollback()

  const swallowed = await db.transaction()
  await events.emit(noted, { n: -3 }, { trx: swallowed })
  await swallowed.raw('select broken').catch(() => {})
  await swallowed.commit() // PostgreSQL answers ROLLBACK

  const outer = await db.transaction()
  await outer.transaction(async inner => {
    await events.emit(noted, { n: -4 }, { trx: inner })
  })
  await outer.rollback()

  const last = next(4)
  await db.transaction(async trx => {
    await trx
      .transaction(async inner => {
        await events.emit(noted, { n: -5 }, { trx: inner })
        await inner.raw('select broken')
      })
      .catch(() => {})
    await events.emit(noted, { n: 3 }, { trx })
    await trx.transaction(async inner => events.emit(noted, { n: 4 }, { trx: inner }))
  })
  await last
  t.strictSame(seen, [1, 2, 3, 4], 'a savepoint that was undone is undone')
})

t.test('a failing listener is logged and breaks neither the emitter nor the other listeners', async t => {
  const lines: string[] = []
  const app = await createKernelApp({
    db: knex({ client: 'pg' }),
    plugins: [],
    logger: { stream: { write: line => void lines.push(line) } }
  })
  t.teardown(() => app.close())
  const { events } = app.kernel
  const noted = defineEvent('test.noted', { n: Type.Integer() })
  const seen: number[] = []
  events.on(noted, () => {
    throw new Error('boom')
  })
  const stop = events.on(noted, ({ n }) => void seen.push(n))
  await events.emit(noted, { n: 1 })
  stop()
  await events.emit(noted, { n: 2 })
  t.strictSame(seen, [1])
  t.match(JSON.parse(lines[0] ?? '{}'), { event: 'test.noted', err: { message: 'boom' }, level: 50 })
})

t.test('rows change their names at the border, and nothing inside their values', t => {
  const custom_fields = { numero_de_contrat: 1, 'Clé É': null, nested: { a_b: [{ c_d: 1 }] } }
  const row = {
    site_id: 1,
    created_at: new Date(0),
    ended_at: null as Date | null,
    phone_1: 'x',
    custom_fields
  }
  const wire = toWire(row)
  t.strictSame(wire, {
    siteId: 1,
    createdAt: '1970-01-01T00:00:00.000Z',
    endedAt: null,
    phone_1: 'x',
    customFields: custom_fields
  })
  t.equal(wire.customFields, custom_fields, 'the very same object')
  t.strictSame(toColumns({ siteId: 1, phone_1: 'x', customFields: custom_fields, gone: undefined }), {
    site_id: 1,
    phone_1: 'x',
    custom_fields
  })
  t.end()
})

t.test('ids are UUIDv7 of the clock, ascending even when it stands still or steps back', async t => {
  const clock = fakeClock(new Date('2026-01-05T09:00:00.123Z'))
  const newId = idGenerator(clock)
  const ids = Array.from({ length: 5_000 }, newId)
  t.match(ids[0], /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  t.equal(Number.parseInt((ids[0] ?? '').replaceAll('-', '').slice(0, 12), 16), clock.now().getTime())
  t.strictSame(ids, [...ids].sort(), 'ascending')
  t.equal(new Set(ids).size, ids.length)
  let ms = 10_000
  const stepping = idGenerator({ now: () => new Date(ms--) })
  const back = [stepping(), stepping(), stepping()]
  t.strictSame(back, [...back].sort())
})

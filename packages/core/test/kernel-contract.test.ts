import assert from 'node:assert/strict'
import knex from 'knex'
import t from 'tap'
import { Type } from 'typebox'
import {
  createKernelApp,
  defineChain,
  definePlugin,
  definePort,
  type Plugin,
  runCommand
} from '../src/index.ts'

/** Set-up needs no database; nothing here sends a query. */
const db = knex({ client: 'pg' })
t.teardown(() => db.destroy())

const create = (...plugins: Plugin[]) => createKernelApp({ db, plugins, logger: false })
const bare = { version: '1.0.0', setup() {} }
const named = (name: string, rest: Partial<Plugin['manifest']> = {}) =>
  definePlugin({ ...bare, name, ...rest } as Plugin['manifest'])()

t.test('sets plugins up by dependency, whatever the order of the list, core first', async t => {
  const seen: string[] = []
  const noting = (name: string, dependencies = {}) =>
    named(name, { dependencies, setup: () => void seen.push(name) })
  const app = await create(
    noting('third', { second: '^1.0.0' }),
    noting('second', { first: '1.x' }),
    noting('first'),
    noting('core')
  )
  t.teardown(() => app.close())
  t.same(seen, ['core', 'first', 'second', 'third'])
})

t.test(
  'each wrong list of plugins is refused with a sentence that names the plugin and the mend',
  async t => {
    const refusals: [string, Plugin[], string, RegExp][] = [
      [
        'missing dependency',
        [named('quotas', { dependencies: { dispatch: '^1.0.0' } })],
        'CORE_MISSING_DEPENDENCY',
        /'quotas' needs plugin 'dispatch' \(\^1\.0\.0\).*Add it/
      ],
      [
        'version mismatch',
        [named('quotas', { dependencies: { dispatch: '^2.0.0' } }), named('dispatch')],
        'CORE_VERSION_MISMATCH',
        /'quotas' needs 'dispatch' in version \^2\.0\.0, but 1\.0\.0 is installed\. Install/
      ],
      [
        'made for another core',
        [named('quotas', { core: '^99.0.0' })],
        'CORE_VERSION_MISMATCH',
        /'quotas' needs 'core' in version \^99\.0\.0, but 0\.1\.0 is installed/
      ],
      [
        'bad version',
        [named('quotas', { version: 'one' })],
        'CORE_BAD_VERSION',
        /'quotas': version 'one' is not valid semver. Write it like '1\.0\.0'/
      ],
      [
        'bad range',
        [named('quotas', { dependencies: { dispatch: 'newest!' } }), named('dispatch')],
        'CORE_BAD_VERSION',
        /range of 'dispatch' 'newest!' is not valid semver/
      ],
      [
        'circle',
        [
          named('a', { dependencies: { b: '*' } }),
          named('b', { dependencies: { c: '*' } }),
          named('c', { dependencies: { a: '*' } })
        ],
        'CORE_DEPENDENCY_CIRCLE',
        /a → b → c → a\. Remove one/
      ],
      ['duplicate name', [named('a'), named('a')], 'CORE_DUPLICATE_PLUGIN', /'a'\. Remove one/],
      [
        'bad name',
        [named('Quota_Board')],
        'CORE_BAD_PLUGIN_NAME',
        /'Quota_Board' is not kebab-case\. Rename/
      ],
      [
        'permission declared twice',
        ['a', 'b'].map(name =>
          named(name, { permissions: { 'rules:read': { description: 'See', roles: [] } } })
        ),
        'CORE_PERMISSION_TAKEN',
        /'rules:read' of plugin 'b' is already declared by plugin 'a'. Rename/
      ]
    ]
    for (const [title, plugins, code, message] of refusals) {
      await t.rejects(create(...plugins), { code, message }, title)
    }
  }
)

t.test('what a plugin decorates stays in its scope, and its routes appear under its name', async t => {
  const first = definePlugin({
    ...bare,
    name: 'first',
    setup(scope) {
      scope.decorate('mine', 1)
      scope.get('/hello', { config: { permission: 'public' } }, async () => ({ owner: scope.owner }))
    }
  })
  const second = definePlugin({
    ...bare,
    name: 'second',
    dependencies: { first: '*' },
    setup: scope => void t.notOk(scope.hasDecorator('mine'))
  })
  const app = await create(first(), second())
  t.teardown(() => app.close())
  t.same((await app.inject('/api/first/hello')).json(), { owner: 'first' })
})

t.test('a plugin puts on the application only what its manifest exposes', async t => {
  const exposing = (exposes: string[]) =>
    named('bridge', { exposes, setup: (_scope, { expose }) => expose('answer', 42) })
  const app = await create(exposing(['answer']))
  t.teardown(() => app.close())
  t.equal(app.getDecorator('answer'), 42)
  await t.rejects(create(exposing([])), {
    code: 'CORE_UNDECLARED_DECORATOR',
    message: /'bridge' puts 'answer' on the application.* Add exposes: \['answer'\]/
  })
})

t.test('ports have one filler, chains are read in order, and the registry is sealed when ready', async t => {
  const port = definePort<() => number>('offering.port')
  const chain = defineChain<{ name: string }>('offering.things')
  let late = (): void => {}
  const offering = definePlugin({
    ...bare,
    name: 'offering',
    offers: [port, chain],
    requires: [port],
    setup: () => {}
  })
  const filling = definePlugin({
    ...bare,
    name: 'filling',
    setup(_scope, { fill }) {
      fill(port, () => 1)
      fill(chain, { name: 'b' }, { order: 2 })
      fill(chain, { name: 'a' }, { order: 1 })
      fill(chain, { name: 'c' }, { order: 2 })
      late = () => fill(chain, { name: 'd' })
    }
  })
  const app = await create(filling(), offering())
  t.teardown(() => app.close())
  await app.ready()
  t.equal(app.kernel.extensions.one(port)(), 1)
  t.strictSame(
    app.kernel.extensions.all(chain).map(({ name }) => name),
    ['a', 'b', 'c']
  )
  t.throws(late, { code: 'CORE_LATE_FILL', message: /'filling' fills 'offering\.things'.*inside setup/ })
  t.throws(() => app.kernel.extensions.one(definePort('offering.other')), {
    code: 'CORE_PORT_EMPTY',
    statusCode: 503,
    message: /No plugin fills port 'offering\.other'/
  })

  const filler = (name: string, point: typeof port | typeof chain, impl: never) =>
    definePlugin({ ...bare, name, setup: (_scope, { fill }) => fill<unknown>(point, impl) })()
  const impl = (() => 2) as never
  await t.rejects(create(offering(), filler('one', port, impl), filler('two', port, impl)), {
    code: 'CORE_PORT_TAKEN',
    message: /'offering\.port' is already filled by plugin 'one'; plugin 'two' .* Remove one/
  })
  const same = { name: 'same' } as never
  await t.rejects(create(offering(), filler('one', chain, same), filler('two', chain, same)), {
    code: 'CORE_FILLER_NAME_TAKEN',
    message: /'offering\.things' already has a filler named 'same', from plugin 'one'; plugin 'two'/
  })
  const fallback = definePlugin({
    ...bare,
    name: 'plain',
    setup: (_, { fill }) => fill(chain, { name: 'same' }, { fallback: true })
  })
  for (const list of [
    [fallback(), filler('own', chain, same)],
    [filler('own', chain, same), fallback()]
  ]) {
    const built = await create(offering(), filling(), ...list)
    t.teardown(() => built.close())
    const names = built.kernel.extensions.all(chain)
    t.equal(
      names.filter(({ name }) => name === 'same').length,
      1,
      'a fallback gives way, set up first or last'
    )
    t.equal(names.includes(same), true)
  }
  await t.rejects(create(filler('alone', port, impl)), {
    code: 'CORE_UNKNOWN_POINT',
    message: /'alone' fills 'offering\.port'.*plugin 'offering' is not installed\. Add it/
  })
  const misspelt = definePort<number>('offering.prot') as never
  await t.rejects(create(offering(), filler('typo', misspelt, impl)), {
    code: 'CORE_UNKNOWN_POINT',
    message: /'offering' offers offering\.port, offering\.things\. List it under 'offers'/
  })
  const hungry = await create(offering())
  t.teardown(() => hungry.close())
  await t.rejects(Promise.resolve(hungry.ready()), {
    code: 'CORE_REQUIRED_PORT_EMPTY',
    message: /'offering' requires port 'offering\.port'.* Add a plugin/
  })
})

t.test('a route must say who may call it, with a permission that some manifest declares', async t => {
  const routed = (config: { permission?: string }) =>
    definePlugin({ ...bare, name: 'open', setup: scope => void scope.get('/x', { config }, async () => 1) })()
  await t.rejects(create(routed({})), {
    code: 'CORE_ROUTE_WITHOUT_PERMISSION',
    message: /'open': route GET \/api\/open\/x declares no permission\. Set config\.permission/
  })
  await t.rejects(create(routed({ permission: 'open:raed' })), {
    code: 'CORE_UNDECLARED_PERMISSION',
    message: /'open': route GET \/api\/open\/x asks for permission 'open:raed'.*Declare it/
  })
  const app = await create()
  t.teardown(() => app.close())
  t.throws(() => app.get('/api/late', async () => 1), { code: 'CORE_ROUTE_WITHOUT_PERMISSION' })
})

t.test(
  'options get their defaults, and every wrong one is reported with what was found and expected',
  async t => {
    let got: unknown
    const tuned = definePlugin({
      ...bare,
      name: 'tuned',
      config: {
        host: Type.String(),
        limit: Type.Integer({ default: 3, minimum: 1 }),
        mode: Type.Enum(['fast', 'safe'], { default: 'safe' }),
        apiToken: Type.Optional(Type.String({ minLength: 12 }))
      },
      setup: (_scope, { config }) => {
        got = config
      }
    })
    const app = await create(tuned({ host: 'pbx' }))
    t.teardown(() => app.close())
    t.strictSame(got, { host: 'pbx', limit: 3, mode: 'safe' })
    const wrong = { limit: '5', mode: 'wild', apiToken: 's3cret', hots: 'pbx' } as never
    const error = await create(tuned(wrong)).then(
      () => assert.fail('a wrong configuration was accepted'),
      (error: Error & { code: string }) => error
    )
    t.equal(error.code, 'CORE_BAD_CONFIG')
    for (const part of [
      /^Plugin 'tuned' has a bad configuration/,
      /\/host is missing/,
      /\/limit must be integer, found "5"/,
      /\/mode must be equal to one of the allowed values \(\["fast","safe"\]\), found "wild"/,
      /\/apiToken must NOT have fewer than 12 characters, found a string of 6 characters/,
      /\/hots is not an option \(known: host, limit, mode, apiToken\)/
    ]) {
      t.match(error.message, part)
    }
    t.notMatch(error.message, 's3cret')
  }
)

t.test('commands of plugins are listed, explained, run, and unknown ones refused with code 2', async t => {
  const lines: string[] = []
  const io = { out: (line: string) => lines.push(line), err: (line: string) => lines.push(`! ${line}`) }
  const seen = async (...argv: string[]) => {
    lines.length = 0
    const code = await runCommand([tools], argv, io)
    return { code, text: lines.join('\n') }
  }
  const tools = named('tools', {
    commands: {
      echo: {
        summary: 'Repeat the arguments',
        usage: 'echo WORD…',
        run: async (args, { out }) => {
          out(args.join(' '))
          return 0
        }
      },
      fail: {
        summary: 'Fail',
        usage: 'fail',
        run: async () => {
          throw new Error('the disk is full')
        }
      }
    }
  })
  t.match(await seen(), { code: 0, text: /echo {2}Repeat the arguments/ })
  t.match(await seen('help', 'echo'), { code: 0, text: /Usage: evs echo WORD…/ })
  t.same(await seen('echo', 'a', 'b'), { code: 0, text: 'a b' })
  t.match(await seen('fail'), { code: 1, text: '! evs fail: the disk is full' })
  t.match(await seen('ehco'), { code: 2, text: /! evs: there is no command 'ehco'.*help/ })
  t.match(await seen('help', 'ehco'), { code: 2 })
  const twin = named('twin', { commands: tools.manifest.commands ?? {} })
  await t.rejects(runCommand([tools, twin], ['echo'], io), {
    code: 'CORE_COMMAND_TAKEN',
    message: /'echo' is added by plugin 'tools' and by plugin 'twin'\. Rename/
  })
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { buildTestApp, fakeClock, loginAs } from '@evscallpro/testing'
import type { InjectOptions } from 'fastify'
import t from 'tap'
import { Type } from 'typebox'
import { type Authenticator, authenticators, definePlugin, type Plugin } from '../src/index.ts'

const Thing = Type.Object({ id: Type.Integer(), name: Type.String() })

/** A plugin with one route of each kind; what its handlers do is handed in. */
const things = (handlers: { make?: () => Promise<void>; get?: () => Promise<never> } = {}): Plugin =>
  definePlugin({
    name: 'things',
    version: '1.0.0',
    permissions: { 'things:write': { description: 'Make things', roles: ['supervisor'] } },
    setup(scope) {
      scope.post(
        '/things/:id',
        {
          config: { permission: 'things:write', idempotent: true },
          schema: {
            operationId: 'makeThing',
            summary: 'Make a thing',
            params: Type.Object({ id: Type.Integer() }),
            querystring: Type.Object({
              tags: Type.Optional(Type.Array(Type.String())),
              dry: Type.Boolean({ default: false })
            }),
            body: Type.Object({
              count: Type.Integer({ minimum: 1 }),
              colour: Type.Enum(['red', 'blue'], { default: 'red' }),
              box: Type.Optional(Type.Object({ width: Type.Number() }))
            }),
            response: { 201: Type.Object({ id: Type.Integer(), seen: Type.Unknown() }) }
          }
        },
        async ({ params, query, body }, reply) => {
          await handlers.make?.()
          return reply.code(201).send({ id: params.id, seen: { query, body } })
        }
      )
      scope.get(
        '/things',
        {
          config: { permission: 'public' },
          schema: { operationId: 'listThings', summary: 'List', response: { 200: Type.Array(Thing) } }
        },
        async () => (await handlers.get?.()) ?? [{ id: 1, name: 'a', secret: 'not in the schema' }]
      )
      scope.get('/mine', { config: { permission: 'authenticated' } }, async ({ actor }) => ({ id: actor.id }))
      scope.get('/nobody', { config: { permission: 'public' } }, async ({ actor }) => actor)
    }
  })()

t.test('bodies mean what they say, queries are text, and every wrong field is named at once', async t => {
  const { app } = await buildTestApp(t, { plugins: [things()] })
  const { headers } = await loginAs(app, 'supervisor')
  const post = (url: string, payload: object) => app.inject({ method: 'POST', url, payload, headers })

  const made = await post('/api/things/things/7?tags=a&dry=true', { count: 2 })
  t.equal(made.statusCode, 201)
  t.strictSame(made.json(), {
    id: 7,
    seen: { query: { tags: ['a'], dry: true }, body: { count: 2, colour: 'red' } }
  })

  const wrong = await post('/api/things/things/7', {
    count: '2',
    colour: 'green',
    size: 1,
    box: { depth: 2 }
  })
  t.equal(wrong.statusCode, 400)
  t.match(wrong.headers['content-type'], /^application\/problem\+json/)
  const { errors, ...problem } = wrong.json()
  t.match(problem, {
    type: 'urn:problem:core-invalid-request',
    title: 'Bad Request',
    status: 400,
    code: 'CORE_INVALID_REQUEST',
    instance: /^[0-9a-f-]{36}$/
  })
  t.strictSame(
    new Set(errors.map((issue: { pointer: string; detail: string }) => `${issue.pointer} ${issue.detail}`)),
    new Set([
      '/count must be integer',
      '/colour must be one of "red", "blue"',
      '/size is not a known field',
      '/box/width is required',
      '/box/depth is not a known field'
    ])
  )
  t.match((await post('/api/things/things/seven', { count: 1 })).json(), {
    status: 400,
    errors: [{ in: 'params', pointer: '/id', detail: 'must be integer' }]
  })
})

t.test('two applications of a process may mean different things by one name of a schema', async t => {
  const boxes = (width: ReturnType<typeof Type.Integer> | ReturnType<typeof Type.String>): Plugin =>
    definePlugin({
      name: 'boxes',
      version: '1.0.0',
      setup(scope) {
        scope.addSchema(Type.Object({ width }, { $id: 'Box' }))
        const Lid = Type.Object({ width }, { $id: 'Lid' })
        const schema = { body: { $ref: 'Box#' }, querystring: Lid, response: { 200: { $ref: 'Box#' } } }
        scope.post('/boxes', { config: { permission: 'public' }, schema }, async ({ body }) => body)
      }
    })()
  const plain = await buildTestApp(t, { plugins: [boxes(Type.Integer())] })
  const named = await buildTestApp(t, { plugins: [boxes(Type.String())] })
  const post = async ({ app }: typeof plain, width: number | string) => {
    const answer = await app.inject({
      method: 'POST',
      url: `/api/boxes/boxes?width=${width}`,
      payload: { width }
    })
    return [answer.statusCode, answer.json().width]
  }
  t.strictSame(await post(plain, 7), [200, 7])
  t.strictSame(await post(plain, 'wide'), [400, undefined])
  t.strictSame(await post(named, 'wide'), [200, 'wide'])
  t.strictSame(await post(named, 7), [400, undefined])
})

t.test('every failure is a problem with a code, and details from 500 on stay in the log', async t => {
  const lines: string[] = []
  const broken = things({
    get: async () => {
      throw new Error('the secret is 42')
    }
  })
  const { app } = await buildTestApp(t, {
    plugins: [broken],
    logger: { stream: { write: line => void lines.push(line) } }
  })
  const { headers } = await loginAs(app, 'supervisor')
  const problemOf = async (options: InjectOptions) => {
    const response = await app.inject(options)
    t.match(response.headers['content-type'], /^application\/problem\+json/)
    return response.json()
  }
  t.match(await problemOf({ url: '/nowhere?x=1' }), {
    status: 404,
    code: 'CORE_NOT_FOUND',
    detail: 'There is nothing at GET /nowhere'
  })
  const raw = (payload: string, type: string) =>
    problemOf({
      method: 'POST',
      url: '/api/things/things/1',
      payload,
      headers: { ...headers, 'content-type': type }
    })
  t.match(await raw('{"count":', 'application/json'), { status: 400, code: 'FST_ERR_CTP_INVALID_JSON_BODY' })
  t.match(await raw('<x/>', 'text/xml'), { status: 415, code: 'FST_ERR_CTP_INVALID_MEDIA_TYPE' })
  t.match(await raw(`"${'x'.repeat(1_100_000)}"`, 'application/json'), {
    status: 413,
    code: 'FST_ERR_CTP_BODY_TOO_LARGE'
  })
  const failed = await problemOf({ url: '/api/things/things' })
  t.match(failed, { status: 500, code: 'CORE_INTERNAL', title: 'Internal Server Error' })
  t.notOk('detail' in failed)
  const logged = lines.map(line => JSON.parse(line)).find(line => line.reqId === failed.instance && line.err)
  t.match(logged, { level: 50, err: { message: 'the secret is 42', stack: /Error/ } })
})

t.test('permissions decide on every route; who is unknown gets 401, who may not gets 403', async t => {
  const robot: Authenticator = {
    name: 'robot',
    authenticate: async ({ headers }) =>
      headers['x-robot'] === 'yes'
        ? { kind: 'api-key', id: 99, role: null, siteId: null, permissions: new Set(['things:write']) }
        : null
  }
  const robots = definePlugin({
    name: 'robots',
    version: '1.0.0',
    setup: (_scope, { fill }) => fill(authenticators, robot)
  })
  const { app } = await buildTestApp(t, { plugins: [things(), robots()] })
  const make = { method: 'POST', url: '/api/things/things/1', payload: { count: 1 } } as const

  const anonymous = await app.inject(make)
  t.match(anonymous.json(), { status: 401, code: 'CORE_UNAUTHENTICATED' })
  t.equal(anonymous.headers['www-authenticate'], 'Bearer realm="evscallpro"')
  const stale = await app.inject({ ...make, headers: { authorization: `Bearer ${'x'.repeat(43)}` } })
  t.match(stale.headers['www-authenticate'], /error="invalid_token"/)

  const agent = await loginAs(app, 'agent')
  t.match((await app.inject({ ...make, headers: agent.headers })).json(), {
    status: 403,
    code: 'CORE_FORBIDDEN',
    detail: /'things:write'/
  })
  const mine = await app.inject({ url: '/api/things/mine', headers: agent.headers })
  t.strictSame(mine.json(), { id: agent.userId })
  for (const role of ['supervisor', 'admin'] as const) {
    const { headers } = await loginAs(app, role)
    t.equal((await app.inject({ ...make, headers })).statusCode, 201, role)
  }
  t.equal(
    (await app.inject({ ...make, headers: { 'x-robot': 'yes' } })).statusCode,
    201,
    'a plugin recognises'
  )
  t.strictSame(
    (await app.inject('/api/things/things')).json(),
    [{ id: 1, name: 'a' }],
    'public; only the schema'
  )
  t.match((await app.inject('/api/things/nobody')).json(), { status: 500, code: 'CORE_NO_ACTOR' })
})

interface Operation {
  readonly operationId?: string
  readonly summary?: string
  readonly tags?: string[]
  readonly security?: unknown[]
  readonly 'x-permission'?: string
  readonly requestBody?: { content: { 'application/json': { schema: { additionalProperties?: boolean } } } }
  readonly responses: Record<string, unknown>
}

/** Documentation, the answer to preflights, and the WebSocket, which OpenAPI cannot describe. */
const hidden = /^(\/docs|\*$|\/api\/realtime$)/

/** Fastify's tree of routes as `method /path`, in OpenAPI's notation; without the hidden ones. */
function routesOf(tree: string): string[] {
  const parents: string[] = []
  return tree.split('\n').flatMap(line => {
    const [, indent = '', part = '', methods = ''] = /^(.*[├└]── )(\S+) \((.*)\)$/.exec(line) ?? []
    const depth = indent.length / 4
    const path = depth > 1 ? `${parents[depth - 1]}${part}` : part
    parents[depth] = path
    if (path === '' || hidden.test(path)) return []
    const verbs = methods.split(', ').filter(method => method !== 'HEAD')
    return verbs.map(method => `${method.toLowerCase()} ${path.replace(/:(\w+)/g, '{$1}')}`)
  })
}

t.test('OpenAPI holds every route, complete, and its pages load nothing from elsewhere', async t => {
  const { app } = await buildTestApp(t, { plugins: [things()] })
  const document = (await app.inject('/docs/json')).json()
  t.equal(document.openapi, '3.1.0')
  const operations = Object.entries<Record<string, Operation>>(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, operation }))
  )
  t.strictSame(
    new Set(operations.map(({ name }) => name)),
    new Set(routesOf(app.printRoutes({ commonPrefix: false })))
  )
  const ids = new Set<string>()
  for (const { name, operation } of operations) {
    if (name.includes('/mine') || name.includes('/nobody')) continue // bare on purpose
    t.match(operation, { operationId: /^[a-z-]+\.[a-zA-Z]+$/, summary: /./, tags: [/./] }, name)
    t.ok(operation.security?.length === 0 || operation['x-permission'], `${name} says who may call it`)
    t.ok(operation.responses['4XX'] && operation.responses['5XX'], `${name} describes its problems`)
    t.ok(
      Object.keys(operation.responses).some(status => status.startsWith('2')),
      `${name} describes its answer`
    )
    if (operation.operationId) ids.add(operation.operationId)
  }
  t.equal(ids.size, operations.length - 2, 'operation ids are unique')
  t.match(operations.find(({ operation }) => operation.operationId === 'things.makeThing')?.operation, {
    tags: ['things'],
    'x-permission': 'things:write',
    requestBody: { content: { 'application/json': { schema: { additionalProperties: false } } } }
  })
  t.match(document.components.schemas, { Problem: { properties: { code: {} } } })
  const page = await app.inject('/docs')
  t.equal(page.statusCode, 200)
  t.match(page.headers['content-security-policy'], /default-src 'self'/)
  t.notMatch(page.body, /(?:src|href)="(?:https?:)?\/\//)
})

t.test('health tells a live process from a ready one, with real probes and a time limit', async t => {
  const clock = fakeClock()
  let check: () => Promise<string | null> = async () => null
  const linked = definePlugin({
    name: 'linked',
    version: '1.0.0',
    setup: (_scope, { probe }) => probe('link', () => check())
  })
  const { app } = await buildTestApp(t, { plugins: [linked()], clock })
  t.match((await app.inject('/health/live')).json(), { status: 'ok' })
  t.strictSame((await app.inject('/health/ready')).json(), {
    status: 'ok',
    probes: ['core.database', 'core.migrations', 'linked.link']
  })
  const failing = async () => {
    const response = await app.inject('/health/ready')
    t.equal(response.statusCode, 503)
    return response.json()
  }
  check = async () => 'the PBX refuses our account'
  t.match(await failing(), {
    code: 'CORE_NOT_READY',
    errors: [{ in: 'probe', pointer: '/linked.link', detail: 'the PBX refuses our account' }]
  })
  check = async () => {
    throw new Error('connection reset')
  }
  t.match(await failing(), { errors: [{ pointer: '/linked.link', detail: 'connection reset' }] })
  const asked = new Promise<void>(resolve => {
    check = () => {
      resolve()
      return new Promise(() => {})
    }
  })
  const hanging = failing()
  await asked
  await clock.advance(2_000)
  const { errors } = await hanging
  t.match(
    errors.find((issue: { pointer: string }) => issue.pointer === '/linked.link'),
    { detail: 'gave no answer within 2000 ms' }
  )
})

t.test('a repeated Idempotency-Key gets the first answer, and the work is done once', async t => {
  const clock = fakeClock()
  let made = 0
  let make = async (): Promise<void> => {}
  const plugin = things({
    make: async () => {
      made++
      await make()
    }
  })
  const { app } = await buildTestApp(t, { plugins: [plugin], clock })
  const supervisor = await loginAs(app, 'supervisor')
  const post = (key: string, payload: object, { headers } = supervisor, id = 1) =>
    app.inject({
      method: 'POST',
      url: `/api/things/things/${id}`,
      payload,
      headers: { ...headers, 'idempotency-key': key }
    })

  const first = await post('k1', { count: 1, colour: 'blue' })
  t.notOk('idempotency-replayed' in first.headers)
  const again = await post('k1', { colour: 'blue', count: 1 })
  t.match(again, { statusCode: 201, body: first.body, headers: { 'idempotency-replayed': 'true' } })
  t.equal(made, 1)
  t.match((await post('k1', { count: 2 })).json(), { status: 422, code: 'CORE_IDEMPOTENCY_KEY_REUSED' })
  t.match(
    (await post('k1', { count: 1, colour: 'blue' }, supervisor, 2)).json(),
    { status: 422 },
    'other address'
  )
  t.equal((await post('k1', { count: 1 }, await loginAs(app, 'supervisor'))).statusCode, 201, 'other actor')
  t.match((await post('x'.repeat(201), { count: 1 })).json(), {
    status: 400,
    detail: /Idempotency-Key must be/
  })

  let release = (): void => {}
  const entered = new Promise<void>(enter => {
    make = () => {
      enter()
      return new Promise(resolve => {
        release = resolve
      })
    }
  })
  const running = post('k2', { count: 1 })
  await entered
  const parallel = await post('k2', { count: 1 })
  t.match(parallel, { statusCode: 409, headers: { 'retry-after': '1' } })
  t.match(parallel.json(), { code: 'CORE_REQUEST_IN_PROGRESS' })
  release()
  t.equal((await running).statusCode, 201)

  make = async () => {
    throw new Error('no line')
  }
  t.equal((await post('k3', { count: 1 })).statusCode, 500)
  make = async () => {}
  t.equal((await post('k3', { count: 1 })).statusCode, 201, 'a failure may be repeated')

  const before = made
  await app.kernel.db('core.idempotency_keys').where({ key: 'k3' }).update({ status: null, body: null })
  t.equal((await post('k3', { count: 1 })).statusCode, 409, 'its process may still be at work')
  await clock.advance(60_001)
  t.equal((await post('k3', { count: 1 })).statusCode, 201, 'its process died')
  await clock.advance(24 * 3_600_000 + 1)
  const { headers } = await loginAs(app, 'supervisor')
  t.equal((await post('other', { count: 1 }, { ...supervisor, headers })).statusCode, 201)
  t.strictSame(await app.kernel.db('core.idempotency_keys').pluck('key'), ['other'], 'kept for a day')
  t.equal(made, before + 2)
})

t.test('log lines carry neither secrets nor whole phone numbers', async t => {
  const lines: string[] = []
  const { app } = await buildTestApp(t, {
    plugins: [things()],
    logger: { stream: { write: line => void lines.push(line) } }
  })
  const id = '01934567-1234-7890-8123-123456789012'
  await app.inject({
    url: '/nowhere?phone=%2B998901234504&token=abcdefghijkl&q=06%2012%2034%2056%2078',
    headers: { authorization: 'Bearer verysecrettoken' }
  })
  app.log.info({ customer: { phone: '+33612345678' }, password: 'hunter2', call: id }, 'calling 0612345678')
  app.log.info({ headers: { authorization: 'Bearer verysecrettoken', cookie: 'sid=verysecret' } })
  app.log.error(new Error('no route to +998 90 123 45 04 from 192.168.100.200 at 2026-11-22T10:00:00Z'))
  app.log.info({
    channel: 'PJSIP/trunk_a-00000012',
    dial: 'PJSIP/33612345678@trunk',
    uniqueid: '1795362354.12'
  })
  app.log.info(`body was ${JSON.stringify({ apiKey: 'evs_verysecret', n: 1 })}`)
  app.log.info({ password: 'quoted"verysecret', token: 'verysecret\\', after: 'kept 1' })
  app.log.info(`body was ${JSON.stringify({ password: 'quoted"verysecret', after: 'kept 2' })}`)
  app.log.info(`body was ${JSON.stringify({ password: 'verysecret\\', n: 1 })}`)
  app.log.child({ caller: '00998901234504' }).info('hello')
  const text = lines.join('')
  for (const secret of [
    '998901234504',
    '612345678',
    '12 34 56 78',
    '%2012%2034',
    '123 45 04',
    'abcdefghijkl',
    'verysecret',
    'hunter2'
  ]) {
    t.notMatch(text, secret)
  }
  for (const kept of [
    '+99890*****04',
    '+3361*****78',
    '061*****78',
    'kept 1',
    'kept 2',
    id,
    'PJSIP/trunk_a-00000012',
    '1795362354.12',
    '192.168.100.200',
    '2026-11-22T10:00:00Z'
  ]) {
    t.ok(text.includes(kept), `${kept} is left`)
  }
  for (const line of lines) t.type(JSON.parse(line), 'object')
})

t.test('on a signal a server finishes what it has in hand, within a limit', async t => {
  const start = async (limitMs: number) => {
    const script = new URL('fixtures/server.ts', import.meta.url).pathname
    const child = spawn(
      process.execPath,
      ['--import=#typescript', '--conditions=@evscallpro/source', script, String(limitMs)],
      { stdio: ['pipe', 'pipe', 'inherit'] }
    )
    t.teardown(() => child.kill('SIGKILL'))
    const lines: string[] = []
    const reader = createInterface({ input: child.stdout })
    reader.on('line', line => lines.push(line))
    const line = async (pattern: RegExp): Promise<string> => {
      for (;;) {
        const found = lines.find(line => pattern.test(line))
        if (found !== undefined) return found
        await once(reader, 'line')
      }
    }
    const { port } = JSON.parse((await line(/^listening/)).slice(10))
    const request = fetch(`http://127.0.0.1:${port}/api/slow/wait`)
    request.catch(() => {}) // the second server cuts it
    await line(/^waiting/)
    return { child, lines, line, port, request, exited: once(child, 'exit') }
  }

  const patient = await start(60_000)
  const unused = connect(patient.port, '127.0.0.1')
  await once(unused, 'connect')
  // Another request on another connection: when it is answered, the server has seen the unused one.
  await fetch(`http://127.0.0.1:${patient.port}/health/live`)
  patient.child.kill('SIGTERM')
  await patient.line(/^SIGTERM: finishing requests, at most 60000 ms/)
  await t.rejects(fetch(`http://127.0.0.1:${patient.port}/health/live`), 'new connections are refused')
  if (!unused.closed) await once(unused, 'close')
  t.pass('a connection on which no request came is not waited for')
  patient.child.stdin.write('go\n')
  t.equal(await (await patient.request).text(), 'done')
  t.strictSame(await patient.exited, [0, null])
  t.match(patient.lines.slice(-2), ['plugin closed', 'closed'])

  const hasty = await start(50)
  hasty.child.kill('SIGTERM')
  t.strictSame(await hasty.exited, [1, null])
  t.match(hasty.lines.at(-1), /not finished after 50 ms: cutting what is left/)
  await t.rejects(hasty.request)
})

import { buildTestApp, loginAs } from '@evscallpro/testing'
import t from 'tap'
import { coreDomain, definePlugin, type Kernel } from '../src/index.ts'

/** A plugin that measures something of each kind. */
const measuring = (measure: (kernel: Kernel) => void) =>
  definePlugin({ name: 'measuring', version: '1.0.0', setup: (_scope, { kernel }) => measure(kernel) })()

t.test('what plugins measure is read by Prometheus, with an API key that may', async t => {
  let said = 0
  const { app } = await buildTestApp(t, {
    plugins: [
      coreDomain(),
      measuring(({ metrics }) => {
        const labels = ['pbx']
        metrics.gauge({ name: 'evs_test_up', help: 'Up', labels }, () => [{ labels: { pbx: 'a' }, value: 1 }])
        metrics.gauge({ name: 'evs_test_nothing', help: 'Nothing to say yet' }, () => null)
        metrics.gauge({ name: 'evs_test_broken', help: 'Cannot be read' }, async () => {
          throw new Error('the source is away')
        })
        const count = metrics.counter({ name: 'evs_test_words_total', help: 'Words' })
        const took = metrics.histogram({ name: 'evs_test_seconds', help: 'Time', buckets: [0.1, 1] })
        metrics.gauge({ name: 'evs_test_said', help: 'Said' }, async () => {
          count()
          took(0.5)
          return ++said
        })
      })
    ]
  })
  const { headers: admin } = await loginAs(app, 'admin')
  const key = await app.inject({
    method: 'POST',
    url: '/api/auth/api-keys',
    headers: admin,
    payload: { name: 'Prometheus', permissions: ['metrics:read'] }
  })
  t.equal(key.statusCode, 201)
  const read = (authorization?: string) =>
    app.inject({ url: '/metrics', headers: authorization === undefined ? {} : { authorization } })
  t.equal((await read()).statusCode, 401)
  const { headers: supervisor } = await loginAs(app, 'supervisor')
  t.equal((await app.inject({ url: '/metrics', headers: supervisor })).statusCode, 403)

  await read(`Bearer ${key.json().key}`)
  const answer = await read(`Bearer ${key.json().key}`)
  t.match(answer, {
    statusCode: 200,
    headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }
  })
  const lines = answer.body.split('\n')
  for (const line of [
    'evs_test_up{pbx="a"} 1',
    'evs_test_said 2',
    '# TYPE evs_test_seconds histogram',
    '# TYPE evs_dispatch_turn_seconds histogram',
    '# TYPE evs_calls_open gauge',
    'evs_http_request_seconds_count{method="GET",route="/metrics",status="4xx"} 2'
  ]) {
    t.ok(lines.includes(line), line)
  }
  t.match(answer.body, /^evs_test_words_total [12]$/m)
  t.match(answer.body, /^process_resident_memory_bytes \d/m)
  t.notMatch(answer.body, /^evs_test_(nothing|broken) /m)
})

t.test('a metric with a bad name, or one that is taken, stops the start with the mend', async t => {
  const build = (...names: string[]) =>
    buildTestApp(t, {
      plugins: [
        coreDomain(),
        measuring(({ metrics }) => {
          for (const name of names) metrics.counter({ name, help: 'x' })
        })
      ]
    })
  await t.rejects(build('calls'), { code: 'CORE_BAD_METRIC', message: /'calls': begin it with evs_/ })
  await t.rejects(build('evs_a', 'evs_a'), { code: 'CORE_BAD_METRIC', message: /it is taken/ })
})

import type { FastifyBaseLogger } from 'fastify'
import {
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type LabelValues,
  register as ofTheProcess,
  Registry
} from 'prom-client'
import { Type } from 'typebox'
import type { Clock } from './clock.ts'
import { BadMetricError } from './errors.ts'
import type { PluginScope } from './plugin.ts'

/** A metric as Prometheus shows it; `name` begins with `evs_` and ends with its unit, such as `_seconds`. */
export interface MetricSpec {
  readonly name: string
  readonly help: string
  /** Names of labels. Each combination of values is a series: nothing with many values, such as an id of a call. */
  readonly labels?: readonly string[]
}

type Labels = Readonly<Record<string, string | number>>

/** What a gauge reads: one value, one for each combination of labels, or null when there is nothing to say now. */
export type Readings = number | null | readonly { readonly labels: Labels; readonly value: number }[]

/** What the server measures of itself, served at `/metrics`. */
export interface Metrics {
  /** A value that is asked for when the metrics are read. What fails or takes longer than 2 s is left out and logged. */
  gauge(spec: MetricSpec, read: () => Readings | Promise<Readings>): void
  /** A sum that only grows; the function adds to it (1 unless told). */
  counter(spec: MetricSpec): (labels?: Labels, by?: number) => void
  /** Counts values (times in seconds) up to each of the ascending `buckets`; the function adds one. */
  histogram(
    spec: MetricSpec & { readonly buckets: readonly number[] }
  ): (value: number, labels?: Labels) => void
}

const readLimitMs = 2_000
const goodName = /^evs_[a-z0-9]+(_[a-z0-9]+)*$/
let processIsMeasured = false

/** One registry for each application; what belongs to the process (memory, event loop, garbage collection) is shared. */
export class MetricRegistry implements Metrics {
  readonly #registry = new Registry()
  readonly #clock: Clock
  readonly #log: Pick<FastifyBaseLogger, 'warn'>

  constructor(clock: Clock, log: Pick<FastifyBaseLogger, 'warn'>) {
    this.#clock = clock
    this.#log = log
  }

  gauge(spec: MetricSpec, read: () => Readings | Promise<Readings>): void {
    const { limited, log } = { limited: this.#limited.bind(this), log: this.#log }
    new Gauge({
      ...this.#checked(spec),
      async collect() {
        this.reset() // a series that is gone must not stay with its last value
        try {
          const readings = await limited(read)
          if (readings === null) return this.remove()
          if (typeof readings === 'number') this.set(readings)
          else for (const { labels, value } of readings) this.set(labels as LabelValues<string>, value) // strings and numbers
        } catch (err) {
          this.remove()
          log.warn({ err, metric: spec.name }, 'a metric could not be read')
        }
      }
    })
  }

  counter(spec: MetricSpec): (labels?: Labels, by?: number) => void {
    const counter = new Counter(this.#checked(spec))
    return (labels = {}, by = 1) => counter.inc(labels, by)
  }

  histogram(
    spec: MetricSpec & { readonly buckets: readonly number[] }
  ): (value: number, labels?: Labels) => void {
    const histogram = new Histogram({ ...this.#checked(spec), buckets: [...spec.buckets] })
    return (value, labels = {}) => histogram.observe(labels, value)
  }

  /** All metrics in Prometheus' text format 0.0.4. */
  async text(): Promise<string> {
    if (!processIsMeasured) {
      processIsMeasured = true
      collectDefaultMetrics()
    }
    return Registry.merge([ofTheProcess, this.#registry]).metrics()
  }

  #checked({ name, help, labels = [] }: MetricSpec) {
    if (!goodName.test(name))
      throw new BadMetricError(name, 'begin it with evs_, then small letters and digits')
    if (this.#registry.getSingleMetric(name)) throw new BadMetricError(name, 'it is taken: choose another')
    return { name, help, labelNames: [...labels], registers: [this.#registry] }
  }

  #limited(read: () => Readings | Promise<Readings>): Promise<Readings> {
    return new Promise((resolve, reject) => {
      const timer = this.#clock.setTimeout(
        () => reject(new Error(`no value within ${readLimitMs} ms`)),
        readLimitMs
      )
      Promise.resolve()
        .then(read)
        .then(resolve, reject)
        .finally(() => timer.cancel())
    })
  }
}

/** `GET /metrics` for Prometheus, with an API key that has `metrics:read`; and the times of all requests. */
export function registerMetrics(app: PluginScope, metrics: MetricRegistry): void {
  const took = metrics.histogram({
    name: 'evs_http_request_seconds',
    help: 'Time from a request to the end of its answer',
    labels: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10]
  })
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions } = request
    const status = `${Math.floor(reply.statusCode / 100)}xx`
    took(reply.elapsedTime / 1_000, { method, route: routeOptions.url ?? 'unknown', status })
  })
  app.get(
    '/metrics',
    {
      config: { permission: 'metrics:read' },
      logLevel: 'warn',
      schema: {
        operationId: 'metrics',
        summary: 'What the server measures of itself, in the text format of Prometheus',
        tags: ['health'],
        produces: ['text/plain'],
        response: { 200: Type.Any({ description: 'Text format 0.0.4' }) }
      }
    },
    async (_request, reply) =>
      reply.type('text/plain; version=0.0.4; charset=utf-8').send(await metrics.text())
  )
}

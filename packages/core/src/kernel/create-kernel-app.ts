import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import fastify, { type FastifyServerOptions } from 'fastify'
import type { Knex } from 'knex'
import { authenticators, checkRoutePermission, guardRoutes } from './auth.ts'
import { type Clock, clock as clockPort, systemClock } from './clock.ts'
import { closeConnections } from './close-connections.ts'
import { checkServer, connectDatabase } from './database.ts'
import { RequiredPortEmptyError } from './errors.ts'
import { Events } from './events.ts'
import { Extensions, type Offers } from './extensions.ts'
import { Probes, registerHealth } from './health.ts'
import { makeIdempotent } from './idempotency.ts'
import { idGenerator } from './ids.ts'
import type { Kernel } from './kernel.ts'
import { type LogOptions, logOptions } from './log.ts'
import { MetricRegistry, registerMetrics } from './metrics.ts'
import { pendingMigrations } from './migrate.ts'
import { completeSchema, serveOpenApi } from './openapi.ts'
import { allowOrigins } from './origin.ts'
import { Permissions } from './permissions.ts'
import type { Plugin, PluginScope } from './plugin.ts'
import { orderPlugins } from './plugin-order.ts'
import { answerNotFound, Problem, sendProblem } from './problem.ts'
import { buildSerializer } from './serialization.ts'
import { toFastify } from './to-fastify.ts'
import { bodyLimit, buildValidator, formatValidationErrors } from './validation.ts'

export interface KernelOptions {
  /** A connection the caller owns and closes. Either this or `databaseUrl`. */
  readonly db?: Knex
  /** The application connects, checks the server, and closes the connection with itself. */
  readonly databaseUrl?: string
  readonly plugins: readonly Plugin[]
  readonly clock?: Clock
  /** Default: level `info` to standard output; `false` is silent. */
  readonly logger?: LogOptions | false
  /** Passed on to Fastify (`trustProxy`, `bodyLimit`, `requestTimeout` …). */
  readonly server?: FastifyServerOptions
}

/**
 * Builds a Fastify application from plugins: checked, ordered, set up each in its own scope. It does not migrate
 * (`migrate` does) and does not listen. Throws an error with a code and a sentence that names the plugin and the
 * mend; see `errors.ts`. Empty required ports are refused by `app.ready()` and `app.listen()`.
 */
export async function createKernelApp(options: KernelOptions): Promise<PluginScope> {
  const plugins = orderPlugins(options.plugins)
  const permissions = new Permissions(plugins)
  const { db, close } = await openDatabase(options)
  const app = fastify(serverOptions(options)).withTypeProvider<TypeBoxTypeProvider>()
  app.addHook('onClose', close)
  closeConnections(app)
  try {
    const clock = options.clock ?? systemClock
    const extensions = new Extensions(offersOf(plugins))
    extensions.fill(clockPort, clock, 'core')
    const metrics = new MetricRegistry(clock, app.log)
    const kernel: Kernel = {
      db,
      extensions,
      clock,
      permissions,
      newId: idGenerator(clock),
      events: new Events((event, err) => app.log.error({ err, event }, 'event listener failed')),
      metrics,
      log: app.log
    }
    const probes = new Probes(clock)
    addDatabaseProbes(probes, db, plugins)
    await furnish(app, kernel, extensions, permissions)
    registerHealth(app, probes)
    registerMetrics(app, metrics)
    for (const plugin of plugins) {
      const { name } = plugin.manifest
      const prefix = name === 'core' ? '/api' : `/api/${name}`
      await app.register(toFastify(plugin, { root: app, kernel, extensions, probes }), { prefix })
    }
    app.addHook('onReady', async () => {
      requirePorts(plugins, extensions)
      extensions.seal()
    })
    return app
  } catch (error) {
    await app.close()
    throw error
  }
}

const serverOptions = ({ server, logger }: KernelOptions): FastifyServerOptions => ({
  bodyLimit,
  ...server,
  ...(logger !== false && { logger: logOptions(logger) }),
  schemaController: { compilersFactory: { buildSerializer, buildValidator } },
  schemaErrorFormatter: formatValidationErrors
})

/** Everything routes rely on: errors, guard, documentation. Before the plugins, so that it covers them. */
async function furnish(
  app: PluginScope,
  kernel: Kernel,
  extensions: Extensions,
  permissions: Permissions
): Promise<void> {
  app.setGenReqId(() => kernel.newId())
  app.decorate('kernel', kernel)
  app.decorate('owner', null)
  app.addSchema(Problem)
  app.setErrorHandler(sendProblem)
  app.setNotFoundHandler(async request => answerNotFound(request))
  await allowOrigins(app, kernel.db)
  guardRoutes(app, extensions)
  await serveOpenApi(app)
  app.addHook('onRoute', function (route) {
    const ofPlugin = this.owner !== null || route.url.startsWith('/api/')
    const owner = this.owner ?? 'core'
    if (ofPlugin || route.config?.permission) checkRoutePermission(route, owner, permissions)
    if (route.config?.permission && route.method !== 'HEAD') completeSchema(route, owner)
    if (route.config?.idempotent) makeIdempotent(route, kernel)
  })
}

async function openDatabase(options: KernelOptions): Promise<{ db: Knex; close: () => Promise<void> }> {
  if (options.db) return { db: options.db, close: async () => {} }
  if (!options.databaseUrl) throw new TypeError('createApp needs `db` (a Knex) or `databaseUrl`.')
  const db = connectDatabase(options.databaseUrl)
  try {
    await checkServer(db)
  } catch (error) {
    await db.destroy()
    throw error
  }
  return { db, close: () => db.destroy() }
}

/** The kernel's own points belong to `core`, whether the domain is installed or not. */
function offersOf(plugins: readonly Plugin[]): Offers {
  const offers = new Map([['core', new Set([clockPort.id, authenticators.id])]])
  for (const { manifest } of plugins) {
    const points = offers.get(manifest.name) ?? new Set()
    for (const point of manifest.offers ?? []) points.add(point.id)
    offers.set(manifest.name, points)
  }
  return offers
}

function requirePorts(plugins: readonly Plugin[], extensions: Extensions): void {
  for (const { manifest } of plugins) {
    for (const port of manifest.requires ?? []) {
      if (!extensions.has(port)) throw new RequiredPortEmptyError(manifest.name, port.id)
    }
  }
}

function addDatabaseProbes(probes: Probes, db: Knex, plugins: readonly Plugin[]): void {
  probes.add('core.database', async () => {
    await db.raw('select 1')
    return null
  })
  probes.add('core.migrations', async () => {
    const pending = await pendingMigrations(db, plugins)
    return pending.length === 0 ? null : `not run yet: ${pending.join(', ')}; run the migrate command`
  })
}

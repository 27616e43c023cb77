import type { FastifyBaseLogger } from 'fastify'
import type { Knex } from 'knex'
import type { Clock } from './clock.ts'
import type { Events } from './events.ts'
import type { Extensions } from './extensions.ts'
import type { Metrics } from './metrics.ts'
import type { Permissions } from './permissions.ts'

/** What every plugin can reach. Kept small on purpose: it grows by ports, not by fields. */
export interface Kernel {
  readonly db: Knex
  readonly events: Events
  readonly extensions: Pick<Extensions, 'one' | 'all'>
  readonly clock: Clock
  /** A fresh UUIDv7 (RFC 9562) of the kernel's clock. */
  newId(): string
  /** What manifests declare: authenticators need `ofRole`, whoever hands out permissions needs `has`. */
  readonly permissions: Pick<Permissions, 'has' | 'ofRole'>
  /** Served at `/metrics`, in Prometheus' format. */
  readonly metrics: Metrics
  readonly log: FastifyBaseLogger
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly kernel: Kernel
    /** Name of the plugin whose scope this is; null outside plugins. (Fastify's `pluginName` is a chain of names.) */
    readonly owner: string | null
  }
}

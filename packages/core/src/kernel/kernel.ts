import type { FastifyBaseLogger } from 'fastify'
import type { Knex } from 'knex'
import type { Clock } from './clock.ts'
import type { Events } from './events.ts'
import type { Extensions } from './extensions.ts'

/** What every plugin can reach. Kept small on purpose: it grows by ports, not by fields. */
export interface Kernel {
  readonly db: Knex
  readonly events: Events
  readonly extensions: Pick<Extensions, 'one' | 'all'>
  readonly clock: Clock
  /** A fresh UUIDv7 (RFC 9562) of the kernel's clock. */
  newId(): string
  readonly log: FastifyBaseLogger
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly kernel: Kernel
  }
}

import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault
} from 'fastify'
import type { Knex } from 'knex'
import type { Static, TObject, TProperties } from 'typebox'
import type { Role } from './actor.ts'
import type { EventType } from './events.ts'
import type { ExtensionPoint, Port } from './extension-point.ts'
import type { FillOptions } from './extensions.ts'
import type { Kernel } from './kernel.ts'

/** One step of a plugin's schema. Shipped steps are frozen. */
export interface Migration {
  up(db: Knex): Promise<void>
  down(db: Knex): Promise<void>
}

/** The Fastify scope of one plugin: what it decorates here stays here. */
export type PluginScope = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

/** A permission as people see it, and the roles that hold it by default (`admin` holds every permission). */
export interface PermissionSpec {
  readonly description: string
  readonly roles: readonly Role[]
}

/** A command of the `evs` program. It returns the exit code. */
export interface Command {
  readonly summary: string
  readonly usage: string
  run(args: readonly string[], io: CommandIo): Promise<number>
}

export interface CommandIo {
  out(line: string): void
  err(line: string): void
}

export interface SetupContext<Config> {
  readonly config: Config
  readonly kernel: Kernel
  /**
   * Puts an implementation into an extension point; chains are read in ascending `order` (default 0), and a `fallback`
   * gives way to a filler of the same name from another plugin.
   */
  fill<T>(point: ExtensionPoint<T>, impl: NoInfer<T>, options?: FillOptions): void
  /** Decorates the root of the application with a name that the manifest `exposes`; everything else stays in the scope. */
  expose(name: string, value: unknown): void
  /** A real probe behind `/health/ready`: rejects, or returns a sentence, when this part cannot do its work. */
  probe(name: string, check: () => Promise<string | null>): void
}

/** Everything the kernel must know about a plugin without running it. */
export interface PluginManifest<C extends TProperties = TProperties> {
  /** kebab-case; also the route prefix `/api/<name>` and, with underscores, the PostgreSQL schema. */
  readonly name: string
  readonly version: string
  /** semver range of the core this plugin was written for. */
  readonly core?: string
  /** Plugins that must be set up and migrated before this one: name → semver range. */
  readonly dependencies?: Readonly<Record<string, string>>
  readonly config?: C
  /** `<plugin>:<verb>` → what it allows, and who holds it. */
  readonly permissions?: Readonly<Record<string, PermissionSpec>>
  readonly emits?: readonly EventType[]
  /** Extension points this plugin offers to others. */
  readonly offers?: readonly ExtensionPoint<unknown>[]
  /** Decorators that this plugin puts on the root of the application, for integrators' own code. */
  readonly exposes?: readonly string[]
  /** Ports that must be filled before the app accepts traffic. */
  readonly requires?: readonly Port<unknown>[]
  /** Custom elements this plugin ships: tag → module exported by the package. */
  readonly widgets?: Readonly<Record<`evs-${string}`, string>>
  readonly migrations?: Readonly<Record<string, Migration>>
  /** Commands of the `evs` program that this plugin adds. */
  readonly commands?: Readonly<Record<string, Command>>
  /** Runs inside the plugin's own Fastify scope; routes land under `/api/<name>`. */
  setup(scope: PluginScope, context: SetupContext<Static<TObject<C>>>): void | Promise<void>
}

/** A plugin with its options bound, ready to hand to the kernel. */
export interface Plugin {
  readonly manifest: PluginManifest
  readonly options: unknown
}

/** Turns a manifest into a factory: `quotas({ overshoot: 0 })`. Options are checked when the app is created. */
export const definePlugin =
  <C extends TProperties>(manifest: PluginManifest<C>) =>
  (options: Partial<Static<TObject<C>>> = {}): Plugin => ({
    // The config type is erased here on purpose: the kernel parses options against manifest.config at run time.
    manifest: manifest as unknown as PluginManifest,
    options
  })

// Kernel: the plugin contract
export { type AppOptions, createApp, withDomain } from './app.ts'
export { type Actor, type Role, roles } from './kernel/actor.ts'
export { type Authenticator, authenticators } from './kernel/auth.ts'
export { type Clock, clock, systemClock, type Timer } from './kernel/clock.ts'
export { createKernelApp, type KernelOptions } from './kernel/create-kernel-app.ts'
export { checkServer, connectDatabase, type DatabaseOptions } from './kernel/database.ts'
export { defineEvent, type Events, type EventType } from './kernel/events.ts'
export {
  type Chain,
  defineChain,
  definePort,
  type ExtensionPoint,
  type Port
} from './kernel/extension-point.ts'
export type { Kernel } from './kernel/kernel.ts'
export { type LogOptions, logOptions, maskPhones } from './kernel/log.ts'
export { migrate, migrationKey, pendingMigrations } from './kernel/migrate.ts'
export {
  type Command,
  type CommandIo,
  definePlugin,
  type Migration,
  type PermissionSpec,
  type Plugin,
  type PluginManifest,
  type PluginScope,
  type SetupContext
} from './kernel/plugin.ts'
export { orderPlugins } from './kernel/plugin-order.ts'
export { type Issue, invalidField, Problem } from './kernel/problem.ts'
export { coreVersion } from './kernel/version.ts'

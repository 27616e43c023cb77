import { coreDomain } from './domain/core-plugin.ts'
import { createKernelApp, type KernelOptions } from './kernel/create-kernel-app.ts'
import type { Plugin, PluginScope } from './kernel/plugin.ts'

export type AppOptions = KernelOptions

/** The call-centre domain (with its defaults, unless the list holds a configured one) and `plugins`. */
export const withDomain = (plugins: readonly Plugin[]): readonly Plugin[] =>
  plugins.some(({ manifest }) => manifest.name === 'core') ? plugins : [coreDomain(), ...plugins]

/** A call-centre server: the domain and your plugins in one Fastify application. See `createKernelApp`. */
export const createApp = (options: AppOptions): Promise<PluginScope> =>
  createKernelApp({ ...options, plugins: withDomain(options.plugins) })

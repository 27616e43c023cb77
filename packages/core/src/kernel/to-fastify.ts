import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { parseConfig } from './config.ts'
import { UndeclaredDecoratorError } from './errors.ts'
import type { Extensions } from './extensions.ts'
import type { Probes } from './health.ts'
import type { Kernel } from './kernel.ts'
import type { Plugin, PluginScope, SetupContext } from './plugin.ts'

interface Parts {
  readonly root: PluginScope
  readonly kernel: Kernel
  readonly extensions: Extensions
  readonly probes: Probes
}

/**
 * Wraps a plugin for Fastify. `encapsulate` keeps its decorators and hooks in its own scope; name and
 * dependencies go along, so that Fastify's own checks run as well. Throws CORE_BAD_CONFIG.
 */
export function toFastify(plugin: Plugin, { root, kernel, extensions, probes }: Parts): FastifyPluginAsync {
  const { manifest } = plugin
  const context: SetupContext<never> = {
    kernel: { ...kernel, log: kernel.log.child({ plugin: manifest.name }) },
    config: parseConfig(plugin) as never, // checked against manifest.config, whose type `setup` was written for
    fill: (point, impl, options) => extensions.fill(point, impl, manifest.name, options),
    expose(name, value) {
      if (!manifest.exposes?.includes(name)) throw new UndeclaredDecoratorError(manifest.name, name, name)
      root.decorate(name, value)
    },
    probe: (name, check) => probes.add(`${manifest.name}.${name}`, check)
  }
  const setUp = async (scope: PluginScope): Promise<void> => {
    scope.decorate('owner', manifest.name)
    await manifest.setup(scope, context)
  }
  // The scope is a Fastify instance with the TypeBox provider; Fastify's plugin type names the default provider.
  return fp(setUp as unknown as FastifyPluginAsync, {
    name: manifest.name,
    fastify: '5.x',
    encapsulate: true,
    decorators: { fastify: ['kernel'] },
    dependencies: Object.keys(manifest.dependencies ?? {})
  })
}

import semver from 'semver'
import {
  BadPluginNameError,
  BadVersionError,
  DependencyCircleError,
  DuplicatePluginError,
  MissingDependencyError,
  VersionMismatchError
} from './errors.ts'
import type { Plugin } from './plugin.ts'
import { coreVersion } from './version.ts'

const kebabCase = /^(?=.{1,40}$)[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/

/**
 * Dependencies first, `core` before all; otherwise the order of the list. Throws CORE_BAD_PLUGIN_NAME,
 * CORE_DUPLICATE_PLUGIN, CORE_BAD_VERSION, CORE_MISSING_DEPENDENCY, CORE_VERSION_MISMATCH or
 * CORE_DEPENDENCY_CIRCLE.
 */
export function orderPlugins(plugins: readonly Plugin[]): Plugin[] {
  const byName = index(plugins)
  for (const plugin of plugins) checkVersions(plugin, byName)
  const ordered = new Set<Plugin>()

  const visit = (plugin: Plugin, path: readonly string[]): void => {
    const { name, dependencies = {} } = plugin.manifest
    if (path.includes(name)) throw new DependencyCircleError(name, [...path, name].join(' → '))
    if (ordered.has(plugin)) return
    for (const dependency of Object.keys(dependencies)) {
      const target = byName.get(dependency)
      if (target) visit(target, [...path, name])
    }
    ordered.add(plugin)
  }

  const core = byName.get('core')
  if (core) visit(core, [])
  for (const plugin of plugins) visit(plugin, [])
  return [...ordered]
}

function index(plugins: readonly Plugin[]): Map<string, Plugin> {
  const byName = new Map<string, Plugin>()
  for (const plugin of plugins) {
    const { name } = plugin.manifest
    if (!kebabCase.test(name)) throw new BadPluginNameError(name)
    if (byName.has(name)) throw new DuplicatePluginError(name)
    byName.set(name, plugin)
  }
  return byName
}

function checkVersions({ manifest }: Plugin, byName: ReadonlyMap<string, Plugin>): void {
  const { name, version, core, dependencies = {} } = manifest
  if (!semver.valid(version)) throw new BadVersionError(name, 'version', version, "'1.0.0'")
  if (core !== undefined) checkRange(name, 'core', core, coreVersion)
  for (const [dependency, range] of Object.entries(dependencies)) {
    const target = byName.get(dependency)
    if (!target) throw new MissingDependencyError(name, dependency, range)
    checkRange(name, dependency, range, target.manifest.version)
  }
}

function checkRange(plugin: string, dependency: string, range: string, found: string): void {
  if (semver.validRange(range) === null) {
    throw new BadVersionError(plugin, `range of '${dependency}'`, range, "'^1.0.0'")
  }
  if (!semver.satisfies(found, range, { includePrerelease: true })) {
    throw new VersionMismatchError(plugin, dependency, range, found, plugin)
  }
}

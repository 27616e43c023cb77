import { type Role, roles } from './actor.ts'
import { PermissionTakenError } from './errors.ts'
import type { PermissionSpec, Plugin } from './plugin.ts'

/** Permissions that no manifest declares: everybody; any actor who has proved who he is. */
export const pseudoPermissions: ReadonlySet<string> = new Set(['public', 'authenticated'])

/** Permissions of the kernel's own routes. */
export const kernelPermissions: Readonly<Record<string, PermissionSpec>> = {
  'metrics:read': { description: 'Read what the server measures of itself, as Prometheus does', roles: [] }
}

interface DeclaredPermission {
  readonly name: string
  readonly plugin: string
  readonly description: string
  readonly roles: readonly Role[]
}

/** All permissions that the manifests declare, and who holds them. `admin` holds every one. */
export class Permissions {
  readonly #declared = new Map<string, DeclaredPermission>()
  readonly #byRole = new Map<Role, ReadonlySet<string>>()

  /** Throws CORE_PERMISSION_TAKEN when two manifests declare the same name. */
  constructor(plugins: readonly Plugin[]) {
    for (const [name, spec] of Object.entries(kernelPermissions)) {
      this.#declared.set(name, { name, plugin: 'core', ...spec })
    }
    for (const { manifest } of plugins) {
      for (const [name, spec] of Object.entries(manifest.permissions ?? {})) {
        const other = this.#declared.get(name)
        if (other) throw new PermissionTakenError(name, manifest.name, other.plugin)
        this.#declared.set(name, { name, plugin: manifest.name, ...spec })
      }
    }
    const all = [...this.#declared.values()]
    for (const role of roles) {
      const held = all.filter(permission => role === 'admin' || permission.roles.includes(role))
      this.#byRole.set(role, new Set(held.map(permission => permission.name)))
    }
  }

  has(name: string): boolean {
    return this.#declared.has(name)
  }

  ofRole(role: Role): ReadonlySet<string> {
    return this.#byRole.get(role) ?? new Set()
  }
}

import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import type { Actor } from './actor.ts'
import {
  ForbiddenError,
  NoActorError,
  RouteWithoutPermissionError,
  UnauthenticatedError,
  UndeclaredPermissionError
} from './errors.ts'
import { defineChain } from './extension-point.ts'
import type { Extensions } from './extensions.ts'
import { type Permissions, pseudoPermissions } from './permissions.ts'

/** One way to prove who makes a request: session, API key, widget token, header of a host CRM … */
export interface Authenticator {
  readonly name: string
  /** The actor; null when the request carries nothing for this authenticator, or nothing it accepts. */
  authenticate(request: FastifyRequest): Promise<Actor | null>
}

/** Asked in ascending order; the first actor wins. */
export const authenticators = defineChain<Authenticator>('core.authenticators')

/** Refuses, while the application starts, a route that does not say who may call it. */
export function checkRoutePermission(route: RouteOptions, plugin: string, permissions: Permissions): void {
  const permission = route.config?.permission
  const method = String(route.method)
  if (!permission) throw new RouteWithoutPermissionError(plugin, method, route.url)
  if (!pseudoPermissions.has(permission) && !permissions.has(permission)) {
    throw new UndeclaredPermissionError(plugin, method, route.url, permission)
  }
}

/**
 * Guards every route: finds the actor, compares his permissions with `config.permission`. Runs before the body
 * is read. Routes outside plugins that declare nothing (health, documentation, files of the server) are public.
 */
export function guardRoutes(app: FastifyInstance, extensions: Pick<Extensions, 'all'>): void {
  const actors = new WeakMap<FastifyRequest, Actor>()
  app.decorateRequest('actor', {
    getter() {
      const actor = actors.get(this)
      if (!actor) throw new NoActorError(`${this.method} ${this.routeOptions.url}`)
      return actor
    }
  })
  app.addHook('onRequest', async request => {
    const { permission = 'public' } = request.routeOptions.config
    if (permission === 'public') return
    const actor = await findActor(request, extensions.all(authenticators))
    if (!actor) throw unauthenticated(request)
    if (permission !== 'authenticated' && !actor.permissions.has(permission))
      throw new ForbiddenError(permission)
    actors.set(request, actor)
  })
}

/** Who makes this request, as the first authenticator that knows him says; null: nobody. */
export async function findActor(
  request: FastifyRequest,
  chain: readonly Authenticator[]
): Promise<Actor | null> {
  for (const authenticator of chain) {
    const actor = await authenticator.authenticate(request)
    if (actor) return actor
  }
  return null
}

/** RFC 6750 §3: no `error` when nothing was sent, `invalid_token` when it was not accepted. */
function unauthenticated(request: FastifyRequest): Error {
  const sent = request.headers.authorization !== undefined
  const challenge = sent ? 'Bearer realm="evscallpro", error="invalid_token"' : 'Bearer realm="evscallpro"'
  const sentence = sent
    ? 'The credentials are wrong or have expired. Sign in again.'
    : 'Sign in, or send an API key: Authorization: Bearer …'
  return Object.assign(new UnauthenticatedError(sentence), { headers: { 'www-authenticate': challenge } })
}

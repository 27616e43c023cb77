import type { paths } from './openapi.ts'
import type { Method } from './rest.ts'

type Verb = 'get' | 'post' | 'put' | 'patch' | 'delete'

/** Paths of the REST API that know this verb. */
export type PathOf<V extends Verb> = {
  [P in keyof paths]: paths[P][V] extends { readonly responses: object } ? P : never
}[keyof paths]

/** JSON in the answer of a request that succeeded; null where there is none. */
export type Answer<V extends Verb, P extends PathOf<V>> = paths[P][V] extends {
  readonly responses: infer R
}
  ? {
      [S in keyof R]: S extends 200 | 201 | 202
        ? R[S] extends { readonly content: { readonly 'application/json': infer B } }
          ? B
          : null
        : S extends 204
          ? null
          : never
    }[keyof R]
  : never

type Given<T, K extends string> = T extends { readonly [N in K]?: infer V } ? V : undefined
type Body<O> = O extends {
  readonly requestBody?: { readonly content: { readonly 'application/json': infer B } }
}
  ? B
  : undefined

/** What a request needs beside its path: `path` for the names in braces, `query`, `body`. */
export interface Input<V extends Verb, P extends PathOf<V>> {
  readonly path?: Given<Given<paths[P][V], 'parameters'>, 'path'>
  readonly query?: Given<Given<paths[P][V], 'parameters'>, 'query'>
  readonly body?: Body<paths[P][V]>
}

type Call<V extends Verb> = <P extends PathOf<V>>(path: P, input?: Input<V, P>) => Promise<Answer<V, P>>

/** The REST API, typed after the server's own description. Throws `ApiError`. */
export type Api = { readonly [V in Verb]: Call<V> }

type Send = (method: Method, path: string, body?: object) => Promise<unknown>

/** The path with its names filled in, and the query behind it; lists repeat their name. */
function address(
  path: string,
  names: Record<string, unknown> = {},
  query: Record<string, unknown> = {}
): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(names[name])))
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    [value]
      .flat()
      .filter(one => one !== undefined)
      .map(one => `${encodeURIComponent(name)}=${encodeURIComponent(String(one))}`)
  )
  return pairs.length > 0 ? `${filled}?${pairs.join('&')}` : filled
}

/** Types the requests of a session: `createApi(session).get('/api/call-history', { query: { limit: 20 } })`. */
export function createApi({ request }: { readonly request: Send }): Api {
  const call =
    (method: Method) =>
    (path: string, input: { path?: object; query?: object; body?: object } = {}): Promise<unknown> =>
      request(method, address(path, { ...input.path }, { ...input.query }), input.body)
  const api = {
    get: call('GET'),
    post: call('POST'),
    put: call('PUT'),
    patch: call('PATCH'),
    delete: call('DELETE')
  }
  return api as unknown as Api // the paths decide what goes in and comes out
}

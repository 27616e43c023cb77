import type { FetchLike } from './platform.ts'

/** A refused or failed request: `code` is the server's, stable; `message` its sentence. */
export class ApiError extends Error {
  readonly code: string
  readonly status: number
  /** Fields that are wrong, as JSON pointers with a sentence each. */
  readonly errors: readonly { readonly pointer: string; readonly detail: string }[]

  constructor(status: number, body: unknown) {
    const problem =
      typeof body === 'object' && body !== null ? (body as Partial<ApiError & { detail: string }>) : {}
    super(problem.detail ?? `The server answered ${status}`)
    this.name = 'ApiError'
    this.status = status
    this.code = problem.code ?? 'CORE_INTERNAL'
    this.errors = problem.errors ?? []
  }
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** JSON of a body; null for an empty one. */
export const parseBody = (text: string): unknown => (text === '' ? null : JSON.parse(text))

/** Keeps the token of a page in memory, and asks for another when the server does not take it any more. */
export class TokenKeeper {
  readonly #getToken: () => Promise<string>
  #token: Promise<string> | null = null

  constructor(getToken: () => Promise<string>) {
    this.#getToken = getToken
  }

  /** The token there is, else a new one. */
  get(): Promise<string> {
    this.#token ??= this.renew()
    return this.#token
  }

  /** A new token; those who ask meanwhile get the same. */
  renew(): Promise<string> {
    const token = this.#getToken()
    this.#token = token
    token.catch(() => {
      if (this.#token === token) this.#token = null
    })
    return token
  }
}

/** Makes the function for requests of the REST API: JSON in, JSON out. Throws `ApiError`, and whatever `fetch` throws. */
export function restCaller(base: string, tokens: TokenKeeper, fetch: FetchLike) {
  return async function request<T>(method: Method, path: string, body?: object): Promise<T> {
    const send = async (token: string) =>
      fetch(base + path, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body && { 'content-type': 'application/json' })
        },
        ...(body && { body: JSON.stringify(body) })
      })
    let answer = await send(await tokens.get())
    if (answer.status === 401) answer = await send(await tokens.renew())
    const parsed = parseBody(await answer.text())
    if (!answer.ok) throw new ApiError(answer.status, parsed)
    return parsed as T // the caller names the shape
  }
}

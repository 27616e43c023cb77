import type { FetchLike } from './platform.ts'

/** A refused or failed request: `code` is the server's, stable; `message` its sentence. */
export class ApiError extends Error {
  declare readonly code: string
  declare readonly status: number
  /** Fields that are wrong, as JSON pointers with a sentence each. */
  declare readonly errors: readonly { readonly pointer: string; readonly detail: string }[]

  constructor(status: number, body: unknown) {
    const {
      detail = `The server answered ${status}`,
      code = 'CORE_INTERNAL',
      errors = []
    } = (body ?? {}) as Partial<ApiError & { detail: string }> // RFC 9457, or whatever stands in between
    super(detail)
    Object.assign(this, { name: 'ApiError', status, code, errors })
  }
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** JSON of a body; null for an empty one. */
export const parseBody = (text: string): unknown => (text === '' ? null : JSON.parse(text))

/** What the server takes as a token at all; the page of a proxy or a sign-in form is none. */
const tokenForm = /^[!-~]{16,512}$/

/** Keeps the token of a page in memory, and asks for another when the server does not take it any more. */
export class TokenKeeper {
  readonly #getToken: () => Promise<string>
  #token: string | null = null
  #asked: Promise<string> | null = null

  constructor(getToken: () => Promise<string>) {
    this.#getToken = getToken
  }

  /** The token there is, else a new one. */
  async get(): Promise<string> {
    return this.#token ?? this.renew()
  }

  /** A new token; those who ask meanwhile get the same. The one there is stays until then: it may still be good. */
  renew(): Promise<string> {
    this.#asked ??= this.#ask().finally(() => {
      this.#asked = null
    })
    return this.#asked
  }

  async #ask(): Promise<string> {
    const token = await this.#getToken()
    if (!tokenForm.test(token)) throw new Error('getToken gave no token')
    this.#token = token
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

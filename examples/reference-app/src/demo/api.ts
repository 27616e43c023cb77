import { setTimeout as sleep } from 'node:timers/promises'

/** An answer that is not a success. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  constructor(method: string, path: string, status: number, body: { code?: string; detail?: string }) {
    super(`${method} ${path}: ${status} ${body.code ?? ''} ${body.detail ?? ''}`)
    this.status = status
    this.code = body.code ?? ''
  }
}

/** How long a server that has just died may take to be back, ms. */
const patienceMs = 60_000

/** The public HTTP API as one person uses it. While the server is away, requests are repeated. */
export class Api {
  readonly #base: string
  readonly #token: string | null
  readonly #signal: AbortSignal | null

  /** `signal` ends requests under way, and refuses later ones. */
  constructor(base: string, token: string | null = null, signal: AbortSignal | null = null) {
    this.#base = base
    this.#token = token
    this.#signal = signal
  }

  /** Signs in and returns the API of that person. */
  async login(login: string, password: string): Promise<Api> {
    const { token } = await this.post<{ token: string }>('/api/auth/login', { login, password })
    return new Api(this.#base, token, this.#signal)
  }

  get<T>(path: string): Promise<T> {
    return this.#send<T>('GET', path)
  }

  post<T>(path: string, body: object, key?: string): Promise<T> {
    return this.#send<T>('POST', path, body, key)
  }

  put<T>(path: string, body: object): Promise<T> {
    return this.#send<T>('PUT', path, body)
  }

  patch<T>(path: string, body: object): Promise<T> {
    return this.#send<T>('PATCH', path, body)
  }

  delete<T>(path: string): Promise<T> {
    return this.#send<T>('DELETE', path)
  }

  async #send<T>(method: string, path: string, body?: object, key?: string): Promise<T> {
    const deadline = Date.now() + patienceMs
    for (;;) {
      try {
        const response = await fetch(this.#base + path, {
          method,
          signal: this.#signal,
          headers: {
            ...(this.#token !== null && { authorization: `Bearer ${this.#token}` }),
            ...(body && { 'content-type': 'application/json' }),
            ...(key !== undefined && { 'idempotency-key': key })
          },
          ...(body && { body: JSON.stringify(body) })
        })
        const text = await response.text()
        const answer = text === '' ? undefined : JSON.parse(text)
        if (response.ok) return answer
        if (response.status === 503 && Date.now() < deadline) await sleep(200)
        else throw new ApiError(method, path, response.status, answer ?? {})
      } catch (error) {
        if (error instanceof ApiError || this.#signal?.aborted || Date.now() > deadline) throw error
        await sleep(100) // the connection broke: the server is going away or coming back
      }
    }
  }
}

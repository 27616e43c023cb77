/** One thing that is wrong with what was sent, and where. */
export interface Issue {
  readonly field: string
  readonly detail: string
}

/** A refused request: the server's sentence, and what is wrong with each field. */
export class RestError extends Error {
  readonly status: number
  readonly code: string
  readonly issues: readonly Issue[]
  constructor(status: number, problem: Problem) {
    super(problem.detail ?? problem.title ?? `HTTP ${status}`)
    this.status = status
    this.code = problem.code ?? ''
    this.issues = (problem.errors ?? []).map(({ pointer = '', detail = '' }) => ({
      field: pointer.split('/')[1] ?? '',
      detail
    }))
  }
}

interface Problem {
  readonly title?: string
  readonly detail?: string
  readonly code?: string
  readonly errors?: readonly { readonly pointer?: string; readonly detail?: string }[]
}

let token: Promise<string> | null = null

/** A token of ten minutes for this page, for the session in the cookie; without a session the sign-in page opens. */
export function newToken(): Promise<string> {
  token = exchange()
  return token
}

async function exchange(): Promise<string> {
  const response = await fetch('/api/auth/embed-token', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}'
  })
  if (response.status === 401) {
    location.assign(`/?next=${encodeURIComponent(location.pathname + location.hash)}`)
    throw new RestError(401, {})
  }
  if (!response.ok) throw new RestError(response.status, await response.json())
  return ((await response.json()) as { token: string }).token
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** A request as the person who has signed in; a token that has run out is renewed once. Throws RestError. */
export async function rest<T>(method: Method, path: string, body?: object): Promise<T> {
  const text = await (await request(method, path, body)).text()
  return (text === '' ? undefined : JSON.parse(text)) as T // the caller names the shape that the API's schema promises
}

/** A file of the API. Throws RestError. */
export async function file(path: string): Promise<Blob> {
  return (await request('GET', path)).blob()
}

async function request(method: Method, path: string, body?: object): Promise<Response> {
  const send = async (bearer: string): Promise<Response> =>
    fetch(path, {
      method,
      headers: {
        authorization: `Bearer ${bearer}`,
        ...(body && { 'content-type': 'application/json' })
      },
      ...(body && { body: JSON.stringify(body) })
    })
  let response = await send(await (token ?? newToken()))
  if (response.status === 401) response = await send(await newToken())
  if (response.ok) return response
  const text = await response.text()
  throw new RestError(response.status, text === '' ? {} : JSON.parse(text))
}

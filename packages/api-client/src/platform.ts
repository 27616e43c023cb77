/** What is used of a WebSocket. */
export interface SocketLike {
  readonly readyState: number
  send(text: string): void
  close(code?: number): void
  onopen: (() => void) | null
  onmessage: ((event: { readonly data: unknown }) => void) | null
  onclose: ((event: { readonly code: number }) => void) | null
}

/** What is used of `fetch`. */
export type FetchLike = (
  url: string,
  init: {
    readonly method: string
    readonly headers: Readonly<Record<string, string>>
    readonly body?: string
  }
) => Promise<{
  readonly ok: boolean
  readonly status: number
  text(): Promise<string>
}>

/** The world around the client; a test brings its own and moves the clock. */
export interface Platform {
  /** ms since 1970, local. */
  now(): number
  /** Runs `run` once after `ms`; the returned function calls it off. */
  after(ms: number, run: () => void): () => void
  /** From 0 to 1. */
  random(): number
  openSocket(url: string): SocketLike
  readonly fetch: FetchLike
}

interface Globals {
  readonly WebSocket: new (url: string) => SocketLike
  readonly fetch: FetchLike
  setTimeout(run: () => void, ms: number): unknown
  clearTimeout(handle: unknown): void
}

/** Browsers, and servers whose Node has a WebSocket (22 and newer). */
export function browserPlatform(): Platform {
  const world = globalThis as unknown as Globals // this package knows no DOM
  return {
    now: () => Date.now(),
    after(ms, run) {
      const handle = world.setTimeout(run, ms)
      return () => world.clearTimeout(handle)
    },
    random: () => Math.random(),
    openSocket: url => new world.WebSocket(url),
    fetch: (url, init) => world.fetch(url, init)
  }
}

/** A text that does not come twice; not a secret. Works on plain http, where browsers have no `randomUUID`. */
export function uniqueId({ now, random }: Pick<Platform, 'now' | 'random'>): string {
  return `${now()}-${random()}`
}

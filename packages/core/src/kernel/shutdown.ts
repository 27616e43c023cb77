import type { Server } from 'node:http'

/** Signals so close together are one. */
const sameWishMs = 500

/** What `closeOnSignals` needs of a Fastify application. */
export interface Closable {
  readonly server: Pick<Server, 'closeAllConnections'>
  close(): Promise<unknown>
}

export interface ShutdownOptions {
  /** Default SIGINT and SIGTERM. */
  readonly signals?: readonly NodeJS.Signals[]
  /** How long requests may take to finish, in ms; default 10 000. */
  readonly limitMs?: number
  /** Told each step, for a person or a log. */
  readonly onProgress?: (step: string) => void
  /** Ends the process; default `process.exit`. */
  readonly exit?: (code: number) => void
}

/**
 * Ends a server gracefully on a signal: no new connections, requests in hand are finished, plugins close
 * (`onClose` hooks, last registered first), exit code 0. After `limitMs`, or on a second signal half a second later, connections are
 * cut and the code is 1. For programs that are a server; the returned function takes the listeners away.
 */
export function closeOnSignals(app: Closable, options: ShutdownOptions = {}): () => void {
  const { signals = ['SIGINT', 'SIGTERM'], limitMs = 10_000, onProgress = () => {} } = options
  const end = options.exit ?? (code => process.exit(code))
  let closingSince: number | null = null
  let ended = false

  /** What was cut has not ended well, though closing is finished by it a moment later: the first code stands. */
  const exit = (code: number): void => {
    if (ended) return
    ended = true
    end(code)
  }

  const cut = (reason: string): void => {
    onProgress(`${reason}: cutting what is left`)
    app.server.closeAllConnections()
    exit(1)
  }

  const finish = async (): Promise<void> => {
    const timer = setTimeout(() => cut(`not finished after ${limitMs} ms`), limitMs)
    try {
      await app.close()
      onProgress('closed')
      exit(0)
    } catch (error) {
      onProgress(`closing failed: ${error instanceof Error ? error.message : String(error)}`)
      exit(1)
    } finally {
      clearTimeout(timer)
    }
  }

  const onSignal = (signal: NodeJS.Signals): void => {
    if (closingSince !== null) {
      // A launcher hands its Ctrl-C on while the terminal sends it too: that is one wish, not two.
      if (performance.now() - closingSince > sameWishMs) cut(`second ${signal}`)
      return
    }
    closingSince = performance.now()
    onProgress(`${signal}: finishing requests, at most ${limitMs} ms`)
    void finish()
  }

  for (const signal of signals) process.on(signal, onSignal)
  return () => {
    for (const signal of signals) process.off(signal, onSignal)
  }
}

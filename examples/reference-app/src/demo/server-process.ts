import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const readyLimitMs = 180_000

/** The reference server as a process that can be killed and started again on the same port and data. */
export class ServerProcess {
  readonly base: string
  readonly #env: NodeJS.ProcessEnv
  #child: ChildProcess | undefined
  #output = ''

  constructor(port: number, env: Readonly<Record<string, string>>) {
    this.base = `http://127.0.0.1:${port}`
    this.#env = { ...process.env, ...env, EVS_HOST: '127.0.0.1', EVS_PORT: String(port) }
  }

  /** Starts it and resolves when `/health/ready` says so. */
  async start(): Promise<void> {
    const own = fileURLToPath(import.meta.url)
    const program = join(own, '..', '..', own.endsWith('.ts') ? 'start.ts' : 'start.js')
    const child = spawn(process.execPath, [...process.execArgv, program], {
      env: this.#env,
      stdio: ['ignore', 'pipe', 'pipe']
    })
    this.#child = child
    this.#output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', data => (this.#output += data))
    const deadline = Date.now() + readyLimitMs
    while (Date.now() < deadline && child.exitCode === null) {
      const answer = await fetch(`${this.base}/health/ready`).catch(() => null)
      if (answer?.ok) return
      await sleep(100)
    }
    throw new Error(`The server did not become ready:\n${this.#output}`)
  }

  /** kill -9: nothing in it gets a word. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** As Ctrl-C: it finishes what it has in hand, and ends the database it started. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM')
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

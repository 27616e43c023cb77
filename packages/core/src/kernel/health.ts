import { setImmediate as nextTurn } from 'node:timers/promises'
import { Type } from 'typebox'
import type { Clock } from './clock.ts'
import { NotReadyError } from './errors.ts'
import type { PluginScope } from './plugin.ts'
import type { Issue } from './problem.ts'

/** Rejects, or returns a sentence, when a part cannot do its work. */
export type Check = () => Promise<string | null>

/** What `/health/ready` asks. Names carry the plugin: `ami.link`. */
export class Probes {
  readonly #checks = new Map<string, Check>()
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(name: string, check: Check): void {
    this.#checks.set(name, check)
  }

  /** All probes at once, each with `limitMs`; what failed, and why. */
  async run(limitMs: number): Promise<{ name: string; failure: string | null }[]> {
    const checks = [...this.#checks]
    return Promise.all(
      checks.map(async ([name, check]) => ({ name, failure: await this.#limited(check, limitMs) }))
    )
  }

  #limited(check: Check, limitMs: number): Promise<string | null> {
    return new Promise(resolve => {
      const timer = this.#clock.setTimeout(() => resolve(`gave no answer within ${limitMs} ms`), limitMs)
      const settle = (failure: string | null): void => {
        timer.cancel()
        resolve(failure)
      }
      check().then(settle, (error: unknown) => settle(error instanceof Error ? error.message : 'failed'))
    })
  }
}

const limitMs = 2_000
const Ok = Type.Object({ status: Type.Literal('ok') })

/** `/health/live`: the event loop turns. `/health/ready`: every probe succeeds, else 503 that lists those which fail. */
export function registerHealth(app: PluginScope, probes: Probes): void {
  app.get(
    '/health/live',
    {
      config: { permission: 'public' },
      logLevel: 'warn',
      schema: {
        operationId: 'live',
        summary: 'Does the process turn',
        tags: ['health'],
        response: { 200: Ok }
      }
    },
    async () => {
      await nextTurn()
      return { status: 'ok' as const }
    }
  )
  app.get(
    '/health/ready',
    {
      config: { permission: 'public' },
      logLevel: 'warn',
      schema: {
        operationId: 'ready',
        summary: 'Can this process do its work',
        tags: ['health'],
        response: { 200: Type.Object({ ...Ok.properties, probes: Type.Array(Type.String()) }) }
      }
    },
    async () => {
      const results = await probes.run(limitMs)
      const issues: Issue[] = results.flatMap(({ name, failure }) =>
        failure === null ? [] : [{ in: 'probe', pointer: `/${name}`, detail: failure }]
      )
      if (issues.length === 0) return { status: 'ok' as const, probes: results.map(({ name }) => name) }
      const names = issues.map(({ pointer }) => pointer.slice(1)).join(', ')
      throw Object.assign(new NotReadyError(`Not ready: ${names}`), { issues })
    }
  )
}

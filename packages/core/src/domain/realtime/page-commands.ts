import type { FastifyRequest } from 'fastify'
import type { Kernel } from '../../kernel/kernel.ts'
import type { CommandFrame } from './client-frame.ts'
import { commandRefusal } from './command-refusal.ts'

const commandsAtOnce = 8

/** A request as `app.inject` takes it. */
export interface InnerRequest {
  readonly method: CommandFrame['method']
  readonly url: string
  readonly headers: Record<string, string>
  readonly payload?: Record<string, unknown>
  readonly remoteAddress: string
}

export type InnerCall = (
  request: InnerRequest
) => Promise<{ readonly statusCode: number; readonly body: string }>

/** Carries out the commands of one page as requests of the REST API, with the page's own rights and from its own address. */
export class PageCommands {
  readonly #kernel: Kernel
  readonly #call: InnerCall
  readonly #request: FastifyRequest
  readonly #failed: (err: unknown) => void
  #running = 0

  constructor(
    context: { readonly kernel: Kernel; readonly request: InnerCall },
    request: FastifyRequest,
    failed: (err: unknown) => void
  ) {
    this.#kernel = context.kernel
    this.#call = context.request
    this.#request = request
    this.#failed = failed
  }

  /** The frame that answers; `token` null: the page has not said who it is. */
  async run(frame: CommandFrame, token: string | null): Promise<object> {
    if (token === null) return refusal(frame, 401, 'CORE_UNAUTHENTICATED')
    if (this.#kernel.clock.now().getTime() > frame.notAfter) return refusal(frame, 408, 'CORE_COMMAND_LATE')
    if (this.#running >= commandsAtOnce) return refusal(frame, 429, 'CORE_TOO_MANY_COMMANDS')
    this.#running++
    try {
      const { statusCode, body } = await this.#call(this.#asRequest(frame, token))
      return result(frame, statusCode, body === '' ? null : JSON.parse(body))
    } catch (err) {
      this.#failed(err)
      return refusal(frame, 500, 'CORE_INTERNAL')
    } finally {
      this.#running--
    }
  }

  #asRequest({ method, path, body, key }: CommandFrame, token: string): InnerRequest {
    const { origin, host = '' } = this.#request.raw.headers
    return {
      method,
      url: path,
      headers: {
        authorization: `Bearer ${token}`,
        host,
        'idempotency-key': key,
        ...(origin !== undefined && { origin })
      },
      ...(body && { payload: body }),
      remoteAddress: this.#request.ip
    }
  }
}

function result({ id }: CommandFrame, status: number, body: unknown): object {
  const { code = '' } = (body ?? {}) as { code?: string } // RFC 9457, or our own of here
  return { type: 'result', id, status, body, ...(status >= 400 && { code: commandRefusal(status, code) }) }
}

const refusal = (frame: CommandFrame, status: number, code: string): object => result(frame, status, { code })

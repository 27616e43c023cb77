import type { CommandErrorCode, CommandName, CommandRefusal, CommandResult, Commands } from './command.ts'
import type { ResultFrame } from './frame.ts'
import { type Platform, uniqueId } from './platform.ts'

/** Every command is answered within so long, ms. */
const limitMs = 3_000
/** An equal command so soon after the answer, ms, was the second half of a double click. */
const doubleClickMs = 700
/** What nobody heard an answer to is, repeated within so long, ms, the same request. */
const sameRequestMs = 30_000

type Input = Readonly<Record<string, unknown>>
type Request = readonly [method: string, path: string, body?: object]

const ofCall =
  (path: string) =>
  ({ callId }: Input): Request => ['POST', `/api/calls/${callId}/${path}`]

/** The request behind each command. */
const requests: Readonly<Record<CommandName, (input: Input) => Request>> = {
  login: body => ['PUT', '/api/agent/session', body],
  logout: () => ['DELETE', '/api/agent/session'],
  pause: body => ['PUT', '/api/agent/pause', body],
  ready: () => ['DELETE', '/api/agent/pause'],
  requestNext: body => ['POST', '/api/handouts', body],
  skipContact: ({ handoutId }) => ['DELETE', `/api/handouts/${handoutId}`],
  stopCountdown: ({ handoutId }) => ['DELETE', `/api/handouts/${handoutId}/countdown`],
  dialContact: ({ handoutId, ...body }) => ['POST', `/api/handouts/${handoutId}/calls`, body],
  dial: body => ['POST', '/api/calls', body],
  hangup: ofCall('hangup'),
  hold: ofCall('hold'),
  resume: ofCall('resume'),
  mute: ofCall('mute'),
  unmute: ofCall('unmute'),
  sendDigits: ({ callId, digits }) => ['POST', `/api/calls/${callId}/digits`, { digits }],
  pauseRecording: ofCall('recording/pause'),
  resumeRecording: ofCall('recording/resume'),
  accept: ofCall('accept'),
  setDisposition: ({ handoutId, qualification }) => [
    'PUT',
    `/api/handouts/${handoutId}/qualification`,
    qualification as object // of the command's own type
  ],
  finalise: ({ handoutId, ...body }) => ['POST', `/api/handouts/${handoutId}/finalise`, body],
  extendWrapUp: ({ handoutId }) => ['POST', `/api/handouts/${handoutId}/wrap-up-extension`],
  listen: ({ callId, mode }) => ['POST', `/api/calls/${callId}/listen`, { mode }],
  stopListening: ({ callId, listenId }) => ['DELETE', `/api/calls/${callId}/listen/${listenId}`],
  forceAgent: ({ agentId, action }) => ['POST', `/api/agents/${agentId}/force`, { action }]
}

const transient: ReadonlySet<CommandErrorCode> = new Set(['timeout', 'offline', 'no_line', 'internal'])

const refusal = (code: CommandErrorCode, message: string): CommandRefusal => ({
  ok: false,
  code,
  message,
  retryable: transient.has(code)
})

export interface CommandLine {
  /** The server's time, ms since 1970. */
  now(): number
  /** @returns false when there is no connection. */
  send(frame: object): boolean
  /** An answer did not come in time. */
  degrade(): void
}

interface Waiting {
  readonly resolve: (result: CommandResult<unknown>) => void
  readonly cancel: () => void
}

/** Sends commands and knows what became of them. */
export interface Executor {
  readonly commands: Commands
  /** An answer has come; the server says which code of the closed list a refusal is. */
  answer(frame: ResultFrame): void
  /** The connection is gone: whether the server has carried out what was under way shows when it is back. */
  lost(): void
}

/** Makes the commands of a session. */
export function createExecutor(line: CommandLine, platform: Platform): Executor {
  const waiting = new Map<number, Waiting>()
  const unanswered = new Map<string, { readonly at: number; readonly key: string }>()
  let last: { readonly click: string; readonly result: Promise<CommandResult<unknown>> } | null = null
  let lastId = 0

  function once(name: CommandName, input: Input): Promise<CommandResult<unknown>> {
    const click = JSON.stringify([name, input])
    if (last?.click === click) return last.result
    const result = send(name, input, click)
    // Two equal digits are two digits; anything else that comes twice in a row, with nothing in between, is a double click.
    const own = name === 'sendDigits' ? null : { click, result }
    last = own
    const forget = (): void => {
      if (last === own) last = null
    }
    void result.then(answer => {
      if (!answer.ok && answer.code === 'offline') forget()
      else platform.after(doubleClickMs, forget)
    })
    return result
  }

  async function send(name: CommandName, input: Input, click: string): Promise<CommandResult<unknown>> {
    const [method, path, body] = requests[name](input)
    const now = platform.now()
    const before = unanswered.get(click)
    const key = before && now - before.at < sameRequestMs ? before.key : uniqueId(platform)
    const id = ++lastId
    const notAfter = Math.round(line.now() + limitMs)
    const frame = { type: 'command', id, method, path, key, notAfter, ...(body && { body }) }
    if (!line.send(frame)) return refusal('offline', 'There is no connection to the server')
    const result = await new Promise<CommandResult<unknown>>(resolve => {
      const cancel = platform.after(limitMs, () => {
        line.degrade()
        settle(id, refusal('timeout', `The server did not answer within ${limitMs / 1000} s`))
      })
      waiting.set(id, { resolve, cancel })
    })
    const heard = result.ok || !['timeout', 'offline'].includes(result.code)
    if (heard) unanswered.delete(click)
    else unanswered.set(click, { at: now, key })
    return result
  }

  function settle(id: number, result: CommandResult<unknown>): void {
    const asked = waiting.get(id)
    waiting.delete(id)
    asked?.cancel()
    asked?.resolve(result)
  }

  const names = Object.keys(requests) as CommandName[]
  return {
    commands: Object.fromEntries(
      names.map(name => [name, (input: Input = {}) => once(name, input)])
    ) as unknown as Commands, // one function for every name of the table
    answer({ id, status, body, refusal: code }) {
      if (status < 400) settle(id, { ok: true, value: status === 204 ? null : body })
      else {
        const { detail = `The server answered ${status}` } = (body ?? {}) as { detail?: string } // RFC 9457
        settle(id, refusal(code ?? 'internal', detail))
      }
    },
    lost() {
      for (const id of [...waiting.keys()])
        settle(id, refusal('offline', 'The connection broke before the answer'))
    }
  }
}

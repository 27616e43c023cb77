import type { CommandErrorCode, CommandName, CommandRefusal, CommandResult, Commands } from './command.ts'
import { commandsBy, type Input, requestOf } from './command-request.ts'
import type { ResultFrame } from './frame.ts'
import { type Platform, uniqueId } from './platform.ts'

/** Every command is answered within so long, ms. */
const limitMs = 3_000
/** An equal command so soon after the answer, ms, was the second half of a double click. */
const doubleClickMs = 700
/** What nobody heard an answer to is, repeated within so long, ms, the same request. */
const sameRequestMs = 30_000

const transient: ReadonlySet<CommandErrorCode> = new Set(['timeout', 'offline', 'no_line', 'internal'])

const refusal = (code: CommandErrorCode, message: string): CommandRefusal => ({
  ok: false,
  code,
  message,
  retryable: transient.has(code)
})

/** Whether it was carried out is not known: the state shows it. */
const noAnswer = refusal('timeout', 'The server did not answer')

export interface CommandLine {
  /** The server's time, ms since 1970. */
  now(): number
  /** @returns false when there is no connection. */
  send(frame: object): boolean
  /** An answer did not come in time. */
  degrade(): void
}

/** Sends commands and knows what became of them. */
export interface Executor {
  readonly commands: Commands
  /** An answer has come; the server says which code of the closed list a refusal is. */
  answer(frame: ResultFrame): void
  /** The connection is gone: whether the server has carried out what was under way shows when it is back. */
  lost(): void
  /**
   * The server told of a change, which may be what a command without an answer has done: one like it is a new one. With
   * `clicks` also when it follows at once, as a program asks that was told of work.
   */
  forget(clicks?: boolean): void
}

/** Makes the commands of a session. */
export function createExecutor(line: CommandLine, platform: Platform): Executor {
  /** How each command under way is settled. */
  const waiting = new Map<number, (result: CommandResult<unknown>) => void>()
  /** Keys of commands without an answer. What was said in them, such as a note, is kept no longer. */
  const unanswered = new Map<string, string>()
  let changes = 0
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
    const key = unanswered.get(click) ?? uniqueId(platform)
    const id = ++lastId
    const seen = changes
    const notAfter = Math.round(line.now() + limitMs)
    if (!line.send({ type: 'command', id, key, notAfter, ...requestOf(name, input) }))
      return refusal('offline', 'No connection to the server')
    const result = await new Promise<CommandResult<unknown>>(resolve => {
      const cancel = platform.after(limitMs, () => {
        line.degrade()
        settle(noAnswer)
      })
      const settle = (result: CommandResult<unknown>): void => {
        waiting.delete(id)
        cancel()
        resolve(result)
      }
      waiting.set(id, settle)
    })
    if (result.ok || result.code !== 'timeout') unanswered.delete(click)
    else if (seen === changes && !unanswered.has(click)) {
      unanswered.set(click, key)
      platform.after(sameRequestMs, () => unanswered.delete(click))
    }
    return result
  }

  return {
    commands: commandsBy(once),
    answer({ id, status, body, code }) {
      const { detail = `The server answered ${status}` } = (body ?? {}) as { detail?: string } // RFC 9457
      waiting.get(id)?.(
        status < 400 ? { ok: true, value: status === 204 ? null : body } : refusal(code ?? 'internal', detail)
      )
    },
    lost() {
      for (const settle of waiting.values()) settle(noAnswer)
    },
    forget(clicks = false) {
      changes++
      unanswered.clear()
      if (clicks) last = null
    }
  }
}

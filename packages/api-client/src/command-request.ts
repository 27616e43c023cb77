import type { CommandName, CommandResult, Commands } from './command.ts'

export type Input = Readonly<Record<string, unknown>>

/**
 * The request behind each command: method, path below `/api/`, and which field of the input is the body; by default all
 * that is not in the path.
 */
const requests: Readonly<Record<CommandName, string>> = {
  login: 'PUT agent/session',
  logout: 'DELETE agent/session',
  pause: 'PUT agent/pause',
  ready: 'DELETE agent/pause',
  requestNext: 'POST handouts',
  skipContact: 'DELETE handouts/{handoutId}',
  stopCountdown: 'DELETE handouts/{handoutId}/countdown',
  dialContact: 'POST handouts/{handoutId}/calls',
  dial: 'POST calls',
  hangup: 'POST calls/{callId}/hangup',
  hold: 'POST calls/{callId}/hold',
  resume: 'POST calls/{callId}/resume',
  mute: 'POST calls/{callId}/mute',
  unmute: 'POST calls/{callId}/unmute',
  sendDigits: 'POST calls/{callId}/digits',
  pauseRecording: 'POST calls/{callId}/recording/pause',
  resumeRecording: 'POST calls/{callId}/recording/resume',
  accept: 'POST calls/{callId}/accept',
  setDisposition: 'PUT handouts/{handoutId}/qualification qualification',
  finalise: 'POST handouts/{handoutId}/finalise',
  extendWrapUp: 'POST handouts/{handoutId}/wrap-up-extension',
  listen: 'POST calls/{callId}/listen',
  stopListening: 'DELETE calls/{callId}/listen/{listenId}',
  forceAgent: 'POST agents/{agentId}/force'
}

/** What a command asks of the REST API. */
export function requestOf(
  name: CommandName,
  input: Input
): { readonly method: string; readonly path: string; readonly body: unknown } {
  const [method, path, part] = requests[name].split(' ') as [string, string, string?] // as the table is written
  const rest = { ...input }
  const filled = path.replace(/{(\w+)}/g, (_, key: string) => {
    delete rest[key]
    return String(input[key])
  })
  return { method, path: `/api/${filled}`, body: part ? rest[part] : rest }
}

/** The commands of a session, each carried out by `run`. */
export const commandsBy = (
  run: (name: CommandName, input: Input) => Promise<CommandResult<unknown>>
): Commands =>
  Object.fromEntries(
    Object.keys(requests).map(name => [name, (input: Input = {}) => run(name as CommandName, input)])
  ) as unknown as Commands // one function for every name of the table

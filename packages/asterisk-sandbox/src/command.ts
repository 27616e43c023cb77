import { execFile } from 'node:child_process'
import { SandboxError, type SandboxErrorCode } from './errors.ts'

/** How a command is run; the time-out is in milliseconds. */
export interface CommandOptions {
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  readonly timeoutMs?: number
}

/** What a command left behind: its exit code (or `null` when it was ended by a signal or never ran). */
export interface CommandResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const mostOutput = 64 * 1024 * 1024

/** Runs a program without a shell and waits for its end; a failure is a result, not an exception. */
export function tryCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions = {}
): Promise<CommandResult> {
  return new Promise(resolve => {
    const { env = process.env, cwd, timeoutMs = 0 } = options
    execFile(
      program,
      args,
      { env, cwd, timeout: timeoutMs, maxBuffer: mostOutput },
      (error, stdout, stderr) => {
        if (!error) return resolve({ code: 0, stdout, stderr })
        const code = typeof error.code === 'number' ? error.code : null
        resolve({ code, stdout, stderr: stderr || error.message })
      }
    )
  })
}

/** Runs a program and returns its output; throws a `SandboxError` with the end of what it complained about. */
export async function runCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions & { readonly what: string; readonly failure: SandboxErrorCode }
): Promise<string> {
  const result = await tryCommand(program, args, options)
  if (result.code === 0) return result.stdout
  const complaint = (result.stderr || result.stdout).trim().split('\n').slice(-5).join('\n')
  throw new SandboxError(options.failure, `${options.what} failed: ${withoutLogin(complaint)}`)
}

// a mirror's address may carry a name and a password, which are nobody's business in a log
function withoutLogin(text: string): string {
  return text.replace(/:\/\/[^/@\s]*@/g, '://')
}

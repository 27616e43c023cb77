/** What went wrong with the sandbox; the message says what to do about it. */
export type SandboxErrorCode =
  | 'SANDBOX_UNAVAILABLE'
  | 'SANDBOX_BAD_OPTION'
  | 'SANDBOX_NOT_RUNNING'
  | 'SANDBOX_SETUP_FAILED'
  | 'SANDBOX_START_FAILED'
  | 'SANDBOX_TIMEOUT'
  | 'SANDBOX_COMMAND_FAILED'

/** Every error this package throws on purpose; `code` is stable, the text is for people. */
export class SandboxError extends Error {
  readonly code: SandboxErrorCode

  constructor(code: SandboxErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'SandboxError'
    this.code = code
  }
}

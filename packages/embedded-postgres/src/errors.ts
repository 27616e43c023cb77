/** Stable codes of everything that can go wrong here; the message says what was found and how to mend it. */
export type EmbeddedPostgresErrorCode =
  | 'EMBEDDED_POSTGRES_UNSUPPORTED_PLATFORM'
  | 'EMBEDDED_POSTGRES_BINARIES_MISSING'
  | 'EMBEDDED_POSTGRES_BINARIES_UNUSABLE'
  | 'EMBEDDED_POSTGRES_INVALID_OPTION'
  | 'EMBEDDED_POSTGRES_FOREIGN_VERSION'
  | 'EMBEDDED_POSTGRES_FOREIGN_DIRECTORY'
  | 'EMBEDDED_POSTGRES_NO_ACCESS'
  | 'EMBEDDED_POSTGRES_UNKNOWN_USER'
  | 'EMBEDDED_POSTGRES_START_FAILED'
  | 'EMBEDDED_POSTGRES_START_TIMEOUT'
  | 'EMBEDDED_POSTGRES_STOP_FAILED'

/** The one error this package throws on purpose. `code` is stable, the message is for people. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError'
  readonly code: EmbeddedPostgresErrorCode

  constructor(code: EmbeddedPostgresErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}

/** The `code` of a system or SQL error, undefined for anything else. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

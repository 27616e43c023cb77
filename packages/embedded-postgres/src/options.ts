import { resolve } from 'node:path'
import { EmbeddedPostgresError } from './errors.ts'

export interface EmbeddedPostgresOptions {
  /** Folder of ours alone; the database cluster lies in `data` below it. Made when missing. */
  dataDir: string
  /** Database the connection points at, created when missing. Default `evscallpro`. */
  database?: string
  /** Server settings as in postgresql.conf, used when this call starts the server (not when it attaches). */
  settings?: Record<string, string>
  /** Hears a sentence for each step that takes time. */
  onProgress?: (step: string) => void
  /** Limit for the whole start, ms. Default 60 000. */
  timeoutMs?: number
  /** PostgreSQL 17 programs to use instead of the npm package: a folder with bin/, lib/ and share/. */
  binariesDir?: string
  /** Where a copy of the programs is kept when they cannot be used in place. Default: the user's cache folder. */
  cacheDir?: string
}

export interface CheckedOptions {
  dataDir: string
  database: string
  settings: Record<string, string>
  onProgress: (step: string) => void
  timeoutMs: number
  binariesDir: string | undefined
  cacheDir: string | undefined
}

/**
 * `backend_flush_after`: what an import writes goes to disk as it comes. Left to the system it goes all at once half a minute
 * later, and every commit waits behind it (docs/reference/performance-quotas.md).
 */
const defaults = { shared_buffers: '64MB', max_connections: '50', backend_flush_after: '1MB' }

/** Where the server listens and what it logs is this package's business: attach and stop rely on it. */
const reserved = new Set([
  'listen_addresses',
  'port',
  'unix_socket_directories',
  'data_directory',
  'config_file',
  'hba_file',
  'external_pid_file',
  'logging_collector'
])

/** Throws EMBEDDED_POSTGRES_INVALID_OPTION naming the field. */
export function checkOptions(options: EmbeddedPostgresOptions): CheckedOptions {
  if (typeof options.dataDir !== 'string' || options.dataDir === '') {
    throw invalid('dataDir', 'must name a folder')
  }
  if (options.timeoutMs !== undefined && !(options.timeoutMs > 0)) {
    throw invalid('timeoutMs', 'must be a number of milliseconds above 0')
  }
  for (const [name, value] of Object.entries(options.settings ?? {})) {
    if (!/^[a-z_][a-z0-9_.]*$/i.test(name)) throw invalid('settings', `has a name that is none: ${name}`)
    if (/[\r\n\0]/.test(value)) throw invalid('settings', `${name} must be on one line`)
    if (reserved.has(name.toLowerCase())) {
      throw invalid(
        'settings',
        `cannot set ${name}; for a server that others reach, set DATABASE_URL instead`
      )
    }
  }
  return {
    dataDir: resolve(options.dataDir),
    database: checkDatabaseName('database', options.database ?? 'evscallpro'),
    settings: { ...defaults, ...options.settings },
    onProgress: options.onProgress ?? (() => {}),
    timeoutMs: options.timeoutMs ?? 60_000,
    binariesDir: options.binariesDir,
    cacheDir: options.cacheDir
  }
}

/** Plain names only: they go into SQL, URLs and logs unquoted. */
export function checkDatabaseName(field: string, name: string): string {
  if (/^[a-z_][a-z0-9_]{0,62}$/.test(name)) return name
  throw invalid(field, 'must be 1 to 63 of a-z, 0-9 and _, not starting with a digit')
}

function invalid(field: string, mend: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError('EMBEDDED_POSTGRES_INVALID_OPTION', `Option ${field} ${mend}.`)
}

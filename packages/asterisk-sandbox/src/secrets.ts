import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { softphones, webphones } from './softphones.ts'

/**
 * The passwords of one run folder, by account and by extension. They are made anew for each folder, softphones' too:
 * whoever may use this machine may reach its loopback addresses, and a password out of a repository would let him dial.
 */
export interface SandboxSecrets {
  readonly ami: Readonly<Record<string, string>>
  readonly sip: Readonly<Record<string, string>>
}

/** Where a run folder keeps its secrets, readable by its owner alone. */
export function secretsFile(runDir: string): string {
  return join(runDir, 'secrets.json')
}

/** Reads the run folder's secrets, and makes those of the named AMI accounts and of the phones that are missing. */
export async function ensureSecrets(runDir: string, accounts: readonly string[]): Promise<SandboxSecrets> {
  const file = secretsFile(runDir)
  const text = await readFile(file, 'utf8').catch(() => undefined)
  const known: SandboxSecrets = text === undefined ? { ami: {}, sip: {} } : JSON.parse(text)
  const secrets = {
    ami: { ...fresh(accounts), ...known.ami },
    sip: { ...fresh([...softphones, ...webphones]), ...known.sip }
  }
  const wanted = `${JSON.stringify(secrets, null, 2)}\n`
  if (wanted !== text) await writeFile(file, wanted, { mode: 0o600 })
  return secrets
}

function fresh(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map(name => [name, randomBytes(18).toString('base64url')]))
}

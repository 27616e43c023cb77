import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The files that a PBX needs, with the modes they are written with: the account's secret is not for everybody. */
const files: Readonly<Record<string, number>> = {
  'extensions_evs.conf': 0o644,
  'extensions_evs_site.conf': 0o644,
  'features_evs.conf': 0o644,
  'pjsip_evs.conf': 0o644,
  'manager_evs.conf': 0o640
}

/** Folder of the kit's templates. */
export const kitTemplates = fileURLToPath(new URL('../../kit/', import.meta.url))

export interface KitSettings {
  /** Folder on the PBX in which recordings are kept. */
  readonly recordings: string
  /** `address/netmask` from which the server connects. */
  readonly permit: string
  /** Secret of the AMI account; a random one when it is left out. */
  readonly secret?: string
}

export interface KitFile {
  readonly name: string
  /** `kept`: it stood there already, with other content. */
  readonly result: 'written' | 'unchanged' | 'kept'
}

/**
 * Writes the dialplan, SIP timers and AMI account for a PBX into `folder`. A file that was changed by hand is kept
 * unless `overwrite` is set; the account's file, once written, keeps its secret.
 * @throws Error when a setting would break the files.
 */
export async function writeAsteriskKit(
  folder: string,
  settings: KitSettings,
  overwrite = false
): Promise<KitFile[]> {
  check('recordings', settings.recordings, /^\/[\w./-]+$/, 'an absolute path of letters, digits, . _ / and -')
  check(
    'permit',
    settings.permit,
    /^[\d.:a-fA-F]+\/[\d.:a-fA-F]+$/,
    'address/netmask, such as 10.0.0.5/255.255.255.255'
  )
  const values: Record<string, string> = {
    RECORDINGS: settings.recordings,
    PERMIT: settings.permit,
    SECRET: settings.secret ?? randomBytes(24).toString('base64url')
  }
  await mkdir(folder, { recursive: true })
  const results: KitFile[] = []
  for (const [name, mode] of Object.entries(files)) {
    const template = await readFile(join(kitTemplates, name), 'utf8')
    const text = template.replace(/@([A-Z]+)@/g, (_, key: string) => values[key]!)
    const path = join(folder, name)
    const found = await readFile(path, 'utf8').catch(() => null)
    if (found === text) results.push({ name, result: 'unchanged' })
    else if (found !== null && !overwrite) results.push({ name, result: 'kept' })
    else {
      await writeFile(path, text, { mode })
      results.push({ name, result: 'written' })
    }
  }
  return results
}

function check(setting: string, value: string, form: RegExp, expected: string): void {
  if (!form.test(value)) throw new Error(`--${setting} is '${value}'; expected ${expected}`)
}

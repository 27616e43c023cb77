import { randomBytes } from 'node:crypto'
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The files that a PBX needs, with the modes they are written with: a secret is not for everybody. */
const files: Readonly<Record<string, number>> = {
  'extensions_evs.conf': 0o644,
  'extensions_evs_site.conf': 0o644,
  'extensions_evs_cache.conf': 0o644,
  'extensions_evs_check.conf': 0o644,
  'features_evs.conf': 0o644,
  'outbound_evs.conf': 0o644,
  'pjsip_evs.conf': 0o644,
  'manager_evs.conf': 0o640,
  'agents-realtime/sorcery.conf': 0o644,
  'agents-realtime/extconfig.conf': 0o644,
  'agents-realtime/res_pgsql.conf': 0o640,
  'agents-realtime/role.sql': 0o644,
  'gateway/yeastar-trunk.txt': 0o644
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
  /** The `asterisk` program on the PBX, with `-C` where it needs it; default `/usr/sbin/asterisk`. */
  readonly asterisk?: string
  /** The database as the PBX reaches it. */
  readonly database?: KitDatabase
}

/** Where Asterisk finds the agents' SIP accounts. */
export interface KitDatabase {
  /** A host, or the folder of a unix socket (63 characters at most). */
  readonly host: string
  readonly port: number
  readonly name: string
  /** The role of `role.sql`. */
  readonly role: string
}

const usualDatabase: KitDatabase = {
  host: '/var/run/postgresql',
  port: 5432,
  name: 'evscallpro',
  role: 'asterisk'
}

export interface KitFile {
  readonly name: string
  /** `kept`: it stood there already, with other content. */
  readonly result: 'written' | 'unchanged' | 'kept'
}

/**
 * Writes the dialplan, voice prompts, SIP timers, AMI account, samples for agents from the database and a gateway's
 * settings into `folder`. A file that was changed by hand is kept unless `overwrite` is set; the account's file, once
 * written, keeps its secret.
 * @throws Error when a setting would break the files.
 */
export async function writeAsteriskKit(
  folder: string,
  settings: KitSettings,
  overwrite = false
): Promise<KitFile[]> {
  const { asterisk = '/usr/sbin/asterisk', database = usualDatabase } = settings
  check('recordings', settings.recordings, /^\/[\w./-]+$/, 'an absolute path of letters, digits, . _ / and -')
  check(
    'permit',
    settings.permit,
    /^[\d.:a-fA-F]+\/[\d.:a-fA-F]+$/,
    'address/netmask, such as 10.0.0.5/255.255.255.255'
  )
  check('asterisk', asterisk, /^\/[\w./ -]+$/, 'an absolute path of letters, digits, . _ / and -')
  check('database-host', database.host, /^(\/[\w./-]{1,62}|[\w.:-]+)$/, 'a host, or the folder of a socket')
  check('database-port', String(database.port), /^[1-9]\d{0,4}$/, 'a port number')
  check('database-name', database.name, /^[a-z_][a-z0-9_]*$/, 'a plain name of a-z, 0-9 and _')
  check('database-role', database.role, /^[a-z_][a-z0-9_]*$/, 'a plain name of a-z, 0-9 and _')
  const values: Record<string, string> = {
    RECORDINGS: settings.recordings,
    PERMIT: settings.permit,
    SECRET: settings.secret ?? randomBytes(24).toString('base64url'),
    ASTERISK: asterisk,
    DBHOST: database.host,
    DBPORT: String(database.port),
    DBNAME: database.name,
    DBROLE: database.role,
    // Over a socket there is none; over TCP a person writes it here, so that it is in no shell's history.
    DBPASS: ''
  }
  const results: KitFile[] = []
  for (const [name, mode] of Object.entries(files)) {
    const template = await readFile(join(kitTemplates, name), 'utf8')
    const text = template.replace(/@([A-Z]+)@/g, (_, key: string) => values[key]!)
    const path = join(folder, name)
    await mkdir(dirname(path), { recursive: true })
    const found = await readFile(path, 'utf8').catch(() => null)
    if (found === text) results.push({ name, result: 'unchanged' })
    else if (found !== null && !overwrite) results.push({ name, result: 'kept' })
    else {
      await writeFile(path, text, { mode })
      results.push({ name, result: 'written' })
    }
  }
  await cp(join(kitTemplates, 'sounds'), join(folder, 'sounds'), { recursive: true, force: overwrite })
  return results
}

function check(setting: string, value: string, form: RegExp, expected: string): void {
  if (!form.test(value)) throw new Error(`--${setting} is '${value}'; expected ${expected}`)
}

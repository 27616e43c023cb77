import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** Where the PBX is. `simulator`: started beside the server when nothing answers there yet. */
export type PbxSettings =
  | { readonly kind: 'simulator' }
  | {
      readonly kind: 'asterisk'
      readonly name: string
      readonly host: string
      readonly port: number
      readonly username: string
      readonly secret: string
      readonly tls: boolean
      /** `trial` works without our dialplan on the PBX, with softphones only. */
      readonly mode: 'dialplan' | 'trial'
    }

export interface Config {
  readonly host: string
  readonly port: number
  /** Folder of the embedded database, the simulator's state and the demo's accounts. */
  readonly dataDir: string
  /** null: the embedded PostgreSQL. */
  readonly databaseUrl: string | null
  readonly pbx: PbxSettings
  /** E.164 prefixes that may be called. */
  readonly allow: readonly string[]
  /** How long an agent's own phone rings, seconds. */
  readonly agentRingSeconds: number
  /** Where phones register; null: the address of the PBX's AMI. */
  readonly sipHost: string | null
  /** Where the PBX reads the agents' SIP accounts: the database's views, or a generated file. */
  readonly sipAccounts: 'views' | 'file'
  /** This server as phones reach it, for the QR codes of softphones; null: without. */
  readonly publicUrl: string | null
  readonly logLevel: string
  /** Absolute path; null: standard output. */
  readonly logFile: string | null
  /** Fill an empty database with the demo. */
  readonly demo: boolean
  /** Simulated agents work in the demo; only on the simulator. */
  readonly floor: boolean
}

/** All settings that are wrong, a sentence each: which one, what was found, what to do. */
export class ConfigError extends Error {
  readonly issues: readonly string[]
  constructor(issues: readonly string[]) {
    super(issues.join('\n'))
    this.issues = issues
  }
}

type Source = Readonly<Record<string, string | undefined>>

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']

/** Setting in the file → variable in the environment, which wins. */
const variables = {
  host: 'EVS_HOST',
  port: 'EVS_PORT',
  dataDir: 'EVS_DATA_DIR',
  databaseUrl: 'DATABASE_URL',
  pbx: 'EVS_PBX',
  pbxName: 'EVS_PBX_NAME',
  amiHost: 'EVS_AMI_HOST',
  amiPort: 'EVS_AMI_PORT',
  amiUsername: 'EVS_AMI_USERNAME',
  amiSecret: 'EVS_AMI_SECRET',
  amiSecretFile: 'EVS_AMI_SECRET_FILE',
  amiTls: 'EVS_AMI_TLS',
  amiMode: 'EVS_AMI_MODE',
  destinations: 'EVS_DESTINATIONS',
  agentRingSeconds: 'EVS_AGENT_RING_SECONDS',
  sipHost: 'EVS_SIP_HOST',
  sipAccounts: 'EVS_SIP_ACCOUNTS',
  publicUrl: 'EVS_PUBLIC_URL',
  logLevel: 'EVS_LOG_LEVEL',
  logFile: 'EVS_LOG_FILE',
  demo: 'EVS_DEMO',
  floor: 'EVS_FLOOR'
} as const
type Setting = keyof typeof variables

/**
 * Reads the settings from the environment and, below it, from the JSON file that EVS_CONFIG names (default
 * `evscallpro.config.json` in `folder`, when it exists).
 * @throws ConfigError with every issue at once; no message quotes a secret or a database URL.
 */
export function readConfig(env: Source, folder: string): Config {
  const issues: string[] = []
  const file = readFile(env, folder, issues)
  const value = (setting: Setting): string | undefined => {
    const found = env[variables[setting]] || file[setting]
    return found === '' ? undefined : found
  }
  const name = (setting: Setting): string =>
    env[variables[setting]] ? variables[setting] : `${setting} in the configuration file`
  const whole = (setting: Setting, fallback: number, from: number, to: number): number => {
    const text = value(setting)
    if (text === undefined) return fallback
    const number = Number(text)
    if (Number.isInteger(number) && number >= from && number <= to) return number
    issues.push(`${name(setting)} is '${text}': give a whole number from ${from} to ${to}.`)
    return fallback
  }
  const port = (setting: Setting, fallback: number): number => whole(setting, fallback, 0, 65_535)
  const oneOf = <T extends string>(setting: Setting, allowed: readonly T[], fallback: T): T => {
    const text = value(setting)
    if (text === undefined) return fallback
    const found = allowed.find(one => one === text)
    if (found === undefined)
      issues.push(`${name(setting)} is '${text}': choose one of ${allowed.join(', ')}.`)
    return found ?? fallback
  }

  const databaseUrl = value('databaseUrl') ?? null
  if (databaseUrl !== null && !/^postgres(ql)?:\/\//.test(databaseUrl)) {
    issues.push(
      `${name('databaseUrl')} does not begin with postgres://: write postgres://user:password@host:5432/database.`
    )
  }
  const kind = oneOf(
    'pbx',
    ['simulator', 'asterisk'],
    value('amiHost') === undefined ? 'simulator' : 'asterisk'
  )
  const allow = (value('destinations') ?? (kind === 'simulator' ? '+33' : ''))
    .split(',')
    .map(one => one.trim())
    .filter(Boolean)
  for (const prefix of allow) {
    if (!/^\+\d{1,15}$/.test(prefix))
      issues.push(`${name('destinations')} holds '${prefix}': give E.164 prefixes such as +33,+32.`)
  }
  const publicUrl = value('publicUrl') ?? null
  if (publicUrl !== null && !/^https?:\/\/[^/?#]+(\/[^?#]*)?$/.test(publicUrl)) {
    issues.push(
      `${name('publicUrl')} is '${publicUrl}': give the address of this server, such as https://calls.example.`
    )
  }
  const dataDir = resolve(folder, value('dataDir') ?? '.evscallpro')
  const logFile = value('logFile') ?? join(dataDir, 'server.log')
  const config: Config = {
    host: value('host') ?? '127.0.0.1',
    port: port('port', 3000),
    dataDir,
    databaseUrl,
    pbx: kind === 'simulator' ? { kind } : asterisk(),
    allow,
    sipHost: value('sipHost') ?? null,
    sipAccounts: oneOf('sipAccounts', ['views', 'file'], 'views'),
    publicUrl,
    agentRingSeconds: whole('agentRingSeconds', 25, 3, 120),
    logLevel: oneOf('logLevel', logLevels, 'info'),
    logFile: logFile === '-' ? null : resolve(folder, logFile),
    demo: oneOf('demo', ['on', 'off'], kind === 'simulator' ? 'on' : 'off') === 'on',
    floor: oneOf('floor', ['on', 'off'], kind === 'simulator' ? 'on' : 'off') === 'on'
  }
  if (issues.length > 0) throw new ConfigError(issues)
  return config

  function asterisk(): PbxSettings {
    return {
      kind: 'asterisk',
      name: value('pbxName') ?? 'asterisk',
      host: required('amiHost', 'give the address of the PBX'),
      port: port('amiPort', 5038),
      username: required('amiUsername', 'give the account of manager.conf'),
      secret: secret(),
      tls: oneOf('amiTls', ['on', 'off'], 'off') === 'on',
      mode: oneOf('amiMode', ['dialplan', 'trial'], 'dialplan')
    }
  }

  function required(setting: Setting, mend: string): string {
    const text = value(setting)
    if (text === undefined) issues.push(`${variables[setting]} is missing: ${mend}.`)
    return text ?? ''
  }

  function secret(): string {
    const path = value('amiSecretFile')
    if (path === undefined)
      return required('amiSecret', "give the account's secret, or its file in EVS_AMI_SECRET_FILE")
    try {
      return readFileSync(resolve(folder, path), 'utf8').trim()
    } catch (error) {
      issues.push(
        `${name('amiSecretFile')} names a file that cannot be read (${codeOf(error)}): correct the path or its rights.`
      )
      return ''
    }
  }
}

function readFile(env: Source, folder: string, issues: string[]): Partial<Record<Setting, string>> {
  const path = resolve(folder, env.EVS_CONFIG || 'evscallpro.config.json')
  if (!env.EVS_CONFIG && !existsSync(path)) return {}
  try {
    const content: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (typeof content !== 'object' || content === null || Array.isArray(content))
      throw new Error('not a JSON object')
    const settings: Partial<Record<Setting, string>> = {}
    for (const [key, found] of Object.entries(content)) {
      if (!(key in variables)) {
        issues.push(
          `The configuration file has a setting '${key}' that does not exist: choose from ${Object.keys(variables).join(', ')}.`
        )
      } else if (typeof found === 'object') {
        issues.push(`${key} in the configuration file is no text, number or yes-no value: write it as one.`)
      } else settings[key as Setting] = typeof found === 'boolean' ? (found ? 'on' : 'off') : String(found)
    }
    return settings
  } catch (error) {
    const found = error instanceof SyntaxError ? 'is not valid JSON' : `cannot be read (${codeOf(error)})`
    issues.push(`The configuration file (EVS_CONFIG) ${found}: correct it, or leave EVS_CONFIG unset.`)
    return {}
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error ? ('code' in error ? String(error.code) : error.message) : String(error)

import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { coreDomain, createApp, type Plugin, type PluginScope } from '@evscallpro/core'
import { ami } from '@evscallpro/plugin-ami'
import { extensions } from '@evscallpro/plugin-extensions'
import { mobileCallback } from '@evscallpro/plugin-mobile-callback'
import { quotas } from '@evscallpro/plugin-quotas'
import { trunks } from '@evscallpro/plugin-trunks'
import type { Config } from './config.ts'
import { registerPages } from './web/pages.ts'

/** How the server reaches its PBX, whatever it is. */
export interface AmiAccount {
  readonly pbx: string
  readonly host: string
  readonly port: number
  readonly username: string
  readonly secret: string
  readonly tls: boolean
  readonly mode: 'dialplan' | 'trial'
}

type PluginSettings =
  | 'allow'
  | 'agentRingSeconds'
  | 'dataDir'
  | 'pbx'
  | 'sipHost'
  | 'sipAccounts'
  | 'publicUrl'

/** The plugins of the reference server. */
export const plugins = (config: Pick<Config, PluginSettings>, account: AmiAccount): Plugin[] => [
  coreDomain({
    destinations: { allow: [...config.allow], deny: [] },
    agentRingSeconds: config.agentRingSeconds
  }),
  ami({
    ...account,
    journal: { folder: join(config.dataDir, 'journal'), retentionHours: 72, segmentBytes: 16_777_216 }
  }),
  quotas(),
  extensions({
    sipHost: config.sipHost ?? account.host,
    ringSeconds: config.agentRingSeconds,
    // The simulator reads no views: its phones are registered as they are.
    source: config.pbx.kind === 'asterisk' ? config.sipAccounts : 'file',
    ...(config.publicUrl !== null && { publicUrl: config.publicUrl })
  }),
  trunks(),
  mobileCallback()
]

/** The reference server on a database that is migrated. */
export async function buildServer(
  config: Pick<Config, PluginSettings | 'logLevel' | 'logFile'>,
  account: AmiAccount,
  databaseUrl: string
): Promise<PluginScope> {
  const app = await createApp({
    databaseUrl,
    plugins: plugins(config, account),
    logger: {
      level: config.logLevel,
      ...(config.logFile !== null && {
        stream: createWriteStream(config.logFile, { flags: 'a', mode: 0o600 })
      })
    }
  })
  await registerPages(app, account)
  return app
}

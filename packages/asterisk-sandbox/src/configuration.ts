import { existsSync } from 'node:fs'
import { chmod, cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SandboxError } from './errors.ts'
import { type InstanceLayout, type InstanceName, layoutOf } from './layout.ts'
import { type AsteriskRoot, rootCommand } from './root.ts'
import type { SandboxSecrets } from './secrets.ts'
import { agentsConf, phonesConf } from './softphones.ts'
import { holdTone } from './tone.ts'

/** Classes of an AMI account, as `manager.conf` writes them: `read` for events, `write` for actions. */
export interface AmiAccountRights {
  readonly read: string
  readonly write: string
}

/** All that an instance's folder is made from. */
export interface Configuration {
  readonly layout: InstanceLayout
  readonly dir: string
  readonly shift: number
  readonly root: AsteriskRoot
  readonly secrets: SandboxSecrets
  readonly overlays: readonly string[]
  readonly amiAccounts: Readonly<Record<string, AmiAccountRights>>
}

// beside src/ and beside dist/ alike
const templates = fileURLToPath(new URL('../conf', import.meta.url))

/** Writes an instance's `etc` anew: common templates, those of its role, what is generated, then the overlays. */
export async function writeConfiguration(configuration: Configuration): Promise<void> {
  const { layout, dir, secrets, overlays, amiAccounts } = configuration
  const etc = join(dir, 'etc')
  await makeFolders(configuration)
  await rm(etc, { recursive: true, force: true })
  await mkdir(etc, { mode: 0o700 })
  const values = placeholders(configuration)
  const put = (name: string, text: string) => writeFile(join(etc, name), text, { mode: 0o600 })
  for (const folder of [join(templates, 'common'), join(templates, layout.role), ...overlays]) {
    for (const name of await confFiles(folder)) {
      await put(name, fill(await readFile(join(folder, name), 'utf8'), values, join(folder, name)))
    }
  }
  for (const folder of overlays) await copySounds(join(folder, 'sounds'), join(dir, 'data', 'sounds'))
  await put('manager_extra.conf', accountsConf(amiAccounts, secrets))
  if (layout.role === 'central') await put('pjsip_agents.conf', agentsConf(secrets))
  if (layout.role === 'phones') {
    await put('pjsip_phones.conf', phonesConf(secrets, layoutOf('central', configuration.shift).sipPort))
  }
}

/** A kit's voice prompts; one that has none has no such folder. */
async function copySounds(from: string, to: string): Promise<void> {
  if (existsSync(from)) await cp(from, to, { recursive: true })
}

/** Replaces `@NAME@` by its value. @throws SandboxError when a template asks for a value that does not exist. */
export function fill(text: string, values: Readonly<Record<string, string>>, file: string): string {
  return text.replace(/@([A-Z][A-Z0-9_]*)@/g, (all, name: string) => {
    const value = values[name]
    if (value !== undefined) return value
    const known = Object.keys(values).join(', ')
    throw new SandboxError(
      'SANDBOX_BAD_OPTION',
      `${file} asks for ${all}, which there is not; there are ${known}`
    )
  })
}

function placeholders({ layout, dir, shift, root, secrets }: Configuration): Record<string, string> {
  const sip = (name: InstanceName) => String(layoutOf(name, shift).sipPort)
  return {
    DIR: dir,
    ROOT: root.folder,
    MODDIR: join(root.libraries, 'asterisk', 'modules'),
    NAME: layout.name,
    IP: layout.address,
    AMI: String(layout.amiPort),
    SIP: String(layout.sipPort),
    HTTP: String(layout.httpPort),
    HTTPS: String(layout.httpsPort),
    RTP0: String(layout.rtpFrom),
    RTP1: String(layout.rtpTo),
    TONE: String(layout.toneHz),
    CENTRAL_SIP: sip('central'),
    GWA_SIP: sip('gw-a'),
    GWB_SIP: sip('gw-b'),
    PHONES_SIP: sip('phones'),
    // what a kit for any PBX leaves open: the framework's secret and network, the folder of recordings
    SECRET: secrets.ami.evs ?? '',
    PERMIT: '127.0.0.0/255.0.0.0',
    RECORDINGS: join(dir, 'spool', 'monitor'),
    ASTERISK: [...rootCommand(root, 'usr/sbin/asterisk'), '-C', join(dir, 'etc', 'asterisk.conf')].join(' '),
    ...Object.fromEntries(
      Object.entries(secrets.ami).map(([name, value]) => [`${name.toUpperCase()}_SECRET`, value])
    )
  }
}

async function confFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    throw new SandboxError('SANDBOX_BAD_OPTION', `the overlay ${folder} cannot be read: ${cause.code}`, {
      cause
    })
  })
  return names.filter(name => name.endsWith('.conf')).sort()
}

function accountsConf(accounts: Readonly<Record<string, AmiAccountRights>>, secrets: SandboxSecrets): string {
  return Object.entries(accounts)
    .map(
      ([name, { read, write }]) =>
        `[${name}]\nsecret = ${secrets.ami[name]}\ndeny = 0.0.0.0/0.0.0.0\npermit = 127.0.0.0/255.0.0.0\n` +
        `read = ${read}\nwrite = ${write}\nwritetimeout = 5000\n`
    )
    .join('\n')
}

// what Debian's maintainer scripts would make, and what Asterisk expects to find when it starts
async function makeFolders({ dir, root }: Configuration): Promise<void> {
  const folders = [
    'run',
    'log/cdr-csv',
    'log/cdr-custom',
    'log/cel-custom',
    'spool/monitor',
    'spool/outgoing'
  ]
  folders.push('spool/tmp', 'spool/system', 'spool/voicemail', 'spool/recording', 'lib/agi-bin', 'lib/keys')
  folders.push('data/sounds/custom', 'data/moh', 'keys')
  await mkdir(dir, { recursive: true, mode: 0o700 })
  await chmod(dir, 0o700)
  for (const folder of folders) await mkdir(join(dir, folder), { recursive: true })
  const share = join(root.folder, 'usr', 'share', 'asterisk')
  for (const folder of ['documentation', 'rest-api', 'static-http']) {
    await link(join(share, folder), join(dir, 'data', folder))
  }
  for (const voice of await readdir(join(share, 'sounds'))) {
    if (voice === 'custom') continue // the site's own sounds: a folder of the instance, not of the cache
    await link(join(share, 'sounds', voice), join(dir, 'data', 'sounds', voice))
  }
  await link(join(share, 'sounds', 'en_US_f_Allison'), join(dir, 'data', 'sounds', 'en'))
  await writeFile(join(dir, 'data', 'moh', 'hold.wav'), holdTone())
}

async function link(target: string, path: string): Promise<void> {
  await rm(path, { force: true })
  await symlink(target, path)
}

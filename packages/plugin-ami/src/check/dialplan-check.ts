import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AmiLink } from '../link/ami-link.ts'
import { header, type WirePacket } from '../link/packet.ts'
import { advice, type CheckLine, missing, ok } from './check-line.ts'
import type { PbxReader } from './pbx-reader.ts'

/** How long the events of the little call of `evs-check` may take, ms. */
const eventLimitMs = 5_000

/** Looks for every context of the kit, then at prompts, folder of recordings and events by a call within the PBX. */
export async function checkDialplan(
  link: AmiLink,
  reader: PbxReader,
  templates: string
): Promise<readonly CheckLine[]> {
  const contexts = await contextsOf(templates)
  const absent: string[] = []
  for (const context of contexts) if (!(await reader.hasContext(context))) absent.push(context)
  if (absent.length > 0) {
    const what =
      absent.length === contexts.length
        ? 'The dialplan is not there'
        : `The dialplan lacks ${absent.join(', ')}`
    return [
      missing(
        `${what}: write it with 'evs asterisk-kit DIR', #include extensions_evs.conf in extensions.conf, then 'dialplan reload'`
      )
    ]
  }
  const lines = [ok(`The dialplan has all contexts: ${contexts.join(', ')}`)]
  return lines.concat(await checkByCall(link, reader, await promptsOf(templates)))
}

/** The contexts that the kit's files define: what is added to the kit is looked for without a list of its own. */
async function contextsOf(templates: string): Promise<string[]> {
  const names = (await readdir(templates)).filter(name => /^(extensions|outbound).*\.conf$/.test(name))
  const texts = await Promise.all(names.sort().map(name => readFile(join(templates, name), 'utf8')))
  return texts.flatMap(text => [...text.matchAll(/^\[(evs-[\w-]+)\]/gm)].map(([, context]) => context!))
}

/** The kit's voice prompts, as they lie below the PBX's folder of sounds. */
async function promptsOf(templates: string): Promise<string[]> {
  const entries = await readdir(join(templates, 'sounds'), { recursive: true }).catch(() => [])
  return entries.filter(entry => /\.\w+$/.test(entry)).sort()
}

async function checkByCall(
  link: AmiLink,
  reader: PbxReader,
  prompts: readonly string[]
): Promise<readonly CheckLine[]> {
  const seen: { channel?: WirePacket; check?: WirePacket } = {}
  const heard = new Promise<void>(resolve => {
    const listen = (packet: WirePacket): void => {
      if (header(packet, 'Event') === 'Newchannel') seen.channel ??= packet
      if (header(packet, 'UserEvent') !== 'EvsCheck') return
      seen.check = packet
      link.off('event', listen)
      resolve()
    }
    link.on('event', listen)
  })
  await link.action({
    Action: 'Originate',
    Channel: 'Local/s@evs-check/n',
    Application: 'NoOp',
    Async: 'true',
    Variable: { __EVS_CHECK: prompts.join('|') }
  })
  const limit = new Promise<void>(resolve => setTimeout(resolve, eventLimitMs).unref())
  await Promise.race([heard, limit])
  return [...eventLines(seen), ...(await fileLines(seen.check, reader, prompts.length))]
}

function eventLines({ channel, check }: { channel?: WirePacket; check?: WirePacket }): CheckLine[] {
  if (!channel) {
    return [missing("Events of channels do not arrive: add 'call' to 'read' of the account in manager.conf")]
  }
  const lines: CheckLine[] = []
  if (!check) {
    lines.push(
      missing("UserEvents of the dialplan do not arrive: add 'user' to 'read' of the account in manager.conf")
    )
  }
  lines.push(
    header(channel, 'Timestamp') === undefined
      ? advice(
          "Events bear no Timestamp, so that times of calls are those of arrival: set 'timestampevents = yes' in [general] of manager.conf"
        )
      : ok('Events bear the time of the PBX'),
    header(channel, 'ChanVariable') === undefined
      ? advice(
          "Events bear no channel variables, so that some calls are told apart by less: set 'channelvars = EVS_CALL_ID,EVS_LEG' in [general] of manager.conf"
        )
      : ok('Events bear the call they belong to')
  )
  return lines
}

async function fileLines(
  check: WirePacket | undefined,
  reader: PbxReader,
  prompts: number
): Promise<readonly CheckLine[]> {
  if (!check) return []
  const absent = (header(check, 'Missing') ?? '').split(' ').filter(Boolean)
  const sounds = `${await reader.value('ASTDATADIR')}/sounds`
  const recordings = await reader.value('EVS_REC_DIR')
  const lines: CheckLine[] = []
  if (absent.length > 0) {
    lines.push(
      missing(
        `Voice prompts are not there: ${absent.join(', ')}; copy the kit's folder 'sounds' over ${sounds} on the PBX`
      )
    )
  } else if (prompts > 0) lines.push(ok(`The voice prompts are there, ${prompts} files`))
  lines.push(
    header(check, 'Recordings') === 'SUCCESS'
      ? ok(`Recordings can be written to ${recordings}`)
      : missing(
          `Recordings cannot be written to '${recordings}' (EVS_REC_DIR in extensions_evs_site.conf): make the folder, and give it to Asterisk's user`
        )
  )
  return lines
}

import { readFileSync } from 'node:fs'
import {
  type PbxSimulator,
  type PhoneOptions,
  type SimulatorOptions,
  startPbxSimulator
} from '../../src/index.ts'
import { AmiClient, type Packet, parsePacket } from './client.ts'

export interface Scenario {
  trace: string
  phones?: PhoneOptions[]
  trunks?: SimulatorOptions['trunks']
  /** What people do by themselves, at ms after the first action. */
  acts?: Array<{ atMs: number; act: (simulator: PbxSimulator) => void }>
  /** How long the scenario is let run after its last action, ms. */
  tailMs?: number
}

interface SentAction {
  atMs: number
  lines: Array<[string, string]>
}

export function readTrace(name: string): { received: Packet[]; sent: SentAction[] } {
  const file = (kind: string): string =>
    readFileSync(new URL(`../traces/${name}.${kind}.ami`, import.meta.url), 'utf8')
  const received = file('received').split('\r\n\r\n').filter(Boolean).map(parsePacket)
  const sent = file('sent')
    .split(/^# (?=\d+$)/m)
    .filter(Boolean)
    .map((block): SentAction => {
      const [stamp = '', ...rest] = block.split('\n')
      const lines = rest.filter(Boolean).map((line): [string, string] => {
        const colon = line.indexOf(':')
        return [line.slice(0, colon), line.slice(colon + 1).trim()]
      })
      return { atMs: Number(stamp), lines }
    })
  return { received, sent }
}

/** Plays a recorded scenario's actions against the simulator at the recorded moments and returns what came back. */
export async function play(scenario: Scenario, seed: number | string): Promise<Packet[]> {
  const { received, sent } = readTrace(scenario.trace)
  const phones = ['1001', '1002', '1003'].map(
    (extension): PhoneOptions =>
      scenario.phones?.find(phone => phone.extension === extension) ?? { extension }
  )
  for (const phone of scenario.phones ?? []) if (!phones.includes(phone)) phones.push(phone)
  const simulator = await startPbxSimulator({
    clock: 'virtual',
    startMs: sent[0]!.atMs, // the kit counts in whole seconds of the clock
    seed,
    phones,
    phoneContext: 'from-agent',
    trunks: scenario.trunks ?? ['trunk-site-a', 'trunk-site-b'],
    accounts: [
      { username: 'lab', secret: 'lab-secret', read: ['all'], write: ['all'], exclude: [] },
      { username: 'evs', secret: 'evs-secret' }
    ]
  })
  const client = new AmiClient(simulator.port)
  try {
    const firstMs = sent[0]!.atMs
    const acts = [...(scenario.acts ?? [])]
    let elapsed = 0
    const goTo = async (atMs: number): Promise<void> => {
      for (let next = acts[0]; next && next.atMs <= atMs; next = acts[0]) {
        acts.shift()
        await simulator.advance(Math.max(next.atMs - elapsed, 0))
        elapsed = Math.max(next.atMs, elapsed)
        next.act(simulator)
      }
      await simulator.advance(Math.max(atMs - elapsed, 0))
      elapsed = Math.max(atMs, elapsed)
    }
    for (const [index, action] of sent.entries()) {
      const last = index === sent.length - 1
      // the recorder acted on events within a millisecond; our latencies differ by a few
      await goTo(action.atMs - firstMs + 15 * index + (last ? (scenario.tailMs ?? 0) : 0))
      const lines = action.lines.map(([name, value]): [string, string] => [
        name,
        sameChannels(value, received, client.packets)
      ])
      const fields: Record<string, string[]> = {}
      for (const [name, value] of lines.slice(1)) fields[name] = [...(fields[name] ?? []), value]
      const id = fields.ActionID?.[0] ?? ''
      await client.ask(lines[0]![1], { ...fields, ActionID: id })
    }
    return client.packets
  } finally {
    client.close()
    await simulator.close()
  }
}

/** Names of the recorded run's channels and bridges become those of the same ones in this run. */
function sameChannels(value: string, recorded: readonly Packet[], mine: readonly Packet[]): string {
  let text = value
  const there = ids(recorded)
  const here = ids(mine)
  for (const [id, role] of there) {
    const own = [...here].find(([, otherRole]) => otherRole === role)?.[0]
    if (own) text = text.replaceAll(id, own)
  }
  return text
}

/** Channel names, Uniqueids and bridge ids, with the role each plays: by order of appearance. */
export function ids(packets: readonly Packet[]): Map<string, string> {
  const roles = new Map<string, string>()
  let legs = 0
  let bridges = 0
  for (const packet of packets) {
    const name = packet.get('Channel')
    const row = ['Newchannel', 'CoreShowChannel'].includes(packet.get('Event'))
    if (row && !roles.has(name)) {
      legs++
      roles.set(name, `<channel ${legs}>`)
      if (/^\d+\.\d+$/.test(packet.get('Uniqueid'))) roles.set(packet.get('Uniqueid'), `<uniqueid ${legs}>`)
    }
    const bridge = packet.get('BridgeUniqueid')
    if (bridge !== '' && !roles.has(bridge)) roles.set(bridge, `<bridge ${++bridges}>`)
  }
  return roles
}

/** What no two runs have in common. */
const VARIES =
  /^(Timestamp|StartTime|EndTime|Ms|Duration|BillableSeconds|BridgeTechnology|Seconds|Uptime|LastReload)$/
/** Set or empty is all that can be compared. */
const PRESENCE = /^(AnswerTime|RingMs|ProgressMs)$/

/** Every event's headers, names and values, as `lane → events in order`; lanes are what Asterisk keeps in order. */
export function lanes(packets: readonly Packet[]): Record<string, string[]> {
  const roles = [...ids(packets)].sort(([a], [b]) => b.length - a.length)
  const named = (text: string): string => {
    let result = text
    for (const [id, role] of roles) result = result.replaceAll(id, role)
    return result
  }
  const result: Record<string, string[]> = {}
  for (const packet of packets) {
    const event = packet.get('Event')
    if (event === 'FullyBooted') continue
    const lines = packet.lines
      .filter(([name]) => !VARIES.test(name))
      // a state that lags behind or runs ahead in these two is one of the documented freedoms
      .filter(([name]) => !(/^Dial(Begin|State)$/.test(event) && name.startsWith('DestChannelState')))
      .map(
        ([name, value]) =>
          `${named(name)}: ${PRESENCE.test(name) ? value !== '' : comparable(name, named(value))}`
      )
    const lane = laneOf(event, packet, named)
    result[lane] = [...(result[lane] ?? []), lines.join('\n')]
  }
  return result
}

/** The laboratory's own dialplan passes Dial options the kit does not have. */
function comparable(name: string, value: string): string {
  return name === 'LastData' ? value.replace(/,20,tT$/, ',20') : value
}

function laneOf(event: string, packet: Packet, named: (text: string) => string): string {
  if (event === '') return 'responses'
  if (event === 'OriginateResponse') return 'originate'
  if (event === 'Cdr') return `cdr ${named(packet.get('Channel'))}`
  if (event.startsWith('Dial')) return `dial ${named(packet.get('DestChannel'))}`
  if (/^Bridge(Create|Destroy|Enter|Leave)$/.test(event)) return named(packet.get('BridgeUniqueid'))
  if (event.startsWith('MusicOnHold')) return `music ${named(packet.get('Channel'))}`
  return `channel ${named(packet.get('Channel') || packet.get('SpyerChannel'))}`
}

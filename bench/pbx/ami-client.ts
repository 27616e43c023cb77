// One client of bench ami: reads events over a socket, and reports its CPU time, or how late the rows were.
import { createRequire } from 'node:module'
import net from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type CallLedger, callLedger, systemClock } from '@evscallpro/core'
import { AmiLink } from '../../packages/plugin-ami/src/link/ami-link.ts'
import { PbxReading } from '../../packages/plugin-ami/src/pbx-reading.ts'
import { benchDatabase, requestCalls } from './bench-database.ts'

const [kind, portText, countText] = process.argv.slice(2)
const port = Number(portText)
const count = Number(countText)

const counters: Record<string, (seen: () => void) => void> = {
  link: seen => {
    const link = new AmiLink({ port, username: 'bench', secret: 'bench', events: 'on' })
    link.on('event', seen)
    link.start()
  },
  'asterisk-manager': seen => {
    const require = createRequire(new URL('../../packages/plugin-ami/package.json', import.meta.url))
    const AsteriskManager = require('asterisk-manager')
    const manager = new AsteriskManager(port, '127.0.0.1', 'bench', 'bench', true)
    manager.on('managerevent', seen)
  },
  // The ceiling: cut at empty lines, split at line ends and colons, no care for anything.
  minimal: seen => {
    const socket = net.connect(port, '127.0.0.1')
    socket.setEncoding('utf8')
    socket.write('Action: Login\r\nActionID: 1\r\n\r\n')
    let rest = ''
    socket.on('data', chunk => {
      const packets = (rest + chunk).split('\r\n\r\n')
      rest = packets.pop() ?? ''
      for (const text of packets) {
        const packet: Record<string, string> = {}
        for (const line of text.split('\r\n')) {
          const colon = line.indexOf(': ')
          packet[line.slice(0, colon)] = line.slice(colon + 2)
        }
        if (packet.Event !== undefined) seen()
      }
    })
  }
}

const measure = counters[kind ?? '']
if (measure) {
  let seen = 0
  let since: NodeJS.CpuUsage | undefined
  measure(() => {
    since ??= process.cpuUsage()
    if (++seen !== count) return
    const { user, system } = process.cpuUsage(since)
    process.send?.({ cpuUs: user + system })
  })
} else await records()

/** Everything from the socket to the row; the lag of a call is from its last event's Timestamp to its commit. */
async function records(): Promise<void> {
  const database = await benchDatabase()
  const { kernel } = database.app
  await requestCalls(database.app, 'bench', 0, count)
  const inner = kernel.extensions.one(callLedger)
  const lags: number[] = []
  const perSecond: number[] = []
  let firstEndMs: number | undefined
  const ledger: CallLedger = {
    openCalls: pbx => inner.openCalls(pbx),
    openLegs: pbx => inner.openLegs(pbx),
    async report(pbx, facts, within) {
      await inner.report(pbx, facts, within)
      const now = Date.now()
      for (const fact of facts) {
        if (fact.kind !== 'ended') continue
        const { endedAtMs } = fact.record
        firstEndMs ??= endedAtMs
        const lag = now - endedAtMs
        const second = Math.max(0, Math.floor((endedAtMs - firstEndMs) / 1000))
        lags.push(lag)
        perSecond[second] = Math.max(perSecond[second] ?? 0, lag)
      }
    }
  }
  const reading = new PbxReading({
    pbx: 'bench',
    link: new AmiLink({ port, username: 'bench', secret: 'bench', events: 'on' }),
    db: kernel.db,
    ledger,
    clock: systemClock,
    log: kernel.log,
    journal: { folder: join(database.folder, 'journal'), retentionHours: 1, segmentBytes: 16_777_216 }
  })
  const deadline = performance.now() + 120_000
  let rss = 0
  while (lags.length < count && performance.now() < deadline) {
    rss = Math.max(rss, process.memoryUsage.rss())
    await sleep(100)
  }
  await reading.finish()
  await database.close()
  lags.sort((a, b) => a - b)
  const at = (q: number): number => lags[Math.min(lags.length - 1, Math.floor(lags.length * q))] ?? -1
  process.send?.({
    rows: lags.length,
    p50: at(0.5),
    p99: at(0.99),
    max: at(1),
    worstOfSecond: Array.from(perSecond, one => one ?? 0),
    rssMb: Math.round(rss / 1_048_576)
  })
}

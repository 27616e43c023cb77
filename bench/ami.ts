// CPU of the AMI link for each event beside asterisk-manager and a minimal parser; a minute at 20,000 events/s with the record writer.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { AmiFramer } from '../packages/plugin-ami/src/link/framer.ts'
import { benchCallId, CallStream } from './pbx/call-stream.ts'

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '300000' },
    rounds: { type: 'string', default: '3' },
    rate: { type: 'string', default: '20000' },
    seconds: { type: 'string', default: '60' },
    json: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false }
  }
})
const events = values.check ? 20_000 : Number(values.events)
const rounds = values.check ? 1 : Number(values.rounds)
const rate = values.check ? 2_000 : Number(values.rate)
const seconds = values.check ? 2 : Number(values.seconds)
/** Of asterisk-manager's CPU for each event. */
const targetRatio = 0.4

const kinds = ['minimal', 'link', 'asterisk-manager'] as const
const spent = new Map<string, number[]>(kinds.map(kind => [kind, []]))
for (let round = 0; round < rounds; round++) {
  // The order turns, so that a busy machine hits all alike.
  for (let i = 0; i < kinds.length; i++) {
    const kind = kinds[(i + round) % kinds.length]!
    spent.get(kind)!.push(await cpuOf(kind))
  }
}
const median = (list: readonly number[]): number =>
  [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]!
const perEvent = Object.fromEntries([...spent].map(([kind, list]) => [kind, round2(median(list))]))
const ratio = round2(median(spent.get('link')!) / median(spent.get('asterisk-manager')!))
const flood = await lagOf()
const result = { events, microsecondsPerEvent: perEvent, linkToAsteriskManager: ratio, flood }
if (values.json) console.log(JSON.stringify(result))
else {
  console.log(
    `CPU for each of ${events} events, µs, median of ${rounds}: ${kinds.map(kind => `${kind} ${perEvent[kind]}`).join(', ')}`
  )
  console.log(`link against asterisk-manager: ${ratio} (target at most ${targetRatio})`)
  console.log(
    `${rate} events/s for ${seconds} s with journal, interpreter and rows: lag p50 ${flood.p50} ms, p99 ${flood.p99} ms, worst ${flood.max} ms (target 1,000), after the first 5 s ${Math.max(0, ...flood.worstOfSecond.slice(5))} ms; ${flood.rows} rows of ${flood.calls} calls, peak ${flood.rssMb} MB`
  )
}
if (values.check && (ratio > targetRatio || flood.rows !== flood.calls)) process.exitCode = 1

interface Lag {
  readonly rows: number
  readonly p50: number
  readonly p99: number
  readonly max: number
  /** The worst lag of the calls that ended in each second, in their order: where a late second lies tells what made it. */
  readonly worstOfSecond: readonly number[]
  readonly rssMb: number
}

/** CPU of a process that does nothing but read, µs for each event. */
async function cpuOf(kind: string): Promise<number> {
  const { port, socket, close } = await listen()
  const child = client<{ cpuUs: number }>([kind, String(port), String(events)])
  const wire = await socket
  const chunk = Buffer.from(chunkOf(400))
  const inChunk = new AmiFramer().push(Buffer.concat([Buffer.from('\r\n'), chunk])).length
  for (let sent = 0; sent < events + inChunk; sent += inChunk) {
    if (!wire.write(chunk)) await writable(wire)
    if (wire.destroyed) break
  }
  const { cpuUs } = await child
  close()
  return cpuUs / events
}

/** Until the peer has read enough, or is gone. */
function writable(wire: Socket): Promise<void> {
  return new Promise(resolve => {
    const done = (): void => {
      wire.off('drain', done).off('close', done)
      resolve()
    }
    wire.on('drain', done).on('close', done)
  })
}

/** The whole way with journal, interpreter and database, in a process of its own. */
async function lagOf() {
  const stream = new CallStream()
  const calls = Math.ceil((rate * seconds) / stream.eventsPerCall)
  const { port, socket, close } = await listen()
  const child = client<Lag>(['records', String(port), String(calls)])
  const wire = await socket
  const begin = performance.now()
  for (let call = 0; call < calls; ) {
    const due = Math.min(
      calls,
      Math.floor(((performance.now() - begin) / 1000) * (rate / stream.eventsPerCall)) + 1
    )
    const startMs = Date.now()
    let bytes = ''
    for (; call < due; call++) bytes += stream.next(benchCallId(call), startMs, 0)
    if (bytes !== '') wire.write(bytes)
    await sleep(10)
  }
  const lag = await child
  close()
  return { calls, ...lag }
}

function chunkOf(calls: number): string {
  const stream = new CallStream()
  return Array.from({ length: calls }, (_, n) => stream.next(benchCallId(n), Date.now(), 300)).join('')
}

/** Resolves with what the process reports at its end. */
async function client<Report>(args: readonly string[]): Promise<Report> {
  const child = fork(fileURLToPath(new URL('pbx/ami-client.ts', import.meta.url)), args)
  const [report] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]): never => {
      throw new Error(`the client ${args[0]} ended with code ${code} and without a report`)
    })
  ])
  child.kill()
  return report
}

/** An AMI that takes the login and answers the snapshot with nothing; `socket` resolves when it may send. */
async function listen() {
  let found: (socket: Socket) => void = () => {}
  const socket = new Promise<Socket>(resolve => {
    found = resolve
  })
  const server = createServer(peer => {
    peer.on('error', () => {})
    peer.write('Asterisk Call Manager/11.0.0\r\n')
    peer.on('data', data => {
      for (const action of data.toString().split('\r\n\r\n')) {
        const id = /ActionID: (.*)/i.exec(action)?.[1]
        if (id === undefined) continue
        const list = action.includes('CoreShowChannels')
        peer.write(`Response: Success\r\nActionID: ${id}\r\n${list ? 'EventList: start\r\n' : ''}\r\n`)
        if (list)
          peer.write(
            `Event: CoreShowChannelsComplete\r\nActionID: ${id}\r\nEventList: Complete\r\nListItems: 0\r\n\r\n`
          )
        if (/^action: login/im.test(action)) {
          peer.write('Event: FullyBooted\r\nPrivilege: system,all\r\nUptime: 100\r\n\r\n')
          setTimeout(() => found(peer), 300)
        }
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no TCP address')
  return { port: address.port, socket, close: () => server.close() }
}

function round2(value: number): number {
  return Math.round(value * 100) / 100
}

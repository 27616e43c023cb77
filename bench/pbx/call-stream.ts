import { readFileSync } from 'node:fs'
import { AmiFramer } from '../../packages/plugin-ami/src/link/framer.ts'
import { header, parsePacket } from '../../packages/plugin-ami/src/link/packet.ts'

const classes = /^(call|user|system),/
const recorded = new URL('../../packages/plugin-ami/test/traces/c2c-context.ami', import.meta.url)
const traceCallId = 'cc-mwrv9dxj-5'

/**
 * The events of a recorded click-to-call (Asterisk 22, as an account with read classes system, call, user sees them),
 * again and again with other ids and times.
 */
export class CallStream {
  readonly #parts: string[]
  readonly eventsPerCall: number
  #calls = 0

  constructor() {
    const texts: string[] = []
    for (const text of new AmiFramer().push(readFileSync(recorded))) {
      const packet = parsePacket(text)
      if (header(packet, 'Event') && classes.test(header(packet, 'Privilege') ?? '')) texts.push(text)
    }
    // manager_evs.conf leaves out CEL and NewConnectedLine; device states belong to no call.
    const events = texts.filter(
      text => !/^Event: (FullyBooted|DeviceStateChange|CEL|NewConnectedLine)/.test(text)
    )
    this.eventsPerCall = events.length
    // Ids and times become holes: the parts between them stay as they were recorded.
    this.#parts = events
      .map(text => `${text}\r\n\r\n`)
      .join('')
      .split(
        new RegExp(
          `(${traceCallId}|Timestamp: [0-9.]+|\\b17953\\d+\\.\\d+\\b|-0000000[0-9a-f]\\b|BridgeUniqueid: [0-9a-f-]+)`
        )
      )
  }

  /** The bytes of one call with this id, all at once; `spreadMs` between its first and last event. */
  next(callId: string, startMs: number, spreadMs: number): string {
    const n = ++this.#calls
    const channel = `-${(n % 0xfffffff).toString(16).padStart(8, '0')}`
    const holes = Math.max(1, this.eventsPerCall - 1)
    let event = 0
    return this.#parts
      .map((part, i) => {
        if (i % 2 === 0) return part
        if (part === traceCallId) return callId
        if (part.startsWith('Timestamp')) {
          const at = startMs + (spreadMs * Math.min(event++, holes)) / holes
          return `Timestamp: ${(at / 1000).toFixed(6)}`
        }
        if (part.startsWith('Bridge')) return `BridgeUniqueid: bench-${n}`
        if (part.startsWith('-')) return channel
        return `${part.split('.')[0]}.${n}`
      })
      .join('')
  }
}

/** A UUID of call number `n`. */
export const benchCallId = (n: number): string =>
  `01a20000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`

import type { PlacedFrame } from '../journal/read-journal.ts'
import { AmiFramer } from '../link/framer.ts'
import { type AmiPacket, header, parsePacket, WirePacket } from '../link/packet.ts'
import { timeOf, wholeNumber } from '../record/fields.ts'

const greeting = /^Asterisk Call Manager\//

/**
 * Reads what was recorded of AMI connections, one behind the other or one alone, as the frames of a journal. Time is
 * that of the packets' own `Timestamp` (timestampevents=yes). A new `FullyBooted` is a gap; the answer to
 * CoreShowChannels or Status, if it was recorded, is the snapshot after it, and so is a boot that is younger than the
 * last event: then nothing of before can be up.
 */
export function* rawLogFrames(recorded: Buffer): Generator<PlacedFrame> {
  let place = 0
  let atMs = 0
  let booted: number | undefined
  let rows: AmiPacket[] = []
  const frame = (kind: PlacedFrame['kind'], text: string): PlacedFrame => {
    const placed = { kind, text, atMs: Math.floor(atMs), place, end: place + 1 }
    place++
    return placed
  }
  const snapshot = (channels: readonly AmiPacket[]): PlacedFrame =>
    frame('snapshot', JSON.stringify({ askedAtMs: atMs, rows: channels, known: [] }))

  for (const text of new AmiFramer().push(withGreeting(recorded))) {
    const packet = new WirePacket(text)
    const name = header(packet, 'Event')
    const nowMs = timeOf(packet, atMs)
    if (booted !== undefined && nowMs > atMs) {
      const rebooted = atMs > 0 && nowMs - booted * 1000 > atMs
      booted = undefined
      if (rebooted) {
        atMs = nowMs
        yield snapshot([])
      }
    }
    atMs = Math.max(atMs, nowMs)
    switch (name) {
      case undefined:
        break
      case 'FullyBooted':
        booted = wholeNumber(header(packet, 'Uptime'))
        if (place > 0) yield frame('down', '{}')
        break
      case 'CoreShowChannel':
      case 'Status':
        rows.push(parsePacket(text))
        break
      case 'CoreShowChannelsComplete':
      case 'StatusComplete':
        yield snapshot(rows)
        rows = []
        break
      default:
        yield frame('event', text)
    }
  }
}

/** A log may begin in the middle of a connection; the framer wants its first line. */
const withGreeting = (recorded: Buffer): Buffer =>
  greeting.test(recorded.toString('latin1', 0, 40))
    ? recorded
    : Buffer.concat([Buffer.from('\r\n'), recorded])

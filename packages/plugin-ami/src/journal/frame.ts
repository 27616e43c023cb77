import { crc32 } from 'node:zlib'

/**
 * What a frame of the journal holds. `event`: one AMI packet as it was on the wire. `up`, `down`: a session began or was
 * lost. `snapshot`: what the PBX showed after a gap. `hangup`: our own request to end a call. `alive`: nothing happened,
 * but the session stood. `head`: the first frame of a segment.
 */
export const frameKinds = ['head', 'event', 'up', 'down', 'snapshot', 'hangup', 'alive'] as const
export type FrameKind = (typeof frameKinds)[number]

export interface Frame {
  readonly kind: FrameKind
  /** When it was received, ms since 1970; never less than that of the frame before. */
  readonly atMs: number
  /** The packet of an `event`; JSON for the other kinds. */
  readonly text: string
}

/** Length and CRC-32 of what follows; then the kind (one byte) and the time (six bytes), then the text. */
const prefixBytes = 8
const overheadBytes = prefixBytes + 7
/** AMI's own limit of one packet is 32 MiB; a length beyond this is damage. */
const largestFrameBytes = 64 * 1024 * 1024

/** Most bytes that a frame of this text can take; UTF-8 needs at most three for each UTF-16 unit. */
export const roomFor = (text: string): number => overheadBytes + text.length * 3

/** Writes a frame at `offset` of `target`, which has `roomFor` its text; returns the offset behind it. */
export function writeFrame(target: Buffer, offset: number, frame: Frame): number {
  const body = offset + prefixBytes
  target.writeUInt8(frameKinds.indexOf(frame.kind), body)
  target.writeUIntBE(frame.atMs, body + 1, 6)
  const end = body + 7 + target.write(frame.text, body + 7)
  target.writeUInt32BE(end - body, offset)
  target.writeUInt32BE(crc32(target.subarray(body, end)), offset + 4)
  return end
}

export interface FoundFrame extends Frame {
  /** Where it begins and ends in the bytes given. */
  readonly from: number
  readonly to: number
}

/**
 * Reads frames from the beginning of `bytes` until these end. `rest`: offset of the first byte not read: half a frame,
 * or one whose checksum is wrong (`damaged`), behind which nothing can be trusted.
 */
export function readFrames(bytes: Buffer): { frames: FoundFrame[]; rest: number; damaged: boolean } {
  const frames: FoundFrame[] = []
  let from = 0
  while (bytes.length - from >= overheadBytes) {
    const length = bytes.readUInt32BE(from)
    const kind = frameKinds[bytes[from + prefixBytes] ?? -1]
    if (length < 7 || length > largestFrameBytes || kind === undefined)
      return { frames, rest: from, damaged: true }
    const body = from + prefixBytes
    const to = body + length
    if (to > bytes.length) break
    if (crc32(bytes.subarray(body, to)) !== bytes.readUInt32BE(from + 4)) {
      return { frames, rest: from, damaged: true }
    }
    frames.push({
      kind,
      atMs: bytes.readUIntBE(body + 1, 6),
      text: bytes.toString('utf8', body + 7, to),
      from,
      to
    })
    from = to
  }
  return { frames, rest: from, damaged: false }
}

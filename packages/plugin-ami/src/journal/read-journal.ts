import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { type FoundFrame, type Frame, readFrames } from './frame.ts'
import { segmentsIn } from './journal-folder.ts'
import { offsetOf, placeOf, segmentName, segmentOf } from './place.ts'

/** A frame with its place in the journal. */
export interface PlacedFrame extends Frame {
  readonly place: number
  /** The place behind it. */
  readonly end: number
}

const chunkBytes = 1024 * 1024

export interface ReadOptions {
  /** Place to begin at: the beginning of a frame. Default: the oldest segment. */
  readonly from?: number
  /** Place to end at, for a journal that is being written. Default: the end of the newest segment. */
  readonly to?: number
  /** Told of a segment that ends in half a frame (`torn`, as after a crash) or holds bytes that are none (`damaged`). */
  readonly onLoss?: (place: number, what: 'torn' | 'damaged') => void
}

/** Reads the frames of a journal in their order, some hundred at a time. What is torn or damaged ends its segment only. */
export async function* readJournal(folder: string, options: ReadOptions = {}): AsyncGenerator<PlacedFrame[]> {
  const { from = 0, to = Number.POSITIVE_INFINITY } = options
  for (const segment of await segmentsIn(folder)) {
    if (segment < segmentOf(from)) continue
    if (placeOf(segment, 0) >= to) return
    const offset = segment === segmentOf(from) ? offsetOf(from) : 0
    const end = Math.min(to - placeOf(segment, 0), Number.MAX_SAFE_INTEGER)
    yield* readSegment(join(folder, segmentName(segment)), segment, offset, end, options.onLoss)
  }
}

/** Reads one segment file from `offset` to `end`, bytes. */
export async function* readSegment(
  path: string,
  segment: number,
  offset: number,
  end: number,
  onLoss: ReadOptions['onLoss'] = () => {}
): AsyncGenerator<PlacedFrame[]> {
  const file = await open(path, 'r')
  try {
    let begin = offset
    let bytes = Buffer.alloc(0)
    for (;;) {
      const wanted = Math.min(chunkBytes, end - begin - bytes.length)
      const chunk = Buffer.allocUnsafe(Math.max(0, wanted))
      const { bytesRead } = await file.read(chunk, 0, chunk.length, begin + bytes.length)
      bytes =
        bytes.length === 0
          ? chunk.subarray(0, bytesRead)
          : Buffer.concat([bytes, chunk.subarray(0, bytesRead)])
      const { frames, rest, damaged } = readFrames(bytes)
      const base = placeOf(segment, begin)
      if (frames.length > 0) yield frames.map(frame => placed(frame, base))
      begin += rest
      bytes = bytes.subarray(rest)
      if (damaged || bytesRead === 0) {
        if (bytes.length > 0) onLoss(placeOf(segment, begin), damaged ? 'damaged' : 'torn')
        return
      }
    }
  } finally {
    await file.close()
  }
}

const placed = ({ kind, atMs, text, from, to }: FoundFrame, base: number): PlacedFrame => ({
  kind,
  atMs,
  text,
  place: base + from,
  end: base + to
})

import { open, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { CallFact, CallRecord } from '@evscallpro/core'
import { withCallIds } from '../foreign-call-id.ts'
import { type Following, follow, passTime, startFollowing } from '../journal/follow.ts'
import { segmentsIn } from '../journal/journal-folder.ts'
import { segmentName, segmentNumber } from '../journal/place.ts'
import { type PlacedFrame, readSegment } from '../journal/read-journal.ts'
import { SEAL_MS } from '../record/state.ts'
import { rawLogFrames } from './raw-log.ts'

/** A finished call that was read again. */
export interface ReplayedCall {
  readonly pbx: string
  readonly record: CallRecord
  /** The journal held the call from its beginning. */
  readonly whole: boolean
}

export interface ReplayOptions {
  /** Name of the PBX of raw logs; a journal knows its own. */
  readonly pbx: string
  /** Told what was left out, a sentence each. */
  readonly onNotice: (sentence: string) => void
}

/** One story: a raw log, or the segments of one journal in their order. */
type Source = { readonly raw: string } | { readonly segments: readonly string[] }

/**
 * Reads journals (segment files, or a folder of them) and raw AMI logs, and gives each finished call once, with the
 * last word on it, in the order of their ends. The same files always give the same calls. A call that a raw log leaves
 * open ends with its last event, `estimated`; one that a journal leaves open is going on, or in the next segment.
 */
export async function* replayFiles(
  files: readonly string[],
  options: ReplayOptions
): AsyncGenerator<ReplayedCall> {
  for (const source of await sourcesOf(files)) {
    if ('raw' in source) yield* replayRaw(source.raw, options)
    else yield* replaySegments(source.segments, options)
  }
}

async function sourcesOf(files: readonly string[]): Promise<Source[]> {
  const sources: Source[] = []
  const segments: string[] = []
  for (const file of files) {
    if ((await stat(file)).isDirectory()) {
      const names = (await segmentsIn(file)).map(number => join(file, segmentName(number)))
      if (names.length === 0)
        throw new Error(`${file} holds no segments of a journal (*.evsj): give the folder of one PBX`)
      sources.push({ segments: names })
    } else if (segmentNumber(basename(file)) !== undefined) {
      if (segments.length === 0) sources.push({ segments })
      segments.push(file)
    } else sources.push({ raw: file })
  }
  return sources
}

async function* replayRaw(file: string, { pbx, onNotice }: ReplayOptions): AsyncGenerator<ReplayedCall> {
  const recorded = await readFile(file)
  if (!recorded.subarray(0, 1_000_000).includes('\r\n\r\n')) {
    throw new Error(
      `${file} is no AMI log: packets end with CR LF CR LF; give a file as it came over the wire`
    )
  }
  const following = startFollowing()
  const words = new LastWords(pbx)
  let end = 0
  for (const frame of rawLogFrames(recorded)) {
    yield* words.add(follow(following, frame), following)
    end = frame.end
  }
  yield* words.add(passTime(following, following.atMs + SEAL_MS), following)
  const open = following.state.calls.size
  if (open > 0) onNotice(`${file}: ${open} calls were still open where the log ends; their end is estimated`)
  const last: PlacedFrame = { kind: 'down', text: '{}', atMs: following.atMs, place: end, end: end + 1 }
  yield* words.add(follow(following, last), following)
  const empty = JSON.stringify({ askedAtMs: following.atMs, rows: [], known: [] })
  yield* words.add(follow(following, { ...last, kind: 'snapshot', text: empty }), following)
  yield* words.add(passTime(following, following.atMs + SEAL_MS), following)
  yield* words.rest()
}

async function* replaySegments(
  files: readonly string[],
  { pbx, onNotice }: ReplayOptions
): AsyncGenerator<ReplayedCall> {
  const following = startFollowing()
  const words = new LastWords(pbx)
  for (const file of [...files].sort((a, b) => segmentNumber(basename(a))! - segmentNumber(basename(b))!)) {
    const handle = await open(file)
    const { size } = await handle.stat()
    await handle.close()
    const onLoss = (place: number, what: string): void =>
      onNotice(`${file}: ${what} at byte ${place % 2 ** 32}; what follows in this segment was left out`)
    for await (const frames of readSegment(file, segmentNumber(basename(file))!, 0, size, onLoss)) {
      for (const frame of frames) {
        if (frame.kind === 'head') words.pbx = JSON.parse(frame.text).pbx
        words.fromMs ??= frame.atMs
        yield* words.add(follow(following, frame), following)
      }
    }
  }
  yield* words.add(passTime(following, following.atMs + SEAL_MS), following)
  yield* words.rest()
  const running = [...following.state.calls.values()].filter(call => !call.over).length
  if (running > 0) onNotice(`${running} calls are still open where the journal ends`)
}

/** Keeps a call's record until it is sealed, so that each call is given once. */
class LastWords {
  pbx: string
  /** When the journal begins. */
  fromMs: number | undefined
  readonly #records = new Map<string, CallRecord>()

  constructor(pbx: string) {
    this.pbx = pbx
  }

  *add(facts: readonly CallFact[], following: Following): Generator<ReplayedCall> {
    for (const fact of facts) {
      if (fact.kind === 'ended' || fact.kind === 'amended') this.#records.set(fact.callId, fact.record)
    }
    if (this.#records.size === 0) return
    for (const [callId, record] of this.#records) {
      if (following.state.calls.has(callId)) return
      this.#records.delete(callId)
      yield* this.#give(callId, record)
    }
  }

  *rest(): Generator<ReplayedCall> {
    for (const [callId, record] of this.#records) yield* this.#give(callId, record)
    this.#records.clear()
  }

  *#give(callId: string, record: CallRecord): Generator<ReplayedCall> {
    const whole = this.fromMs === undefined || record.startedAtMs >= this.fromMs
    for (const fact of withCallIds(this.pbx, [{ kind: 'ended', callId, record }])) {
      if (fact.kind === 'ended') yield { pbx: this.pbx, record: fact.record, whole }
    }
  }
}

import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '@evscallpro/core'
import type { FastifyBaseLogger } from 'fastify'
import type { Deliver, EventFeed } from '../event-feed.ts'
import { type FrameKind, roomFor, writeFrame } from './frame.ts'
import { deleteOldSegments, journalId, segmentsIn } from './journal-folder.ts'
import { placeOf, segmentName, segmentOf } from './place.ts'
import type { PlacedFrame } from './read-journal.ts'

/** How long to wait before a full or broken disk is tried again, ms. */
const retryMs = 5_000
const firstBufferBytes = 256 * 1024
/** A buffer that a burst has made larger than this is not kept. */
const keptBufferBytes = 4 * 1024 * 1024
/** So many frames are given on at a time: between two parts of a burst the database's answers get their turn. */
const framesAtOnce = 500

export interface JournalOptions {
  /** Folder of one PBX; made when it is missing. */
  readonly folder: string
  readonly pbx: string
  /** A segment that has grown beyond this is followed by the next. */
  readonly segmentBytes: number
  /** Segments older than this are deleted once the next start does not need them. */
  readonly retentionHours: number
  readonly clock: Clock
  readonly log: FastifyBaseLogger
  /** Called with frames that are safe on disk, in their order; with all of them while the disk takes none. */
  readonly deliver: Deliver
}

/** A frame whose place counts from the beginning of the buffer until it is written; no copy is made then. */
type WaitingFrame = { -readonly [K in keyof PlacedFrame]: PlacedFrame[K] }

/**
 * Appends frames to segment files, many with one write and one fdatasync, and gives them on when they are on disk. A new
 * writer always begins a new segment: what a dead one left half written is never touched. While the disk is full or
 * broken frames are given on all the same, and the loss of safety is said.
 */
export class JournalWriter implements EventFeed {
  /** Names the journal itself: a checkpoint of another machine's journal means nothing here. */
  readonly id: string
  readonly #options: JournalOptions
  #segment: number
  #file: FileHandle | undefined
  #offset = 0
  #buffer: Buffer = Buffer.allocUnsafe(firstBufferBytes)
  #spare: Buffer | undefined
  #filled = 0
  #waiting: WaitingFrame[] = []
  #lastMs = 0
  #writing: Promise<void> | undefined
  #failure: string | null = null
  #retryAtMs = 0
  /** Segments before this one are not needed by the next start. */
  #neededFrom = 0

  private constructor(options: JournalOptions, id: string, segment: number) {
    this.#options = options
    this.id = id
    this.#segment = segment
  }

  /** Opens the journal of a folder behind what it holds; a full or broken disk is said, not thrown. */
  static async open(options: JournalOptions): Promise<JournalWriter> {
    await mkdir(options.folder, { recursive: true, mode: 0o700 })
    const id = await journalId(options.folder, options.pbx)
    const newest = (await segmentsIn(options.folder)).at(-1) ?? 0
    const writer = new JournalWriter(options, id, newest)
    await writer.#ready()
    return writer
  }

  get folder(): string {
    return this.#options.folder
  }

  /** A sentence when frames do not reach the disk, else null. */
  get failure(): string | null {
    return this.#failure
  }

  get idle(): boolean {
    return this.#writing === undefined
  }

  /** Where the next frame will be, when nothing is under way. */
  get place(): number {
    return placeOf(this.#segment, this.#offset)
  }

  /** Takes a frame; never waits and never throws. No frame's time is before that of the frame before. */
  append(kind: FrameKind, text: string): void {
    this.#lastMs = Math.max(this.#lastMs, this.#options.clock.now().getTime())
    const room = this.#filled + roomFor(text)
    if (room > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(room, this.#buffer.length * 2))
      this.#buffer.copy(larger, 0, 0, this.#filled)
      this.#buffer = larger
    }
    const frame: WaitingFrame = { kind, atMs: this.#lastMs, text, place: this.#filled, end: 0 }
    this.#filled = writeFrame(this.#buffer, frame.place, frame)
    frame.end = this.#filled
    this.#waiting.push(frame)
    this.#writing ??= this.#write()
  }

  /** Resolves when everything appended was delivered. */
  async flushed(): Promise<void> {
    while (this.#writing) await this.#writing
  }

  /** Tells from which place on the next start will read; older segments go when their time is over. */
  needFrom(place: number): void {
    this.#neededFrom = Math.max(this.#neededFrom, segmentOf(place))
  }

  /** Writes what was appended and closes the segment. */
  async close(): Promise<void> {
    await this.flushed()
    await this.#file?.close()
    this.#file = undefined
  }

  async #write(): Promise<void> {
    // What came with one chunk of the socket goes into one write.
    await turn()
    while (this.#waiting.length > 0) {
      await this.#ready()
      const frames = this.#waiting
      const buffer = this.#buffer
      const bytes = buffer.subarray(0, this.#filled)
      const base = this.place
      this.#waiting = []
      this.#buffer = this.#spare ?? Buffer.allocUnsafe(firstBufferBytes)
      this.#spare = undefined
      this.#filled = 0
      const stored = await this.#toDisk(bytes)
      this.#offset += bytes.length
      if (buffer.length <= keptBufferBytes) this.#spare = buffer
      for (const frame of frames) {
        frame.place += base
        frame.end += base
      }
      for (let from = 0; from < frames.length; from += framesAtOnce) {
        if (from > 0) await turn()
        this.#options.deliver(frames.slice(from, from + framesAtOnce), stored)
      }
    }
    this.#writing = undefined
  }

  async #toDisk(bytes: Buffer): Promise<boolean> {
    if (!this.#file) return false
    try {
      for (let done = 0; done < bytes.length; ) {
        done += (await this.#file.write(bytes, done, bytes.length - done, this.#offset + done)).bytesWritten
      }
      await this.#file.datasync()
      return true
    } catch (err) {
      await this.#fail(err)
      return false
    }
  }

  /** Sees to it that there is a segment with room, unless the disk refuses. */
  async #ready(): Promise<void> {
    const { segmentBytes, folder, retentionHours, clock, log, pbx } = this.#options
    if (this.#file && this.#offset < segmentBytes) return
    if (!this.#file && clock.now().getTime() < this.#retryAtMs) return
    try {
      await this.#file?.close()
      this.#file = undefined
      await this.#nextSegment()
      if (this.#failure !== null) log.info({ pbx }, 'the journal of the PBX is written again')
      this.#failure = null
      const oldestMs = clock.now().getTime() - retentionHours * 3_600_000
      await deleteOldSegments(folder, this.#neededFrom, oldestMs)
    } catch (err) {
      await this.#fail(err)
    }
  }

  async #nextSegment(): Promise<void> {
    const { folder, pbx, clock } = this.#options
    const file = await this.#newFile(folder)
    this.#file = file
    const head = JSON.stringify({ format: 1, journal: this.id, pbx, segment: this.#segment })
    const bytes = Buffer.alloc(roomFor(head))
    const atMs = Math.max(this.#lastMs, clock.now().getTime())
    const length = writeFrame(bytes, 0, { kind: 'head', atMs, text: head })
    await file.write(bytes, 0, length, 0)
    await file.datasync()
    this.#offset = length
  }

  /** A number is used once, also when the file cannot be made: frames given on meanwhile have places in it. */
  async #newFile(folder: string): Promise<FileHandle> {
    for (;;) {
      this.#segment++
      this.#offset = 0
      try {
        return await open(join(folder, segmentName(this.#segment)), 'wx', 0o600)
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
      }
    }
  }

  async #fail(err: unknown): Promise<void> {
    const { log, pbx, clock } = this.#options
    const code = err instanceof Error && 'code' in err ? String(err.code) : 'unknown error'
    const reason = code === 'ENOSPC' ? 'the disk is full' : `writing failed (${code})`
    const sentence = `the journal of the PBX ${pbx} is not written: ${reason}; calls go on, but are not safe from a crash. Make room or mend the folder; it is tried again every ${retryMs / 1000} s`
    if (this.#failure === null) log.error({ err, pbx }, sentence)
    this.#failure = sentence
    this.#retryAtMs = clock.now().getTime() + retryMs
    const file = this.#file
    this.#file = undefined
    await file?.close().catch(() => {}) // its error is the one that was just told
  }
}

/** Lets everything else that waits have its turn. */
const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

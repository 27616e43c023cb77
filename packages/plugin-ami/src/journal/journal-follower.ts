import type { CallFact } from '@evscallpro/core'
import type { FastifyBaseLogger } from 'fastify'
import type { FactWriter, Progress } from '../fact-writer.ts'
import type { Following } from './follow.ts'
import { follow, neededFrom, passTime, startFollowing } from './follow.ts'
import { type PlacedFrame, readJournal } from './read-journal.ts'

/** With more facts than this waiting for the database frames stay on disk, until the next of its transactions is done. */
const mostWaitingFacts = 20_000
/** While it catches up, so many reads of a MiB pass between two marks: for one it looks at every call that is open. */
const readsPerMark = 16

export interface FollowerOptions {
  readonly pbx: string
  /** Of the journal; null: there is none, and everything is read as it comes. */
  readonly folder: string | null
  readonly writer: FactWriter
  readonly log: FastifyBaseLogger
  /** What the ledger takes of the interpreter's facts. */
  readonly translate: (facts: readonly CallFact[]) => readonly CallFact[]
}

/**
 * Reads the journal's frames in their order, as they are delivered or, when it is behind, from disk; hands the facts to
 * the writer. What the database has already is read for the state's sake and not told again.
 */
export class JournalFollower {
  readonly #options: FollowerOptions
  readonly #following: Following = startFollowing()
  /** Place of the frame that was read last, and the place behind it. */
  #read = -1
  #next = 0
  /** The place behind the last frame that is on disk. */
  #stored = 0
  #toldTo = -1
  #behind = false
  #catching: Promise<void> | undefined
  /** Frames that came while it was behind and are not on disk, with those that came after them. */
  #loose: PlacedFrame[] = []
  #stopped = false

  constructor(options: FollowerOptions) {
    this.#options = options
  }

  get state(): Following['state'] {
    return this.#following.state
  }

  /** True when every delivered frame was read and the state is in line with the PBX. */
  get isCurrent(): boolean {
    return !this.#behind && this.#following.inLine
  }

  /** Age of the frame that is read now, ms; 0 when everything that came is read. */
  behindMs(nowMs: number): number {
    return this.#behind ? Math.max(0, nowMs - this.#following.atMs) : 0
  }

  /** Begins at a checkpoint, or with what the folder holds when nothing was written from it yet. */
  resume(checkpoint: Progress | null, end: number): void {
    this.#next = checkpoint?.neededFrom ?? 0
    this.#toldTo = checkpoint?.place ?? -1
    this.#stored = end
    this.#behind = true
    this.#catching = this.#catchUp()
  }

  /** Resolves when everything that was delivered is read. */
  async caughtUp(): Promise<void> {
    while (this.#catching) await this.#catching
  }

  take(frames: readonly PlacedFrame[], stored: boolean): void {
    const last = frames.at(-1)
    if (!last) return
    const crowded = this.#options.folder !== null && stored && this.#options.writer.waiting > mostWaitingFacts
    if (!this.#behind && !crowded) {
      for (const frame of frames) this.#readFrame(frame)
      return
    }
    this.#behind = true
    if (stored && this.#loose.length === 0) this.#stored = last.end
    else this.#loose.push(...frames)
    this.#catching ??= this.#catchUp()
  }

  /** Moves time on while nothing comes. */
  passTime(nowMs: number): void {
    if (this.#behind) return
    this.#tell(passTime(this.#following, nowMs))
    this.mark()
  }

  /** Tells the writer how far this is. */
  mark(): void {
    if (this.#read <= this.#toldTo) return
    this.#options.writer.mark({ place: this.#read, neededFrom: neededFrom(this.#following, this.#next) })
  }

  /** Gives on facts that no frame told. */
  tell(facts: readonly CallFact[]): void {
    this.#tell(facts)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#catching
  }

  #readFrame(frame: PlacedFrame): void {
    const facts = follow(this.#following, frame)
    this.#read = frame.place
    this.#next = frame.end
    if (frame.place > this.#toldTo) this.#tell(facts)
  }

  #tell(facts: readonly CallFact[]): void {
    if (facts.length > 0) this.#options.writer.push(this.#options.translate(facts), this.#read)
  }

  async #catchUp(): Promise<void> {
    const { writer, log, pbx } = this.#options
    const from = this.#next
    while (!this.#stopped) {
      // No lower: while it reads, the database works on what is there already, and neither waits for the other.
      await writer.below(mostWaitingFacts)
      const end = this.#stored
      if (await this.#readTo(end)) this.#next = Math.max(this.#next, end)
      if (this.#next < this.#stored) continue
      for (const frame of this.#loose.splice(0)) this.#readFrame(frame)
      this.#behind = false
      break
    }
    this.#catching = undefined
    this.mark()
    log.info({ pbx, from, to: this.#next }, 'the journal of the PBX is read up to now')
  }

  /** Reads from disk; false when the writer has enough for now. */
  async #readTo(end: number): Promise<boolean> {
    const { folder, writer, log, pbx } = this.#options
    if (folder === null) return true
    const onLoss = (place: number, what: string): void => {
      if (what === 'damaged')
        log.error({ pbx, place }, 'the journal of the PBX is damaged; the rest of this segment is lost')
    }
    let reads = 0
    try {
      for await (const frames of readJournal(folder, { from: this.#next, to: end, onLoss })) {
        for (const frame of frames) this.#readFrame(frame)
        if (++reads % readsPerMark === 0) this.mark()
        if (this.#stopped || writer.waiting > mostWaitingFacts) return false
      }
    } catch (err) {
      // What cannot be read is lost; what the PBX shows next makes up for it, marked as estimated.
      log.error({ err, pbx }, 'the journal of the PBX cannot be read; calls of that time are estimated')
    }
    return true
  }
}

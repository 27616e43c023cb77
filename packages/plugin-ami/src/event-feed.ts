import type { Clock } from '@evscallpro/core'
import type { FrameKind } from './journal/frame.ts'
import type { PlacedFrame } from './journal/read-journal.ts'

/** Takes frames in their order; `stored`: they can be read from the journal again. */
export type Deliver = (frames: readonly PlacedFrame[], stored: boolean) => void

/** Where the reader of the socket puts what it gets: the journal on disk, or straight on when there is none. */
export interface EventFeed {
  append(kind: FrameKind, text: string): void
  /** True when everything appended was delivered. */
  readonly idle: boolean
  /** Resolves when everything appended was delivered. */
  flushed(): Promise<void>
  close(): Promise<void>
}

/** Without a journal frames are given on at once and forgotten; their places only count up. */
export class DirectFeed implements EventFeed {
  readonly #clock: Clock
  readonly #deliver: Deliver
  #place = 0
  #lastMs = 0

  constructor(clock: Clock, deliver: Deliver) {
    this.#clock = clock
    this.#deliver = deliver
  }

  readonly idle = true

  append(kind: FrameKind, text: string): void {
    this.#lastMs = Math.max(this.#lastMs, this.#clock.now().getTime())
    this.#deliver([{ kind, text, atMs: this.#lastMs, place: this.#place, end: ++this.#place }], false)
  }

  async flushed(): Promise<void> {}

  async close(): Promise<void> {}
}

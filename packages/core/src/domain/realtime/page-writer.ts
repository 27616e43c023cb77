import type { Clock, Timer } from '../../kernel/clock.ts'

/** Bytes that may wait for a slow reader; above, he gets nothing until they are gone, and then everything anew. */
const lagBytes = 256 * 1024
const lagCheckMs = 250
/** A reader who has not caught up for so long, ms, is disconnected. */
const lagLimitMs = 30_000

/** What is used of a WebSocket of the package ws. */
export interface PageSocket {
  readonly readyState: number
  readonly OPEN: number
  readonly bufferedAmount: number
  on(event: 'message' | 'close', listener: (data: unknown) => void): unknown
  send(text: string): void
  close(code: number, reason: string): void
  terminate(): void
}

/** Sends frames to one page and holds back for a slow reader, so that he costs the server no memory and nobody time. */
export class PageWriter {
  readonly #socket: PageSocket
  readonly #clock: Clock
  readonly #caughtUp: () => void
  #laggingSince: number | null = null
  /** Of the longest frame, bytes: one snapshot under way is no lag. */
  #longest = 0
  #check: Timer | null = null

  /** `caughtUp`: a page that had lagged reads again and needs its snapshots. */
  constructor(socket: PageSocket, clock: Clock, caughtUp: () => void) {
    this.#socket = socket
    this.#clock = clock
    this.#caughtUp = caughtUp
  }

  get open(): boolean {
    return this.#socket.readyState === this.#socket.OPEN
  }

  /** What is left out while a page lags comes again with its snapshots; answers to commands do not, and the page gives them up. */
  write(json: string): void {
    if (!this.open || this.#laggingSince !== null) return
    if (this.#socket.bufferedAmount > lagBytes + this.#longest) {
      this.#laggingSince = this.#clock.now().getTime()
      this.#waitForReader()
      return
    }
    this.#longest = Math.max(this.#longest, json.length)
    this.#socket.send(json)
  }

  stop(): void {
    this.#check?.cancel()
  }

  #waitForReader(): void {
    this.#check = this.#clock.setTimeout(() => {
      if (!this.open || this.#laggingSince === null) return
      if (this.#socket.bufferedAmount > 0) {
        if (this.#clock.now().getTime() - this.#laggingSince > lagLimitMs) this.#socket.terminate()
        else this.#waitForReader()
        return
      }
      this.#laggingSince = null
      this.#caughtUp()
    }, lagCheckMs)
  }
}

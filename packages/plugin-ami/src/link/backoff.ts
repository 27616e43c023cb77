/** Waiting times between attempts to connect, in milliseconds. */
export interface BackoffOptions {
  minMs: number
  maxMs: number
  /** After a refused login: a wrong secret does not mend itself, and Asterisk's security log feeds fail2ban. */
  refusedMs: number
}

/**
 * Chooses the wait before the next attempt: doubled each time, spread over its upper half by `random`, so that many
 * servers do not return in the same instant. Only a successful login resets it; a TCP connection proves nothing.
 */
export class Backoff {
  readonly #options: BackoffOptions
  readonly #random: () => number
  #last = 0

  constructor(options: BackoffOptions, random: () => number) {
    this.#options = options
    this.#random = random
  }

  /** Milliseconds to wait now. */
  next(refused: boolean): number {
    const { minMs, maxMs, refusedMs } = this.#options
    if (refused) return refusedMs
    this.#last = Math.min(maxMs, Math.max(minMs, this.#last * 2))
    return Math.max(minMs, Math.round(this.#last * (0.5 + this.#random() / 2)))
  }

  reset(): void {
    this.#last = 0
  }
}

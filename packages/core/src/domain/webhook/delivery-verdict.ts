/** What came of one attempt: the receiver's status, or why there is none. */
export type AttemptResult = { readonly status: number } | { readonly error: string }

/** What becomes of a delivery after an attempt. */
export type Verdict =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'retry'; readonly afterMs: number }
  | { readonly kind: 'dead' }
  /** The receiver says that it is no more (410): the whole subscription ends. */
  | { readonly kind: 'gone' }

const second = 1_000
const hour = 3_600 * second

/** Waiting times between attempts: together about three days, so that a receiver may be down over a weekend. */
const delaysMs = [
  5 * second,
  30 * second,
  120 * second,
  600 * second,
  1_800 * second,
  hour,
  3 * hour,
  6 * hour,
  12 * hour,
  24 * hour,
  24 * hour
]
/** Delays vary by so much to both sides: receivers that come back must not meet all retries at once. */
const jitter = 0.2

/**
 * Judges attempt number `attempts` (from 1) of `limit`; `random` in [0, 1) places it within the jitter. 2xx is
 * delivered; everything else, redirects included, is tried again.
 */
export function judge(result: AttemptResult, attempts: number, limit: number, random: number): Verdict {
  if ('status' in result) {
    if (result.status >= 200 && result.status < 300) return { kind: 'delivered' }
    if (result.status === 410) return { kind: 'gone' }
  }
  const delay = delaysMs[attempts - 1]
  if (attempts >= limit || delay === undefined) return { kind: 'dead' }
  return { kind: 'retry', afterMs: Math.round(delay * (1 - jitter + 2 * jitter * random)) }
}

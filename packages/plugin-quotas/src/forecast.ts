/** What was finished in a span of time of the recent past. */
export interface Bucket {
  /** Length in ms; a span that is not over counts as far as it has come. */
  readonly ms: number
  /** Contacts of the rule whose hand-out ended in it. */
  readonly worked: number
}

/** Where a rule stands. Counts are whole numbers from 0, `limit` from 1. */
export interface Standing {
  readonly completed: number
  /** Contacts of the rule that agents work on now. */
  readonly reserved: number
  readonly limit: number
  /** Contacts of the rule that can still be handed out, now or later; without the reserved. */
  readonly contactsLeft: number
  /** Contacts of the rule whose hand-out ended, since the campaign began. */
  readonly worked: number
  /** Order does not matter. Spans without work (nights, breaks) do not slow the forecast down. */
  readonly recent: readonly Bucket[]
  readonly now: Date
}

/** What `forecast` cannot say anything without: contacts worked since the beginning. */
export const leastWorked = 30
/** … and, for a time of day, contacts worked within the recent spans. */
export const leastRecentlyWorked = 10

/** How a rule will end if work goes on as in the recent spans. */
export type Outcome =
  /** The limit is reached. */
  | { readonly state: 'full' }
  /** It fills around `at`, while work goes on without a break. */
  | { readonly state: 'fills'; readonly at: Date }
  /** Contacts run out: about this many more are needed. `certain`: at least so many, were every contact positive. */
  | { readonly state: 'short'; readonly contacts: number; readonly certain: boolean }
  /**
   * Too little is known; `have` of `need`. `few_worked`: contacts worked at all. `no_completions`: enough worked, none
   * of them positive. `few_recent`: contacts worked in the recent spans.
   */
  | {
      readonly state: 'unknown'
      readonly reason: 'few_worked' | 'no_completions' | 'few_recent'
      readonly have: number
      readonly need: number
    }
  /** There are contacts enough, but the campaign does not open for long enough within sight of `workingTime`. */
  | { readonly state: 'unknown'; readonly reason: 'closed' }

export interface Forecast {
  /** Positives per worked contact, 0 to 1; null below 30 worked contacts. */
  readonly rate: number | null
  readonly outcome: Outcome
}

/**
 * Foretells when a rule is full, or how many contacts it lacks. Expects positives at the rate of the whole campaign
 * and work at the pace of the recent spans; a break to come (night, closing time) is not foreseen: `workingTime`,
 * from a moment and ms of work to the moment they are done, lets the caller add it.
 * Throws a RangeError naming a count that is no whole number in its range.
 */
export function forecast(
  standing: Standing,
  workingTime: (from: Date, ms: number) => Date | null = (from, ms) => new Date(from.getTime() + ms)
): Forecast {
  check(standing)
  const { completed, worked } = standing
  const rate = worked >= leastWorked ? Math.min(completed / worked, 1) : null
  return { rate, outcome: foretell(standing, rate, workingTime) }
}

function foretell(
  { completed, reserved, limit, contactsLeft, worked, recent, now }: Standing,
  rate: number | null,
  workingTime: (from: Date, ms: number) => Date | null
): Outcome {
  const missing = limit - completed
  if (missing <= 0) return { state: 'full' }
  const available = reserved + contactsLeft
  if (available < missing) {
    // Without a rate (or at 0) the least that is missing for sure.
    return { state: 'short', contacts: contactsFor(missing, rate || 1) - available, certain: true }
  }
  if (rate === null) return { state: 'unknown', reason: 'few_worked', have: worked, need: leastWorked }
  if (rate === 0) return { state: 'unknown', reason: 'no_completions', have: 0, need: 1 }
  const needed = contactsFor(missing, rate)
  if (needed > available) return { state: 'short', contacts: needed - available, certain: false }
  const busy = recent.filter(bucket => bucket.worked > 0)
  const recentlyWorked = sum(busy.map(bucket => bucket.worked))
  if (recentlyWorked < leastRecentlyWorked) {
    return { state: 'unknown', reason: 'few_recent', have: recentlyWorked, need: leastRecentlyWorked }
  }
  const msPerContact = sum(busy.map(bucket => bucket.ms)) / recentlyWorked
  const at = workingTime(now, needed * msPerContact)
  return at ? { state: 'fills', at } : { state: 'unknown', reason: 'closed' }
}

/** Contacts to work for so many positives. 9 at a rate of 9/30 are 30 contacts, not 31 by a rounding of doubles. */
function contactsFor(positives: number, rate: number): number {
  return Math.ceil(positives / rate - 1e-9)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function check({ limit, recent, now, ...counts }: Standing): void {
  need(Number.isInteger(limit) && limit >= 1, 'limit', 'a whole number from 1')
  for (const [name, count] of Object.entries(counts)) need(isCount(count), name, 'a whole number from 0')
  for (const [at, { ms, worked }] of recent.entries()) {
    need(Number.isFinite(ms) && ms > 0, `recent/${at}/ms`, 'above 0')
    need(isCount(worked), `recent/${at}/worked`, 'a whole number from 0')
  }
  need(!Number.isNaN(now.getTime()), 'now', 'a valid date')
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0
}

function need(holds: boolean, field: string, what: string): void {
  if (!holds) throw new RangeError(`${field} must be ${what}`)
}

/** What dispatch needs to know of a disposition: behaviour by flags, never by codes. */
export interface DispositionRule {
  readonly positive: boolean
  /** Minutes until the contact is ready again; null closes it. */
  readonly retryAfterMinutes: number | null
  /** Attempts of the contact, this one included, after which it is closed instead; null: no limit. */
  readonly maxAttempts: number | null
  /** The retry goes to the contact's next number. */
  readonly nextNumber: boolean
  readonly callback: boolean
  readonly stop: boolean
  /** The system's own: positive, but not to be counted. */
  readonly overQuota: boolean
}

/** What has been tried on a contact. */
export interface Attempts {
  readonly total: number
  /** E.164, in the contact's order. */
  readonly phones: readonly string[]
  readonly byNumber: Readonly<Record<string, number>>
  /** Position in `phones`, from 1, of the number called last or meant to be called. */
  readonly current: number
}

/** Limits of the campaign; null: none. */
export interface AttemptLimits {
  readonly perContact: number | null
  readonly perNumber: number | null
}

/** A promise to call again: to one agent (to the team from `teamAt` on; null: only ever his), or to the team. */
export interface CallbackPromise {
  readonly dueAt: Date
  readonly agentId: number | null
  readonly teamAt: Date | null
}

export type EndReason = 'qualified' | 'released' | 'expired' | 'logged_out'
/** Why a hand-out ends that nobody qualified. */
export type UnqualifiedReason = Exclude<EndReason, 'qualified'>
export type ClosedReason = 'qualified' | 'stop' | 'attempts_exhausted'

/** What becomes of the contact when its hand-out ends. */
export interface Settlement {
  /** 0 ready, 2 positive, 3 closed, 4 scheduled, 6 positive beyond a limit. */
  readonly status: 0 | 2 | 3 | 4 | 6
  readonly reason: EndReason
  /** Of a retry. */
  readonly dueAt?: Date
  readonly callback?: CallbackPromise
  readonly closedReason?: ClosedReason
  /** Position in `phones`, from 1, of the number to call next. */
  readonly nextPhone?: number
  /** Nobody may call its numbers any more. */
  readonly suppress?: boolean
}

const minute = 60_000

/** The settlement of a hand-out in one version of its row: the turn leaves it alone when somebody changed it meanwhile. */
export interface VersionedSettlement extends Settlement {
  /** The row's `xmin`. */
  readonly version: string
  /** What the hand-out ends with; null: nobody was called and nothing chosen. */
  readonly dispositionId: number | null
}

/** The settlement of a qualified hand-out. */
export function settleQualified(
  rule: DispositionRule,
  callback: CallbackPromise | null,
  attempts: Attempts,
  limits: AttemptLimits,
  now: Date
): Settlement {
  const reason = 'qualified'
  if (rule.positive) return { status: 2, reason }
  if (rule.overQuota) return { status: 6, reason }
  if (rule.stop) return { status: 3, reason, closedReason: 'stop', suppress: true }
  if (rule.callback && callback) return { status: 4, reason, callback }
  if (rule.retryAfterMinutes === null) return { status: 3, reason, closedReason: 'qualified' }
  return retry(rule, attempts, limits, now, reason)
}

/** The settlement of a hand-out that nobody qualified: ready again, but not at once when it has been called. */
export function settleUnqualified(
  reason: UnqualifiedReason,
  called: boolean,
  system: DispositionRule,
  attempts: Attempts,
  limits: AttemptLimits,
  now: Date
): Settlement {
  return called ? retry(system, attempts, limits, now, reason) : { status: 0, reason }
}

function retry(
  { retryAfterMinutes, maxAttempts, nextNumber }: DispositionRule,
  attempts: Attempts,
  limits: AttemptLimits,
  now: Date,
  reason: EndReason
): Settlement {
  const most = Math.min(maxAttempts ?? Infinity, limits.perContact ?? Infinity)
  const nextPhone =
    attempts.total < most ? numberToTry(attempts, limits.perNumber ?? Infinity, nextNumber) : null
  if (nextPhone === null) return { status: 3, reason, closedReason: 'attempts_exhausted' }
  return { status: 4, reason, dueAt: new Date(now.getTime() + (retryAfterMinutes ?? 0) * minute), nextPhone }
}

/** The same number, or the next one round, that may still be tried; null: none. */
function numberToTry(
  { phones, byNumber, current }: Attempts,
  perNumber: number,
  next: boolean
): number | null {
  for (let step = next ? 1 : 0; step < phones.length + 1; step++) {
    const position = ((current - 1 + step) % phones.length) + 1
    if ((byNumber[phones[position - 1]!] ?? 0) < perNumber) return position
  }
  return null
}

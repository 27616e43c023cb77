/** What dispatch needs to know of a disposition: behaviour by flags, never by codes. */
export interface DispositionRule {
  readonly positive: boolean
  /** Minutes until the contact is ready again; null closes it. */
  readonly retryAfterMinutes: number | null
  readonly callback: boolean
  readonly stop: boolean
}

export type EndReason = 'qualified' | 'released' | 'expired' | 'logged_out'

/** What becomes of the contact when its hand-out ends: 0 ready, 2 positive, 3 closed, 4 scheduled. */
export interface Settlement {
  readonly status: 0 | 2 | 3 | 4
  readonly dueAt: Date | null
  readonly reason: EndReason
}

const minute = 60_000

/** The settlement of a qualified hand-out. */
export function settleQualified(rule: DispositionRule, callbackAt: Date | null, now: Date): Settlement {
  const reason = 'qualified'
  if (rule.positive) return { status: 2, dueAt: null, reason }
  if (rule.stop) return { status: 3, dueAt: null, reason }
  if (rule.callback && callbackAt) return { status: 4, dueAt: callbackAt, reason }
  if (rule.retryAfterMinutes === null) return { status: 3, dueAt: null, reason }
  return { status: 4, dueAt: new Date(now.getTime() + rule.retryAfterMinutes * minute), reason }
}

/** The settlement of a hand-out that nobody qualified: ready again, but not at once when it has been called. */
export function settleUnqualified(
  reason: Exclude<EndReason, 'qualified'>,
  called: boolean,
  retryAfterMinutes: number,
  now: Date
): Settlement {
  return called
    ? { status: 4, dueAt: new Date(now.getTime() + retryAfterMinutes * minute), reason }
    : { status: 0, dueAt: null, reason }
}

import { invalidField } from '@evscallpro/core'

/** A cause that a gateway gets wrong: what it `gives` (Q.850, as the PBX reads it from the SIP answer) `means` another. */
export interface CauseRule {
  readonly gives: number
  readonly means: number
}

/** Two rules for one cause contradict each other, and one that changes nothing is a slip. Throws CORE_INVALID_FIELD. */
export function checkCauseMap(rules: readonly CauseRule[]): void {
  const twice = rules.find((rule, at) => rules.findIndex(one => one.gives === rule.gives) < at)
  if (twice) throw invalidField('causeMap', `has two rules for cause ${twice.gives}: keep one`)
  const idle = rules.find(({ gives, means }) => gives === means)
  if (idle) throw invalidField('causeMap', `takes cause ${idle.gives} for itself: leave that rule out`)
}

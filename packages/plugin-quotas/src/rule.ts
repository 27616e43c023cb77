import type { Condition } from './matching/index.ts'

/** A row of `quotas.rules`. */
export interface RuleRow {
  readonly campaign_id: number
  readonly id: number
  readonly mark: number
  readonly label: string | null
  readonly field: string
  readonly type: Condition['type']
  readonly operator: Condition['operator']
  readonly values: readonly (string | number)[]
  readonly mode: 'strict' | 'soft'
  readonly limit: number
  /** Strict and just made: nothing is handed out before what counts already has been counted. */
  readonly held: boolean
  readonly state: 'building' | 'active' | 'removed'
  readonly completed: number
  readonly reserved: number
  readonly worked: number
  readonly pace_from: Date
  readonly pace_worked: number
  readonly pace_before: number
  readonly blocked: 0 | 1 | 2
  readonly revision: number
}

export const conditionOf = ({ field, type, operator, values }: RuleRow): Condition => ({
  field,
  type,
  operator,
  values
})

/** Hand-outs that may still begin; a rule whose limit was lowered may be beyond it. */
export function remainingOf({
  limit,
  completed,
  reserved,
  mode
}: Pick<RuleRow, 'limit' | 'completed' | 'reserved' | 'mode'>): number {
  return Math.max(0, limit - completed - (mode === 'strict' ? reserved : 0))
}

/** As people name it: its label, or what it asks for. */
export function nameOf({ label, field, operator, values }: RuleRow): string {
  return label ?? `${field} ${operator} ${values.join(', ')}`.trim()
}

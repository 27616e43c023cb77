import {
  contactColumns,
  customKey,
  customPrefix,
  type FieldType,
  type FieldTypes,
  isContactColumn,
  type Operator,
  operators,
  orderOperators,
  type Rule
} from './condition.ts'
import { type Issues, parseValues } from './parse-values.ts'
import { isStorable } from './reading.ts'

/** What is wrong with one field: `<field> <detail>` is a sentence that says what to do. */
export interface RuleIssue {
  readonly field: string
  readonly detail: string
}

/** PostgreSQL's largest int. */
const largestLimit = 2_147_483_647

/**
 * Reads what a supervisor typed, `{ field, operator, value, limit }`, and returns the rule or every issue found.
 * `value` is an array for `in` and `between`, absent or null for `is_set`, else a text, number or boolean. It is
 * turned into the field's type: `"75"` and 75 are the same number, and the same text. Other properties are not read.
 */
export function parseRule(input: unknown, fieldTypes: FieldTypes): { rule: Rule } | { issues: RuleIssue[] } {
  const issues: RuleIssue[] = []
  const report: Issues = (field, detail) => {
    issues.push({ field, detail })
    return null
  }
  const given: Readonly<Record<string, unknown>> =
    typeof input === 'object' && input !== null ? { ...input } : {}
  const field = parseField(given.field, report)
  const operator = parseOperator(given.operator, report)
  const limit = parseLimit(given.limit, report)
  if (field === null || operator === null) return { issues }
  const type = typeOf(field, operator, fieldTypes)
  const values = parseValues(given.value, operator, type, report)
  return values === null || limit === null ? { issues } : { rule: { field, type, operator, values, limit } }
}

function parseField(field: unknown, report: Issues): string | null {
  if (typeof field !== 'string' || field === '')
    return report('field', 'is missing; name a column or custom field')
  const key = customKey(field)
  if (key === '') return report('field', `needs the key of a custom field after '${customPrefix}'`)
  if (key !== null ? isStorable(key) : isContactColumn(field)) return field
  if (key !== null) return report('field', 'has a character that cannot be stored; remove it')
  return report(
    'field',
    `is neither a contact column (${contactColumns.join(', ')}) nor '${customPrefix}<key>'; choose one of these`
  )
}

function parseOperator(operator: unknown, report: Issues): Operator | null {
  const known = operators.find(name => name === operator)
  return known ?? report('operator', `must be one of ${operators.join(', ')}`)
}

function parseLimit(limit: unknown, report: Issues): number | null {
  return typeof limit === 'number' && Number.isInteger(limit) && limit >= 1 && limit <= largestLimit
    ? limit
    : report('limit', `must be a whole number from 1 to ${largestLimit}`)
}

/** Columns are text. Text that is compared by size is compared as a number. */
function typeOf(field: string, operator: Operator, fieldTypes: FieldTypes): FieldType {
  const key = customKey(field)
  const type = (key === null ? undefined : fieldTypes.get(key)) ?? 'text'
  return type === 'text' && orderOperators.has(operator) ? 'number' : type
}

import type { Condition, MatchableContact } from './condition.ts'
import { asText, type Reading, read } from './reading.ts'

/** Whether the contact meets the condition. A contact without a readable value meets none, not even `not_equals`. */
export function matchesOne(condition: Condition, contact: MatchableContact): boolean {
  return holds(condition, read(contact, condition.field, condition.type))
}

/** The condition on a value that is read already. Dates compare as text: YYYY-MM-DD sorts as time does. */
export function holds({ operator, values }: Condition, reading: Reading): boolean {
  if (reading === null) return false
  const [first, second] = values
  if (operator === 'is_set') return true
  if (operator === 'in') return values.includes(reading)
  if (first === undefined) return false
  switch (operator) {
    case 'equals':
      return reading === first
    case 'not_equals':
      return reading !== first
    case 'starts_with':
      return asText(reading).startsWith(String(first))
    case 'contains':
      return asText(reading).includes(String(first))
    case 'lt':
      return reading < first
    case 'lte':
      return reading <= first
    case 'gt':
      return reading > first
    case 'gte':
      return reading >= first
    case 'between':
      return second !== undefined && reading >= first && reading <= second
  }
}

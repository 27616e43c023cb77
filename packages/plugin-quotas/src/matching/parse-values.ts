import type { FieldType, Operator } from './condition.ts'
import { isDateText, isStorable, numberOf, plainDecimal } from './reading.ts'

/** Notes an issue of a field; returns null as there is no value then. */
export type Issues = (field: string, detail: string) => null

const longestValue = 500
const mostValues = 10_000

type Value = string | number

/** The values of a rule in the type that the operator compares, or null with the issues reported. */
export function parseValues(
  given: unknown,
  operator: Operator,
  type: FieldType,
  report: Issues
): Value[] | null {
  if (operator === 'is_set') {
    return given === undefined || given === null ? [] : report('value', "must be left out with 'is_set'")
  }
  // Parts of a date or number are text.
  const comparesText = operator === 'starts_with' || operator === 'contains'
  const read = (value: unknown, field: string) =>
    parseValue(value, field, comparesText ? 'text' : type, report)
  if (operator === 'between') return parseBounds(given, read, report)
  if (operator === 'in') return parseList(given, read, report)
  if (Array.isArray(given))
    return report('value', `must be one value with '${operator}'; for several, use 'in'`)
  const value = read(given, 'value')
  return value === null ? null : [value]
}

type Read = (value: unknown, field: string) => Value | null

function parseBounds(given: unknown, read: Read, report: Issues): Value[] | null {
  if (!Array.isArray(given) || given.length !== 2) {
    return report(
      'value',
      "must be two bounds with 'between', the lower first; for one bound, use 'gte' or 'lte'"
    )
  }
  const low = read(given[0], 'value/0')
  const high = read(given[1], 'value/1')
  if (low === null || high === null) return null
  return low > high ? report('value', 'has its bounds reversed; put the lower first') : [low, high]
}

function parseList(given: unknown, read: Read, report: Issues): Value[] | null {
  if (!Array.isArray(given) || given.length === 0) {
    return report('value', "must be a list of at least one value with 'in'")
  }
  if (given.length > mostValues) return report('value', `has more than ${mostValues} values; split the rule`)
  const values = given.map((value: unknown, at) => read(value, `value/${at}`))
  const good = values.filter(value => value !== null)
  return good.length === values.length ? [...new Set(good)] : null
}

function parseValue(given: unknown, field: string, type: FieldType, report: Issues): Value | null {
  if (given === undefined || given === null || given === '') {
    return report(field, 'is empty; give the value to compare with')
  }
  if (type === 'number') {
    const number = typeof given === 'string' ? numberOf(given) : given
    if (typeof number === 'number' && Number.isFinite(number)) return number === 0 ? 0 : number
    return report(field, 'must be a number, written with digits and at most one dot (12.5)')
  }
  if (type === 'date') {
    if (typeof given === 'string' && isDateText(given)) return given
    return report(field, 'must be a date that exists, as YYYY-MM-DD (2026-03-31)')
  }
  return parseText(given, field, report)
}

function parseText(given: unknown, field: string, report: Issues): string | null {
  if (typeof given === 'number' && Number.isFinite(given)) return plainDecimal(given)
  if (typeof given === 'boolean') return String(given)
  if (typeof given !== 'string') return report(field, 'must be a text, a number, true or false')
  if (given.length > longestValue)
    return report(field, `is longer than ${longestValue} characters; shorten it`)
  if (!isStorable(given)) return report(field, 'has a character that cannot be stored; remove it')
  return given.normalize('NFC')
}

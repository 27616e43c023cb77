import { type Condition, customKey, isContactColumn } from './condition.ts'
import { datePattern, numberPattern } from './reading.ts'

type Binding = string | number | string[] | number[]

/** SQL with `?` for each binding, as `knex.raw` takes it; no other question mark stands in it. */
export interface SqlFragment {
  readonly sql: string
  readonly bindings: readonly Binding[]
}

/**
 * A boolean SQL expression (PostgreSQL 15 and newer, encoding UTF8) that is true for exactly the contacts that
 * `matchesOne` accepts, else false, never null; no value of a contact makes it fail. It reads the row of
 * `core.contacts` under `alias`. Values and keys travel as bindings, never in the text.
 * Two limits: numbers beyond 1.797e308 are no numbers to either; a stored JSON number of more than 17 digits is
 * compared as the nearest double. Throws a RangeError on an alias that is no plain small-letter name.
 */
export function sqlPredicate(condition: Condition, alias = 'contacts'): SqlFragment {
  if (!/^[a-z_][a-z0-9_]*$/.test(alias)) throw new RangeError(`'${alias}' is not a plain table alias.`)
  const reading = readingOf(condition, alias)
  const test = testOf(condition)
  return {
    sql: `coalesce((select ${test.sql} from (select ${reading.sql} as x) as r), false)`,
    bindings: [...test.bindings, ...reading.bindings]
  }
}

/** The test on `x`, which is text or a double; null has been left to the caller. Text compares byte by byte. */
function testOf({ operator, values, type }: Condition): SqlFragment {
  const [first = ''] = values
  const bind = type === 'number' ? '?::float8' : '(?::text collate "C")'
  const one = (sql: string): SqlFragment => ({ sql, bindings: [first] })
  const text = type === 'number' ? numberText('x') : 'x'
  switch (operator) {
    case 'is_set':
      return { sql: 'x is not null', bindings: [] }
    case 'equals':
      return one(`x = ${bind}`)
    case 'not_equals':
      return one(`x <> ${bind}`)
    case 'lt':
      return one(`x < ${bind}`)
    case 'lte':
      return one(`x <= ${bind}`)
    case 'gt':
      return one(`x > ${bind}`)
    case 'gte':
      return one(`x >= ${bind}`)
    case 'between':
      return { sql: `x between ${bind} and ${bind}`, bindings: values }
    case 'in':
      return type === 'number'
        ? { sql: 'x = any(?::float8[])', bindings: [values.map(Number)] }
        : { sql: 'x = any(?::text[])', bindings: [values.map(String)] }
    case 'starts_with':
      return one(`starts_with(${text}, ?::text)`)
    case 'contains':
      return one(`strpos(${text}, ?::text) > 0`)
  }
}

/** The contact's value as text or double; null where there is none (see `reading.ts`). */
function readingOf({ field, type }: Condition, alias: string): SqlFragment {
  const key = customKey(field)
  const text = key === null ? columnText(field, alias) : customText
  const source = key === null ? null : { sql: `${alias}.custom_fields -> ?::text`, bindings: [key] }
  const within = (sql: string, bindings: readonly Binding[] = []): SqlFragment =>
    source
      ? {
          sql: `(select ${sql} from (select ${source.sql} as v) as f)`,
          bindings: [...bindings, ...source.bindings]
        }
      : { sql, bindings }
  if (type === 'number') {
    const ofText = (raw: string) => `case when ${raw} ~ ?::text then (${raw})::float8 end`
    return key === null
      ? within(ofText(text), [numberPattern])
      : within(
          `case jsonb_typeof(v) when 'number' then ${jsonDouble} when 'string' then ${ofText("v #>> '{}'")} end`,
          [numberPattern]
        )
  }
  if (type === 'date') return within(`case when ${text} ~ ?::text then ${text} end`, [datePattern])
  return within(`nullif(${text}, '')`)
}

function columnText(field: string, alias: string): string {
  if (field === 'phone') return `normalize(${alias}.phones[1], NFC)`
  if (!isContactColumn(field)) throw new RangeError(`'${field}' is not a column that a rule may read.`)
  return `normalize(${alias}.${field}::text, NFC)`
}

/**
 * A JSON number as double. Outside the range of doubles a cast fails, so those are sorted out first: too large is no
 * number, too small is 0 (half of the smallest double, as JSON.parse rounds).
 */
const jsonDouble =
  '(select case when abs(n) > 1.7976931348623157e308 then null when abs(n) < 2.4703282292062329e-324 then 0' +
  ' else n::text::float8 end from (select v::numeric as n) as d)'

/** `plainDecimal` in SQL: the shortest digits of the double, then without exponent and needless zeros. */
function numberText(double: string): string {
  return `trim_scale((${double})::text::numeric)::text`
}

const customText =
  "case jsonb_typeof(v) when 'string' then normalize(v #>> '{}', NFC) when 'boolean' then v #>> '{}'" +
  ` when 'number' then ${numberText(jsonDouble)} end`

import type { Condition, FieldTypes, MatchableContact } from '../src/matching/index.ts'

/** Repeatable numbers in [0, 1): mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export const fieldTypes: FieldTypes = new Map([
  ['age', 'number'],
  ['signed_on', 'date']
])

/** JSON texts that a contact may hold under any key, well-formed for the key or not. */
const stored = [
  ...['null', '""', '" "', 'true', 'false', '[]', '["75"]', '{"a":1}', '75', '75.0', '-0', '0', '7.5', '-3'],
  ...['1e3', '1E21', '1e-7', '123456789.25', '0.1', '12345678901234567890', '1e400', '1e-400', '5e-324'],
  ...['"75"', '"075"', '"75.0"', '"75001"', '"7,5"', '" 75"', '"75\\n"', '"1e3"', '"-3"', '"+7"', '"0x10"'],
  ...[
    '"Île-de-France"',
    '"I\\u0302le-de-France"',
    '"île-de-france"',
    '"100%"',
    '"a_b"',
    '"axb"',
    '"?"',
    '"x\\u0301y"'
  ],
  ...[
    '"2026-02-28"',
    '"2024-02-29"',
    '"2026-02-29"',
    '"2026-2-8"',
    '"2026-03-31T10:00:00Z"',
    '"1999-12-31"',
    '"🙂"',
    `"${'9'.repeat(250)}"`,
    `"${'9'.repeat(251)}"`
  ]
]
const keys = ['age', 'signed_on', 'région', 'montant.ttc', 'numero_de_contrat', 'constructor', '?', "it's"]
const texts = [
  '75',
  '075',
  '75001',
  '7',
  'Île',
  'Île-de-France',
  'île',
  '%',
  '_',
  'a_b',
  ' ',
  '1000',
  'true',
  '?',
  '🙂',
  '.'
]
const sizes = [-3, 0, 1e-7, 7, 7.5, 75, 75.5, 1000, 1e21, 75001]
const days = ['1999-12-31', '2024-02-29', '2026-01-01', '2026-02-28', '2026-12-31']
const columns = [
  '75001',
  '75',
  '',
  'Île-de-France',
  'I\u0302le-de-France',
  'Lyon',
  '-3',
  '2026-02-28',
  '01234',
  null
]

type Random = () => number
const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)]!

/** A contact's `custom_fields` as JSON text, and two columns. */
export function randomRow(random: Random) {
  const fields = keys
    .filter(() => random() < 0.7)
    .map(key => `${JSON.stringify(key)}:${pick(random, stored)}`)
  return {
    postal_code: pick(random, columns),
    city: pick(random, columns),
    country: pick(random, ['FR', 'BE', null]),
    phones: [pick(random, ['+33612345678', '+32470123456'])],
    custom_fields: `{${fields.join(',')}}`
  }
}

/** The row as the database hands it out. */
export function contactOf(row: ReturnType<typeof randomRow>): MatchableContact {
  return { ...row, custom_fields: JSON.parse(row.custom_fields) }
}

/** What a supervisor may send: any operator on any field, nearly always well-formed. */
export function randomInput(random: Random) {
  const key = pick(random, keys)
  const field =
    random() < 0.3 ? pick(random, ['postal_code', 'city', 'country', 'phone']) : `custom_fields.${key}`
  const operator = pick(random, [
    'equals',
    'not_equals',
    'starts_with',
    'contains',
    'in',
    'lt',
    'lte',
    'gt',
    'gte',
    'between',
    'is_set'
  ] satisfies Condition['operator'][])
  const type = fieldTypes.get(field.replace('custom_fields.', '')) ?? 'text'
  const bySize = ['lt', 'lte', 'gt', 'gte', 'between'].includes(operator)
  const part = operator === 'starts_with' || operator === 'contains'
  const value = () => {
    if (type === 'date' && !part) return pick(random, days)
    return (bySize || type === 'number') && !part ? pick(random, sizes) : pick(random, texts)
  }
  const pair = () => [value(), value()].sort((a, b) => (a < b ? -1 : 1))
  const values: Record<string, unknown> = {
    is_set: undefined,
    between: pair(),
    in: Array.from({ length: 1 + Math.floor(random() * 4) }, value)
  }
  return { field, operator, value: operator in values ? values[operator] : value(), limit: 10 }
}

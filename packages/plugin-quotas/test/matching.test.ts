import { freshDatabase } from '@evscallpro/testing'
import t, { type Test } from 'tap'
import {
  compileRules,
  type MatchableContact,
  matchesOne,
  operators,
  parseRule,
  type Rule,
  sqlPredicate
} from '../src/matching/index.ts'
import { contactOf, fieldTypes, randomInput, randomRow, seeded } from './random-rules.ts'

t.setTimeout(120_000) // the first test of a machine makes the database server

const parsed = (input: unknown): Rule => {
  const result = parseRule(input, fieldTypes)
  if ('issues' in result) throw new Error(JSON.stringify(result.issues))
  return result.rule
}
const rule = (field: string, operator: string, value?: unknown) =>
  parsed({ field, operator, value, limit: 1 })
const custom = (fields: Record<string, unknown>): MatchableContact => ({ custom_fields: fields })

t.test('each operator compares as it says', async t => {
  const cases: [operator: string, value: unknown, accepts: unknown[], refuses: unknown[]][] = [
    ['equals', '75', ['75', 75], ['075', '75.0', ' 75', '750']],
    ['not_equals', '75', ['76', 76, true], ['75', 75]],
    ['starts_with', '75', ['75', '75001', 75001], ['075', '7']],
    ['contains', 'de', ['Île-de-France', 'de'], ['Ile-De-France', 'd']],
    ['in', ['Paris', 75], ['Paris', '75', 75], ['paris', '']],
    ['lt', 10, [9, '9', '-3', 9.99], [10, '10', 'nine', '9,5', '1e0']],
    ['lte', '10', [10, '010'], [10.01]],
    ['gt', 9, [10, '100', '9.01'], [9, '09']],
    ['gte', 9, [9, '9.0'], [8.9]],
    ['between', [18, 24], [18, '24', 20.5], [17.9, '25', '']],
    ['is_set', undefined, ['x', ' ', 0, false], ['', null, [], {}]]
  ]
  t.same(
    cases.map(([operator]) => operator),
    operators
  )
  for (const [operator, value, accepts, refuses] of cases) {
    for (const given of accepts)
      t.ok(
        matchesOne(rule('custom_fields.f', operator, value), custom({ f: given })),
        `${operator}: ${given}`
      )
    for (const given of refuses)
      t.notOk(
        matchesOne(rule('custom_fields.f', operator, value), custom({ f: given })),
        `${operator}: ${given}`
      )
  }
})

t.test('case and accents count, however the accents are encoded', async t => {
  const region = rule('custom_fields.région', 'equals', 'I\u0302le-de-France')
  t.ok(matchesOne(region, custom({ région: 'Île-de-France' })))
  t.ok(matchesOne(rule('city', 'starts_with', 'Î'), { city: 'I\u0302le' }))
  t.notOk(matchesOne(region, custom({ région: 'île-de-france' })))
  t.notOk(matchesOne(region, custom({ région: 'Ile-de-France' })))
  t.notOk(
    matchesOne(rule('city', 'starts_with', 'I'), { city: 'I\u0302le' }),
    'a letter and its accent are one'
  )
})

t.test('percent and underscore mean themselves', async t => {
  t.ok(matchesOne(rule('city', 'contains', '%'), { city: '100% Lyon' }))
  t.notOk(matchesOne(rule('city', 'contains', '%'), { city: 'Lyon' }))
  t.notOk(matchesOne(rule('city', 'starts_with', 'L_on'), { city: 'Lyon' }))
})

t.test('a missing, null, empty or malformed value meets no condition, not even not_equals', async t => {
  for (const operator of operators) {
    const pair = operator === 'between' || operator === 'in'
    for (const field of [
      'city',
      'custom_fields.age',
      'custom_fields.signed_on',
      'custom_fields.constructor'
    ]) {
      const day = field.endsWith('signed_on')
      const value = operator === 'is_set' ? undefined : day ? '2026-01-01' : '5'
      const condition = rule(field, operator, pair ? [value, day ? '2026-12-31' : '9'] : value)
      for (const bad of [null, '', [], {}, ['5'], day ? '2026-02-30' : '']) {
        const contact = { city: null, custom_fields: { [field.replace('custom_fields.', '')]: bad } }
        t.notOk(matchesOne(condition, contact), `${operator} ${field} ${JSON.stringify(bad)}`)
      }
      t.notOk(matchesOne(condition, {}))
      t.notOk(matchesOne(condition, { custom_fields: null }))
    }
  }
})

t.test('a field defined as number or date is compared so by every operator', async t => {
  t.ok(matchesOne(rule('custom_fields.age', 'equals', '75'), custom({ age: '075' })))
  t.ok(matchesOne(rule('custom_fields.age', 'starts_with', '7'), custom({ age: '075.0' })))
  t.ok(matchesOne(rule('custom_fields.signed_on', 'lt', '2026-03-01'), custom({ signed_on: '2026-02-28' })))
  t.ok(
    matchesOne(
      rule('custom_fields.signed_on', 'between', ['2024-02-29', '2024-02-29']),
      custom({ signed_on: '2024-02-29' })
    )
  )
  t.ok(
    matchesOne(rule('custom_fields.signed_on', 'starts_with', '2026-03'), custom({ signed_on: '2026-03-31' }))
  )
  t.notOk(
    matchesOne(
      rule('custom_fields.signed_on', 'not_equals', '2026-03-01'),
      custom({ signed_on: '01/03/2026' })
    )
  )
})

t.test('a date is one that exists in the calendar, leap years included', async t => {
  const set = rule('custom_fields.signed_on', 'is_set')
  const wrong = []
  for (const year of ['0004', '1900', '1999', '2000', '2023', '2024', '2100', '2396', '9999']) {
    for (let month = 0; month <= 13; month++) {
      for (let day = 0; day <= 32; day++) {
        const text = `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
        const date = new Date(`${text}T00:00:00Z`)
        const exists = !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
        if (matchesOne(set, custom({ signed_on: text })) !== exists) wrong.push(text)
      }
    }
  }
  t.same(wrong, [])
})

t.test('any custom field can be read, and the preferred phone', async t => {
  for (const key of ['numero_de_contrat', 'Numéro de contrat', 'montant.ttc', '__proto__', ' ', '%'])
    t.ok(
      matchesOne(rule(`custom_fields.${key}`, 'equals', 'x'), {
        custom_fields: JSON.parse(`{${JSON.stringify(key)}:"x"}`)
      }),
      key
    )
  t.ok(matchesOne(rule('phone', 'starts_with', '+336'), { phones: ['+33612345678', '+33123456789'] }))
  t.notOk(matchesOne(rule('phone', 'starts_with', '+331'), { phones: ['+33612345678', '+33123456789'] }))
})

t.test('a bad rule is refused with every wrong field and what to do', async t => {
  const good = { field: 'postal_code', operator: 'starts_with', value: '75', limit: 50 }
  const long = 'x'.repeat(501)
  const refusals: [change: object, field: string, detail: RegExp][] = [
    [{ field: undefined }, 'field', /missing; name a column/],
    [{ field: 'attempts' }, 'field', /postal_code.*custom_fields\.<key>.*choose/],
    [{ field: 'custom_fields.' }, 'field', /needs the key/],
    [{ field: 'custom_fields.a\0' }, 'field', /remove it/],
    [{ operator: 'like' }, 'operator', /must be one of equals, .*is_set/],
    [{ operator: 'constructor' }, 'operator', /must be one of/],
    [{ value: '' }, 'value', /is empty; give/],
    [{ value: null }, 'value', /is empty/],
    [{ value: {} }, 'value', /must be a text/],
    [{ value: ['75'] }, 'value', /must be one value .* use 'in'/],
    [{ value: long }, 'value', /longer than 500/],
    [{ value: '\ud800' }, 'value', /cannot be stored/],
    [{ operator: 'is_set' }, 'value', /must be left out/],
    [{ operator: 'in', value: [] }, 'value', /at least one/],
    [{ operator: 'in', value: '75' }, 'value', /must be a list/],
    [{ operator: 'in', value: ['75', ''] }, 'value/1', /is empty/],
    [{ operator: 'in', value: Array(10_001).fill('x') }, 'value', /split the rule/],
    [{ operator: 'between', value: [1] }, 'value', /two bounds .* 'gte' or 'lte'/],
    [{ operator: 'between', value: 1 }, 'value', /two bounds/],
    [{ operator: 'between', value: [1, null] }, 'value/1', /is empty/],
    [{ operator: 'between', value: [9, 1] }, 'value', /reversed; put the lower first/],
    [{ operator: 'between', value: ['A', 'M'] }, 'value/0', /must be a number/],
    [{ operator: 'lt', value: '12,5' }, 'value', /at most one dot/],
    [{ operator: 'lt', value: Number.NaN }, 'value', /must be a number/],
    [{ field: 'custom_fields.age', operator: 'equals', value: 'old' }, 'value', /must be a number/],
    [{ field: 'custom_fields.signed_on', operator: 'gte', value: '2026-02-29' }, 'value', /YYYY-MM-DD/],
    [{ limit: 0 }, 'limit', /whole number from 1/],
    [{ limit: -5 }, 'limit', /whole number/],
    [{ limit: 1.5 }, 'limit', /whole number/],
    [{ limit: '50' }, 'limit', /whole number/],
    [{ limit: 2 ** 31 }, 'limit', /2147483647/]
  ]
  for (const [change, field, detail] of refusals)
    t.match(
      parseRule({ ...good, ...change }, fieldTypes),
      { issues: [{ field, detail }] },
      JSON.stringify(change).slice(0, 80)
    )
  for (const input of [null, undefined, 'rule', []])
    t.match(parseRule(input, fieldTypes), {
      issues: [{ field: 'field' }, { field: 'operator' }, { field: 'limit' }]
    })
  t.match(parseRule({ ...good, value: '', limit: 0 }, fieldTypes), {
    issues: [{ field: 'limit' }, { field: 'value' }]
  })
  t.same(parseRule(good, fieldTypes), {
    rule: { field: 'postal_code', operator: 'starts_with', type: 'text', values: ['75'], limit: 50 }
  })
})

t.test('two rules of one id are refused', async t => {
  const condition = { ...rule('city', 'equals', 'Lyon'), id: 7 }
  t.throws(() => compileRules([condition, condition]), /Two rules have the id 7/)
})

t.test('the compiled rules find exactly what trying each rule finds, in ascending order', async t => {
  const random = seeded(20_260_331)
  let pairs = 0
  let matches = 0
  for (let round = 0; round < 20; round++) {
    const rules = Array.from({ length: 300 }, (_, id) => ({ ...parsed(randomInput(random)), id: 1_000 - id }))
    const match = compileRules(rules)
    for (let n = 0; n < 50; n++) {
      const contact = contactOf(randomRow(random))
      const expected = rules.filter(one => matchesOne(one, contact)).map(one => one.id)
      const found = match(contact)
      if (!sameList(found, expected.reverse())) t.same(found, expected, JSON.stringify(contact))
      pairs += rules.length
      matches += found.length
    }
  }
  t.equal(pairs, 300_000)
  t.ok(matches > 20_000, `${matches} matches`)
})

t.test('ranges that all overlap are found without a list per point', async t => {
  const rules = Array.from({ length: 10_000 }, (_, id) => ({ ...rule('custom_fields.age', 'gt', id), id }))
  const match = compileRules(rules)
  t.equal(match(custom({ age: 9_999 })).length, 9_999)
  t.same(match(custom({ age: 2 })), [0, 1])
  t.same(match(custom({ age: 0 })), [])
})

t.test('PostgreSQL selects exactly the contacts that a rule accepts', async t => {
  const { db } = await freshDatabase(t, {
    key: 'plugin-quotas matching 1',
    migrate: db =>
      db.raw(`create table contacts (id int primary key, postal_code text, city text, country char(2),
        phones text[] not null, custom_fields jsonb not null)`)
  })
  const random = seeded(7)
  const rows = Array.from({ length: 400 }, (_, id) => ({ id, ...randomRow(random) }))
  await db('contacts').insert(rows)
  const contacts: (MatchableContact & { id: number })[] = await db('contacts').orderBy('id')
  let matches = 0
  for (let n = 0; n < 400; n++) {
    const condition = parsed(randomInput(random))
    const { sql, bindings } = sqlPredicate(condition, 'c')
    const query = `select id, ${sql} as met from contacts c order by id`
    const { rows: answers }: { rows: { met: unknown }[] } = await db.raw(query, [...bindings])
    const wrong = contacts.filter(contact => answers[contact.id]?.met !== matchesOne(condition, contact))
    if (wrong.length > 0) t.same(wrong.slice(0, 3), [], JSON.stringify(condition))
    matches += answers.filter(answer => answer.met).length
  }
  t.ok(matches > 5_000, `${matches} matches of 160,000 pairs`)
  await aliasIsChecked(t)
})

async function aliasIsChecked(t: Test) {
  t.throws(() => sqlPredicate(rule('city', 'is_set'), 'c; drop table contacts'), RangeError)
  t.throws(() => sqlPredicate({ ...rule('city', 'is_set'), field: 'id); --' }), RangeError)
}

function sameList(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, at) => value === b[at])
}

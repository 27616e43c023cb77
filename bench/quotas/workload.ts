import type { NewContact } from '../../packages/core/src/domain/contact/contact-fields.ts'

/** A rule as the API takes it. */
export interface BenchRule {
  readonly field: string
  readonly operator: string
  readonly value: unknown
  readonly limit: number
  readonly mode: 'strict'
}

/** mulberry32: the same contacts for the same seed. */
export function random(seed: number): () => number {
  let a = seed
  return () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

const departments = 95
const codesPerDepartment = 110

const postalCode = (department: number, code: number): string =>
  String(department + 1).padStart(2, '0') + String(code * 7).padStart(3, '0')

/** Contacts of a survey: gender, age, postal code, and 20 independent yes-no fields. Numbers lie in a block for fiction. */
export function* contacts(count: number, seed: number, bits = false): Generator<NewContact> {
  const next = random(seed)
  for (let i = 0; i < count; i++) {
    const department = Math.floor(next() ** 1.5 * departments)
    const code = Math.floor(next() ** 2 * codesPerDepartment)
    const customFields: Record<string, unknown> = {
      gender: next() < 0.5 ? 'f' : 'm',
      age: 18 + Math.floor(next() * 70),
      contract: `C-${i}`
    }
    if (bits) for (let bit = 0; bit < 20; bit++) customFields[`b${bit}`] = next() < 0.5 ? 'y' : 'n'
    yield {
      externalId: String(i),
      lastName: `Contact ${i}`,
      phones: [`+33199${String(i % 1_000_000).padStart(6, '0')}`],
      postalCode: postalCode(department, code),
      city: `Ville ${department}`,
      customFields
    }
  }
}

const strict = (field: string, operator: string, value: unknown, limit: number): BenchRule => ({
  ...{ field, operator, value, limit },
  mode: 'strict'
})

/** Overlapping rules: genders, ages, departments, prefixes, postal codes; each contact meets two to five of them. */
export function overlapping(count: number, contactCount: number): BenchRule[] {
  const share = (part: number): number => Math.max(1, Math.round(contactCount * part))
  const rules = [
    strict('custom_fields.gender', 'equals', 'f', share(0.4)),
    strict('custom_fields.gender', 'equals', 'm', share(0.4)),
    strict('custom_fields.age', 'between', [18, 39], share(0.3)),
    strict('custom_fields.age', 'between', [40, 59], share(0.3)),
    strict('custom_fields.age', 'gte', 60, share(0.3))
  ]
  for (let d = 0; d < departments && rules.length < count; d++)
    rules.push(strict('postal_code', 'starts_with', String(d + 1).padStart(2, '0'), share(0.01)))
  for (let c = 0; rules.length < count; c++) {
    const code = postalCode(c % departments, Math.floor(c / departments) % codesPerDepartment)
    rules.push(strict('postal_code', 'equals', code, share(0.0005)))
  }
  return rules.slice(0, count)
}

/** One rule that everybody meets, and a department each. */
export const hot = (contactCount: number): BenchRule[] => [
  strict('last_name', 'starts_with', 'Contact', contactCount),
  ...overlapping(100, contactCount).slice(5)
]

/** Twenty rules that half of the contacts meet, independently: hundreds of thousands of segments. */
export const independent = (contactCount: number): BenchRule[] =>
  Array.from({ length: 20 }, (_, bit) => strict(`custom_fields.b${bit}`, 'equals', 'y', contactCount))

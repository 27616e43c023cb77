import { numberingPlan } from './numbering-plan.ts'

/**
 * Kinds of numbers that a policy speaks of, seen from one country: its own numbers by their kind, all others as
 * international. `short` are numbers of six digits and fewer, emergency services among them; `other` is what no plan knows.
 */
export const numberClasses = [
  'fixed',
  'mobile',
  'voip',
  'toll_free',
  'shared_cost',
  'premium',
  'international',
  'satellite',
  'short',
  'other'
] as const
export type NumberClass = (typeof numberClasses)[number]

/** Classes that may be allowed at all. Short numbers are dialled on a phone, by the dialplan's own rules, or not at all. */
export type CallableClass = Exclude<NumberClass, 'short'>
export const callableClasses = numberClasses.filter((name): name is CallableClass => name !== 'short')

/** Country codes of satellite and global networks (ITU-T E.164, list of assigned codes): dear, and fraud's favourites. */
export const satelliteCodes: readonly string[] = ['870', '881', '882', '883']
/** International premium rate service (ITU-T E.169.2). */
export const premiumCodes: readonly string[] = ['979']

const longestShort = 6

/** The class of an E.164 number, seen from a country (ISO 3166-1 alpha-2). @throws RangeError for an unknown country */
export function classifyNumber(number: string, country: string): NumberClass {
  const digits = number.replace(/^\+/, '')
  const plan = numberingPlan(country)
  if (digits.startsWith(plan.callingCode)) {
    const national = digits.slice(plan.callingCode.length)
    if (national.length <= longestShort && !matches(plan.classes, national)) return 'short'
    // A code that several countries share, as +1 or +7: what is not of this country's plan is abroad.
    return matches(plan.classes, national) ?? (sharedCodes.has(plan.callingCode) ? 'international' : 'other')
  }
  if (satelliteCodes.some(code => digits.startsWith(code))) return 'satellite'
  return premiumCodes.some(code => digits.startsWith(code)) ? 'premium' : 'international'
}

/** Country codes that several countries share as equals. */
export const sharedCodes: ReadonlySet<string> = new Set(['1', '7'])

const compiled = new Map<string, RegExp>()

function matches(
  classes: ReturnType<typeof numberingPlan>['classes'],
  national: string
): NumberClass | undefined {
  return classes.find(([, pattern]) => {
    const known = compiled.get(pattern) ?? new RegExp(pattern)
    compiled.set(pattern, known)
    return known.test(national)
  })?.[0]
}

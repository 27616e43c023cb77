import { type CountryCode, isSupportedCountry } from 'libphonenumber-js'
import { Metadata } from 'libphonenumber-js/core'
import metadata from 'libphonenumber-js/max/metadata'

/** What a number of one's own country is, as its numbering plan says. */
const nationalClasses = [
  ['premium', ['PREMIUM_RATE']],
  ['toll_free', ['TOLL_FREE']],
  ['shared_cost', ['SHARED_COST']],
  ['voip', ['VOIP', 'PERSONAL_NUMBER', 'UAN']],
  ['mobile', ['MOBILE', 'PAGER']],
  ['fixed', ['FIXED_LINE']]
] as const
export type NationalClass = (typeof nationalClasses)[number][0]

/** How the numbers of one country are built. Patterns speak of the national number, without prefix 0 and country code. */
export interface NumberingPlan {
  /** ISO 3166-1 alpha-2. */
  readonly country: string
  /** Without `+`. */
  readonly callingCode: string
  /** What is dialled before a foreign country's code, such as `00`; null where it is more than fixed digits. */
  readonly internationalPrefix: string | null
  /** What is dialled before a national number, such as `0`; null: nothing. */
  readonly nationalPrefix: string | null
  /** Kinds of numbers in the order in which they are asked, each with a POSIX extended regular expression, anchored. */
  readonly classes: readonly (readonly [NationalClass, string])[]
}

/** What the library's numbering plan has at run time; its types leave the patterns out. */
interface PlanOfLibrary {
  callingCode(): string
  IDDPrefix(): string
  nationalPrefix(): string | undefined
  type(name: string): { pattern(): string } | undefined
}

const plans = new Map<string, NumberingPlan>()

/**
 * The numbering plan of a country from libphonenumber's tables, in expressions that JavaScript and Asterisk read alike:
 * what the server and the PBX think of a number must be the same.
 * @throws RangeError for what is no country of ISO 3166-1
 */
export function numberingPlan(country: string): NumberingPlan {
  const known = plans.get(country)
  if (known) return known
  if (!isSupportedCountry(country)) throw new RangeError(`no numbering plan for country '${country}'`)
  const all = new Metadata(metadata)
  all.selectNumberingPlan(country as CountryCode)
  const library = all.numberingPlan as unknown as PlanOfLibrary // see PlanOfLibrary
  const plan: NumberingPlan = {
    country,
    callingCode: library.callingCode(),
    internationalPrefix: digitsOnly(library.IDDPrefix()),
    nationalPrefix: digitsOnly(library.nationalPrefix() ?? ''),
    classes: nationalClasses.flatMap(([name, types]) => {
      const patterns = types.flatMap(type => library.type(type)?.pattern() || [])
      return patterns.length === 0 ? [] : [[name, posix(patterns)] as const]
    })
  }
  plans.set(country, plan)
  return plan
}

const digitsOnly = (text: string): string | null => (/^\d+$/.test(text) ? text : null)

const posix = (patterns: readonly string[]): string =>
  `^(${patterns.join('|').replaceAll('(?:', '(').replaceAll('\\d', '[0-9]')})$`

import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js'
import { NumberInvalidError } from '../errors.ts'

/**
 * A telephone number as E.164, read the way people of `country` (ISO 3166-1 alpha-2) write it.
 * Throws CORE_NUMBER_INVALID when no number can be made of it.
 */
export function normaliseNumber(input: string, country: string): string {
  const number = tryNormaliseNumber(input, country)
  if (!number) throw new NumberInvalidError(country)
  return number
}

/** As `normaliseNumber`, but null for what is no number: an import reports it by row. */
export function tryNormaliseNumber(input: string, country: string): string | null {
  const region = isSupportedCountry(country) ? (country as CountryCode) : undefined
  const parsed = parsePhoneNumberFromString(input, region)
  // `isPossible` checks length only: numbering plans change faster than the library's tables.
  return parsed?.isPossible() ? parsed.number : null
}

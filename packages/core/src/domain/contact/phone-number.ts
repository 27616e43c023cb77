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
  const plain = plainNumber(input, country)
  if (plain) return plain
  const region = isSupportedCountry(country) ? (country as CountryCode) : undefined
  const parsed = parsePhoneNumberFromString(input, region)
  // `isPossible` checks length only: numbering plans change faster than the library's tables.
  return parsed?.isPossible() ? parsed.number : null
}

/**
 * What imports mostly hold, decided without the library (20 µs a number, more than all the rest of an import): French
 * numbers, where nine digits follow +33 or 0 and none of them begins with 0. Everything else is null, not refused.
 */
function plainNumber(input: string, country: string): string | null {
  if (/^\+33[1-9]\d{8}$/.test(input)) return input
  if (country !== 'FR') return null
  const digits = input.replace(/[ .]/g, '')
  return /^0[1-9]\d{8}$/.test(digits) ? `+33${digits.slice(1)}` : null
}

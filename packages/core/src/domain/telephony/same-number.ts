import { tryNormaliseNumber } from '../contact/phone-number.ts'
import { classifyNumber } from './number-class.ts'
import { numberingPlan } from './numbering-plan.ts'

/** What a trunk may want in front of a number: an access code, never a country's. */
const longestPrefix = 6

/**
 * Whether what is dialled at a trunk reaches this E.164 number and no other: the number itself, as people of `country`
 * write it, or either behind a short access code. Digits in front that make it a foreign, premium or satellite number
 * by the ordinary rules are refused.
 */
export function reachesNumber(dialled: string, number: string, country: string): boolean {
  if (!/^[+*#]?[0-9*#]{2,30}$/.test(dialled)) return false
  const { callingCode } = numberingPlan(country)
  const digits = number.slice(1)
  const national = digits.startsWith(callingCode) ? digits.slice(callingCode.length) : digits
  if (!dialled.endsWith(national)) return false
  const prefix = dialled.slice(0, -national.length)
  if (prefix === callingCode || prefix === '') return true
  const read = tryNormaliseNumber(dialled, country)
  if (read !== null) return read === number
  const asCode = classifyNumber(`+${dialled.replace(/\D/g, '')}`, country)
  return prefix.length <= longestPrefix && asCode !== 'satellite' && asCode !== 'premium'
}

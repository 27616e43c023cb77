/** Country codes of two digits (ITU-T E.164); 1 and 7 have one digit, all others three. */
const twoDigits = /^(2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/
/** France and its overseas departments: national numbers are 0 and nine digits, read by pairs. */
const french = /^\+(33|262|590|594|596)(\d{9})$/

/** A number is not broken over two lines. */
const nbsp = '\u00a0'

/** An E.164 number as people read it: `02 61 91 55 78`, else `+44 20 7946 0958` in groups. What is not E.164 stays as it is. */
export function readableNumber(number: string): string {
  const national = french.exec(number)
  if (national) return pairs(`0${national[2]}`)
  const digits = /^\+(\d{4,15})$/.exec(number)?.[1]
  if (digits === undefined) return number
  const code = /^[17]/.test(digits) ? 1 : twoDigits.test(digits) ? 2 : 3
  const rest = digits.slice(code)
  return `+${digits.slice(0, code)}${nbsp}${rest.replace(/\d{3}(?=\d\d)/g, `$&${nbsp}`)}`
}

const pairs = (digits: string): string => (digits.match(/\d\d/g) ?? [digits]).join(nbsp)

/** What is typed, for a command: digits and a leading +, nothing else. */
export const dialled = (typed: string): string => typed.replace(/(?!^\+)[^\d]/g, '')

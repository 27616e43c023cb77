import type { FastifyServerOptions } from 'fastify'

export interface LogOptions {
  /** pino level; default `info`. */
  readonly level?: string
  /** Where lines go; default standard output. */
  readonly stream?: { write(line: string): void }
}

/** Logger settings for Fastify in which no line carries a secret or a whole phone number. */
export function logOptions({
  level = 'info',
  stream
}: LogOptions = {}): NonNullable<FastifyServerOptions['logger']> {
  return { level, ...(stream && { stream }), hooks: { streamWrite: maskLine } }
}

const secretKeys = 'authorization|cookie|set-cookie|password|passwd|secret|token|api[-_]?key|x-api-key'

/** `"password":"…"` of the line itself. */
const secretMember = new RegExp(String.raw`("[\w-]*(?:${secretKeys})"\s*:\s*)"(?:[^"\\]|\\.)*"`, 'gi')
/**
 * The same inside a string that is JSON itself: `\"password\":\"…\"`. Backslashes are counted from the first of a run
 * only: an address full of them must not cost time by its square. In doubt too much is taken, to the string's end.
 */
const nestedMember = new RegExp(
  String.raw`(?<!\\)(\\{1,7}")([\w-]*(?:${secretKeys})\1\s*:\s*)\1(?:(?!(?<!\\)\1).)*(?:\1|$)`,
  'gi'
)
const secretQuery = new RegExp(`([?&][\\w-]*(?:${secretKeys}|code|signature)=)[^&"\\s\\\\]+`, 'gi')
const bearer = /\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi

/** Digit runs that are no phone numbers: kept, so that logs stay useful. */
const kept = [
  '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}', // UUID
  String.raw`\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}[\d:.]*Z?)?`, // ISO date
  String.raw`\b\d{1,3}(?:\.\d{1,3}){3}\b`, // IPv4
  String.raw`\b[12]\d{9}\.\d{1,9}\b`, // Uniqueid of Asterisk: <epoch>.<counter>
  String.raw`(?<=PJSIP/[A-Za-z_.][\w.]{0,60}-)[0-9a-f]{8}\b` // serial of a PJSIP channel
]
const grouped = String.raw`(?:\+|%2B|00|\b0)\d{0,3}(?:(?:[ .()/-]|%20){1,2}\d{1,4}){2,6}` // +33 6 12 34 56 78
const plain = String.raw`(?:\+|%2B)?\d{7,}` // E.164 (ITU-T) and national, without separators
const digits = new RegExp(`(${kept.join('|')})|${grouped}|${plain}`, 'gi')
const jsonString = /"(?:[^"\\]|\\.)*"/g

/**
 * One line of the log, made safe: secrets become `[redacted]`, phone numbers (7 digits and more) keep their first
 * digits and the last two: `+99890*****04`. Works on the finished line, so messages, stacks, URLs and bindings
 * of child loggers are covered alike. Numbers outside strings (ids, times) stay.
 */
export function maskLine(line: string): string {
  return line
    .replace(secretMember, '$1"[redacted]"')
    .replace(secretQuery, '$1[redacted]')
    .replace(bearer, '$1 [redacted]')
    .replace(jsonString, token => {
      const text = token.slice(1, -1).replace(nestedMember, '$1$2$1[redacted]$1')
      return `"${maskPhones(text)}"`
    })
}

/** Masks the phone numbers in a text. */
export function maskPhones(text: string): string {
  return text.replace(digits, (match, harmless: string | undefined) => harmless ?? maskNumber(match))
}

function maskNumber(match: string): string {
  const number = match
    .replace(/%2B/i, '+')
    .replaceAll('%20', '')
    .replace(/[ .()/-]/g, '')
  const count = number.replace('+', '').length
  if (count < 7) return match
  const head = number.slice(0, number.length - Math.max(7, Math.ceil(count / 2)))
  return `${head}${'*'.repeat(number.length - head.length - 2)}${number.slice(-2)}`
}

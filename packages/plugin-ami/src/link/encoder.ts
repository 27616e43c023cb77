import { AmiBadHeader, AmiBadVariable, AmiLineTooLong, AmiTooManyHeaders } from '../errors.ts'

/** Asterisk's session buffer holds 1,025 bytes with CRLF (`main/manager.c`, `inbuf`). */
const MAX_LINE_BYTES = 1023
/** `AST_MAX_MANHEADERS`. */
const MAX_HEADERS = 128
const HEADER_NAME = /^[A-Za-z][A-Za-z0-9_()-]*$/
const VARIABLE_NAME = /^[A-Za-z_][\w]*(\([\w@.:;/-]*\))?$/
const BREAKS = /[\r\n\0]/

/** What one header may hold: text, a number, yes or no, or several values for several headers of one name. */
export type AmiValue = string | number | boolean | readonly (string | number)[] | undefined

/**
 * An action. `Variable` as an object sets channel variables (`Originate`), each escaped on its own; as text it is a
 * bare name (`Setvar`, `Getvar`). `ActionID` is chosen by the link unless the caller wants to recognise later events.
 */
export interface AmiAction {
  Action: string
  ActionID?: string
  Variable?: string | Readonly<Record<string, string | number | boolean>>
  [header: string]: AmiValue | Readonly<Record<string, string | number | boolean>>
}

/**
 * Escapes a channel variable's value for a `Variable:` header, which Asterisk splits at commas like an application's
 * arguments (seen on Asterisk 22: without this a value `a,ADMIN=1` sets a second variable).
 */
export function escapeVariable(value: string): string {
  return value.replace(/[\\",()[\]]/g, '\\$&')
}

function lineOf(name: string, value: string): string {
  if (BREAKS.test(value))
    throw new AmiBadHeader(name, 'holds CR, LF or NUL, which would start another header')
  const line = `${name}: ${value}`
  const bytes = Buffer.byteLength(line)
  if (bytes > MAX_LINE_BYTES) throw new AmiLineTooLong(name, bytes, MAX_LINE_BYTES)
  return line
}

function variableLines(variables: Readonly<Record<string, string | number | boolean>>): string[] {
  return Object.entries(variables).map(([name, value]) => {
    if (!VARIABLE_NAME.test(name)) {
      throw new AmiBadVariable(JSON.stringify(name), 'must be a name such as EVS_SITE or CDR(userfield)')
    }
    return lineOf('Variable', `${name}=${escapeVariable(String(value))}`)
  })
}

function bareVariable(action: AmiAction, value: string): string {
  if (action.Action.toLowerCase() === 'setvar' || action.Action.toLowerCase() === 'getvar') {
    return lineOf('Variable', value)
  }
  throw new AmiBadHeader('Variable', `of ${action.Action} must be an object { NAME: value }, found text`)
}

/**
 * Writes an action as AMI wants it. ActionID comes second, so that even an answer to a broken action carries it.
 * @throws AMI_BAD_HEADER, AMI_BAD_VARIABLE, AMI_LINE_TOO_LONG, AMI_TOO_MANY_HEADERS; no message quotes a value.
 */
export function encodeAction(action: AmiAction, actionId: string): string {
  const lines = [lineOf('Action', action.Action), lineOf('ActionID', actionId)]
  for (const [name, value] of Object.entries(action)) {
    if (name === 'Action' || name === 'ActionID' || value === undefined) continue
    if (!HEADER_NAME.test(name)) {
      throw new AmiBadHeader(
        JSON.stringify(name),
        'is no header name: letters, digits, "_", "-", "(" and ")" only'
      )
    }
    const lower = name.toLowerCase()
    if (lower === 'action' || lower === 'actionid') throw new AmiBadHeader(name, 'is given a second time')
    if (lower === 'variable') {
      if (typeof value === 'string') lines.push(bareVariable(action, value))
      else if (typeof value === 'object' && !Array.isArray(value)) {
        // Array.isArray does not narrow readonly arrays away; this is the record form.
        lines.push(...variableLines(value as Readonly<Record<string, string | number | boolean>>))
      } else throw new AmiBadHeader(name, 'must be an object { NAME: value }')
    } else if (Array.isArray(value)) for (const one of value) lines.push(lineOf(name, String(one)))
    else if (typeof value === 'object')
      throw new AmiBadHeader(name, 'must be text, a number or a list of them')
    else lines.push(lineOf(name, String(value)))
  }
  if (lines.length > MAX_HEADERS) throw new AmiTooManyHeaders(lines.length, MAX_HEADERS)
  return `${lines.join('\r\n')}\r\n\r\n`
}

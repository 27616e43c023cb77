/**
 * One AMI packet with all its headers: names as Asterisk writes them, values as text, a repeated header as an array in
 * order. The object has no prototype, so that headers named `__proto__` or `constructor` are data like any other.
 */
export type AmiPacket = Record<string, string | string[]>

/**
 * One AMI packet as it was on the wire, without its closing empty line. Headers are looked for when they are asked for:
 * an event has some thirty, its readers want five, and an object of all thirty costs more than the rest of reading it.
 */
export class WirePacket {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/**
 * Parses one packet's text, without its closing empty line. Only CRLF divides headers: Asterisk writes foreign text
 * (AppData of Newexten, headers of UserEvent) unescaped, so that a bare LF in a value is data. A line without a colon
 * holds no header and is left out.
 */
export function parsePacket(text: string): AmiPacket {
  const packet = Object.create(null) as AmiPacket // a fresh object without prototype: every key will be ours
  let from = 0
  while (from <= text.length) {
    const crlf = text.indexOf('\r\n', from)
    const to = crlf < 0 ? text.length : crlf
    const colon = text.indexOf(':', from)
    if (colon >= from && colon < to) {
      const name = text.slice(from, colon)
      const value = text.slice(valueAt(text, colon), to)
      const known = packet[name]
      if (known === undefined) packet[name] = value
      else if (typeof known === 'string') packet[name] = [known, value]
      else known.push(value)
    }
    from = to + 2
  }
  return packet
}

/** The header's value, the first one when it is repeated, `undefined` when it is missing. */
export function header(packet: AmiPacket | WirePacket, name: string): string | undefined {
  if (packet instanceof WirePacket) {
    const from = findValue(packet.text, name, 0)
    return from < 0 ? undefined : packet.text.slice(from, endOfLine(packet.text, from))
  }
  const value = packet[name]
  return typeof value === 'string' ? value : value?.[0]
}

/** What follows `prefix` in the first value of a header, repeated or not, that begins with it. */
export function headerAfter(
  packet: AmiPacket | WirePacket,
  name: string,
  prefix: string
): string | undefined {
  if (packet instanceof WirePacket) {
    const { text } = packet
    for (let from = findValue(text, name, 0); from >= 0; from = findValue(text, name, from)) {
      const to = endOfLine(text, from)
      if (from + prefix.length <= to && text.startsWith(prefix, from))
        return text.slice(from + prefix.length, to)
    }
    return undefined
  }
  const value = packet[name] ?? []
  const lines = typeof value === 'string' ? [value] : value
  return lines.find(line => line.startsWith(prefix))?.slice(prefix.length)
}

/** How the line of a header begins, behind the line before it. Only names that the code knows are asked for. */
const beginnings = new Map<string, string>()

function beginningOf(name: string): string {
  const known = beginnings.get(name)
  if (known !== undefined) return known
  const beginning = `\r\n${name}:`
  beginnings.set(name, beginning)
  return beginning
}

/** Where the value of the next header of this name begins, from `from` on; -1 when there is none. */
function findValue(text: string, name: string, from: number): number {
  // The first line has none before it; that it begins with the name is rare for all but `Event`.
  if (from === 0 && text.charCodeAt(name.length) === colonCode && text.startsWith(name))
    return valueAt(text, name.length)
  const beginning = beginningOf(name)
  const at = text.indexOf(beginning, from)
  return at < 0 ? -1 : valueAt(text, at + beginning.length - 1)
}

const colonCode = 58
const spaceCode = 32

const valueAt = (text: string, colon: number): number =>
  text.charCodeAt(colon + 1) === spaceCode ? colon + 2 : colon + 1

function endOfLine(text: string, from: number): number {
  const crlf = text.indexOf('\r\n', from)
  return crlf < 0 ? text.length : crlf
}

/**
 * One AMI packet: header names as Asterisk writes them, values as text, a repeated header as an array in order.
 * The object has no prototype, so that headers named `__proto__` or `constructor` are data like any other.
 */
export type AmiPacket = Record<string, string | string[]>

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
      const value = text.slice(text.charCodeAt(colon + 1) === 32 ? colon + 2 : colon + 1, to)
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
export function header(packet: AmiPacket, name: string): string | undefined {
  const value = packet[name]
  return typeof value === 'string' ? value : value?.[0]
}

/** All values of a header that may be repeated. */
export function headers(packet: AmiPacket, name: string): readonly string[] {
  const value = packet[name]
  return value === undefined ? [] : typeof value === 'string' ? [value] : value
}

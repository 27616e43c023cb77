import { AmiPacketTooLarge } from '../errors.ts'

const CRLF = Buffer.from('\r\n')
const END = Buffer.from('\r\n\r\n')
const NOTHING = Buffer.alloc(0)
/** Event lists and Command answers of some MiB are real; past this the peer is not Asterisk. */
const MAX_PACKET_BYTES = 32 * 1024 * 1024

/**
 * Cuts a byte stream into the greeting line and packets. Bytes are searched, never text, so that a chunk may end
 * inside a character; each packet is decoded once. Work is linear in the bytes however they are cut into chunks.
 * One framer serves one connection: half a packet of a dead one must never meet the next greeting.
 */
export class AmiFramer {
  #greeting: string | undefined
  #parts: Buffer[] = []
  #size = 0
  /** The last bytes held back, as a divider may straddle two chunks. */
  #tail: Buffer = NOTHING

  /** The first line of the connection, once it has come. */
  get greeting(): string | undefined {
    return this.#greeting
  }

  /**
   * Takes a chunk and returns the text of every packet completed by it, without their closing empty lines.
   * @throws AMI_PACKET_TOO_LARGE
   */
  push(chunk: Buffer): string[] {
    const packets: string[] = []
    let rest = chunk
    while (rest.length > 0) {
      const divider = this.#greeting === undefined ? CRLF : END
      const end = this.#endOf(rest, divider)
      if (end < 0) {
        this.#hold(rest)
        break
      }
      const bytes = this.#take(rest.subarray(0, end))
      const text = bytes.toString('utf8', 0, bytes.length - divider.length)
      rest = rest.subarray(end)
      if (this.#greeting === undefined) this.#greeting = text
      else if (text.length > 0) packets.push(text)
    }
    return packets
  }

  /** Offset in `rest` just behind the divider, or -1. */
  #endOf(rest: Buffer, divider: Buffer): number {
    const held = this.#tail.subarray(Math.max(0, this.#tail.length - divider.length + 1))
    if (held.length > 0) {
      const seam = Buffer.concat([held, rest.subarray(0, divider.length - 1)])
      const found = seam.indexOf(divider)
      if (found >= 0) return found + divider.length - held.length
    }
    const found = rest.indexOf(divider)
    return found < 0 ? -1 : found + divider.length
  }

  #hold(rest: Buffer): void {
    this.#parts.push(rest)
    this.#size += rest.length
    if (this.#size > MAX_PACKET_BYTES) throw new AmiPacketTooLarge(MAX_PACKET_BYTES)
    this.#tail = Buffer.concat([this.#tail, rest.subarray(-END.length)]).subarray(-END.length)
  }

  #take(last: Buffer): Buffer {
    if (this.#size === 0) return last
    const whole = Buffer.concat([...this.#parts, last])
    this.#parts = []
    this.#size = 0
    this.#tail = NOTHING
    return whole
  }
}

import { randomFillSync } from 'node:crypto'
import type { Clock } from './clock.ts'

/**
 * Makes a generator of UUIDv7 (RFC 9562 §5.7) on the given clock. Within one millisecond, and when the clock
 * steps back, a counter in rand_a keeps ids of this process ascending (RFC 9562 §6.2, method 1).
 */
export function idGenerator(clock: Pick<Clock, 'now'>): () => string {
  let lastMs = 0
  let counter = 0
  const bytes = Buffer.alloc(16)
  return () => {
    const now = clock.now().getTime()
    randomFillSync(bytes, 6)
    if (now > lastMs) {
      lastMs = now
      counter = bytes.readUInt16BE(6) & 0x7ff // leave the upper half of the 12 bits to count in
    } else if (++counter > 0xfff) {
      lastMs++
      counter = 0
    }
    bytes.writeUIntBE(lastMs, 0, 6)
    bytes.writeUInt16BE(0x7000 | counter, 6)
    bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
    const hex = bytes.toString('hex')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  }
}

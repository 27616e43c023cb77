/**
 * A place in a journal is one number that grows: the segment's number times 4 GiB, plus the offset of a byte in it. It
 * stays exact up to two million segments.
 */
const segmentSpan = 2 ** 32

export const placeOf = (segment: number, offset: number): number => segment * segmentSpan + offset

export const segmentOf = (place: number): number => Math.floor(place / segmentSpan)

export const offsetOf = (place: number): number => place % segmentSpan

const pattern = /^(\d{8})\.evsj$/

export const segmentName = (segment: number): string => `${String(segment).padStart(8, '0')}.evsj`

/** The segment's number, or `undefined` for a file that is none. */
export function segmentNumber(file: string): number | undefined {
  const digits = pattern.exec(file)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

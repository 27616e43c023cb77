import { createHash } from 'node:crypto'
import type { CallFact } from '@evscallpro/core'

/**
 * The id of a call we did not start: UUIDv8 (RFC 9562 §5.8) with the call's start in its first 48 bits, as in our own ids,
 * and a hash of PBX and linkedid behind. The same call always gets the same id, so that writing twice cannot double it.
 */
export function foreignCallId(pbx: string, linkedid: string, startedAtMs: number): string {
  const bytes = createHash('sha256').update(`${pbx}\0${linkedid}`).digest().subarray(0, 16)
  bytes.writeUIntBE(Math.floor(startedAtMs), 0, 6)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** Facts as the ledger takes them: calls that are not ours get their id; their legs are told by the record alone, and that a phone is in use. */
export function withCallIds(pbx: string, facts: readonly CallFact[]): readonly CallFact[] {
  if (!facts.some(isForeign)) return facts // most events tell nothing, and most facts are of our own calls
  const idOf = (callId: string, startedAtMs: number): string =>
    foreignCallId(pbx, callId.slice('foreign:'.length), startedAtMs)
  return facts.flatMap(fact => {
    if (!isForeign(fact)) return [fact]
    if (fact.kind === 'hand-call') return [{ ...fact, callId: idOf(fact.callId, fact.startedAtMs) }]
    if (fact.kind !== 'ended' && fact.kind !== 'amended') return []
    const callId = idOf(fact.callId, fact.record.startedAtMs)
    return [{ ...fact, callId, record: { ...fact.record, callId } }]
  })
}

const isForeign = ({ callId }: CallFact): boolean => callId.startsWith('foreign:')

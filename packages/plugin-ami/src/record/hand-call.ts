import type { Channel } from './state.ts'
import type { HandCallFact } from './types.ts'

/** The kit's id of a call that was dialled on this very phone: the legs it dials have the same. */
export const isDialledByHand = (callId: string | undefined, uniqueid: string): boolean =>
  callId === `hand-${uniqueid}` || callId === `emergency-${uniqueid}`

/** A fact of a phone that calls what was dialled on it by hand; nothing for another channel. */
export function handCallFact(channel: Channel, phase: HandCallFact['phase'], atMs: number): HandCallFact[] {
  if (!channel.byHand) return []
  const { uniqueid, endpoint, createdAtMs } = channel
  return [
    {
      kind: 'hand-call',
      callId: `foreign:${uniqueid}`, // it was the first of its call, so its id is the Linkedid
      phase,
      uniqueid,
      endpoint,
      startedAtMs: Math.round(createdAtMs),
      atMs: Math.round(atMs)
    }
  ]
}

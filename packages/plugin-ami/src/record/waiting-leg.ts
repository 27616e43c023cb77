import type { Channel } from './state.ts'
import type { WaitingLegFact } from './types.ts'

/**
 * A fact of a leg that waits for calls. A held one is `<leg id>-h1`; a kept one began as `<call id>-a1` and has that
 * call's id. `undefined` for a leg that is neither.
 */
export function waitingLegFact(
  channel: Pick<Channel, 'own' | 'name'>,
  phase: WaitingLegFact['phase'],
  atMs: number,
  more: Pick<WaitingLegFact, 'untilMs' | 'reason' | 'cause'> = {}
): WaitingLegFact | undefined {
  const { own } = channel
  if (own?.kind !== 'held' && own?.kind !== 'agent') return undefined
  if (!/^[0-9a-f-]{36}$/.test(own.id)) return undefined // an id of ours is a UUID
  return {
    kind: 'waiting-leg',
    callId: own.id,
    phase,
    attempt: own.attempt ?? 1,
    channel: channel.name,
    atMs: Math.round(atMs),
    ...more
  }
}

/** A held or kept leg has left the PBX. */
export const waitingLegEnded = (
  channel: Channel,
  atMs: number,
  cause: number | undefined
): WaitingLegFact[] => {
  if (!channel.held) return []
  const fact = waitingLegFact(channel, 'ended', atMs, {
    ...(channel.notTaken === undefined ? {} : { reason: channel.notTaken }),
    ...(cause === undefined ? {} : { cause })
  })
  return fact ? [fact] : []
}

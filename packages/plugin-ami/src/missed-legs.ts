import type { CallFact, OpenLeg } from '@evscallpro/core'
import { listenLegId } from './listen.ts'
import { agentLegId, heldLegId } from './originate.ts'

/** A leg that was asked for and never came to the PBX is given up after so long, ms. */
const silentLegMs = 15_000

/** The Uniqueid of the leg's channel: the ChannelId that we gave to it, or what the PBX told. */
export function channelIdOf({ kind, id, uniqueid, attempt }: OpenLeg): string {
  if (uniqueid !== null) return uniqueid
  if (kind === 'listening') return listenLegId(id)
  return kind === 'kept' ? agentLegId(id, attempt) : heldLegId(id, attempt)
}

/** Legs beside calls whose end nobody told: the PBX was asked, and has them no more. */
export class MissedLegs {
  /** Since when each leg that never was up is missed, ms. */
  #missed = new Map<string, number>()

  /** Takes the legs that are not on the PBX; returns the ends of those that will not come any more. */
  ends(absent: readonly OpenLeg[], nowMs: number): CallFact[] {
    const before = this.#missed
    this.#missed = new Map(absent.map(leg => [channelIdOf(leg), before.get(channelIdOf(leg)) ?? nowMs]))
    return absent
      .filter(leg => leg.up || nowMs - this.#missed.get(channelIdOf(leg))! >= silentLegMs)
      .map(leg => endOf(leg, nowMs))
  }
}

function endOf({ kind, id, uniqueid, attempt }: OpenLeg, atMs: number): CallFact {
  if (kind === 'listening') return { kind, callId: id, phase: 'ended', atMs }
  if (kind === 'hand-call')
    return { kind, callId: id, phase: 'ended', uniqueid: uniqueid!, endpoint: '', startedAtMs: atMs, atMs } // it has one
  return { kind: 'waiting-leg', callId: id, phase: 'ended', attempt, channel: '', atMs }
}

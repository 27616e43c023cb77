import type { CallFact, OpenLeg } from '@evscallpro/core'
import { listenLegId } from './listen.ts'
import { agentLegId, heldLegId } from './originate.ts'

/** A leg that was asked for and never came to the PBX is given up after so long, ms. */
const silentLegMs = 15_000

/** The ChannelId that we gave to the leg. */
export function channelIdOf({ kind, id, attempt }: OpenLeg): string {
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

const endOf = ({ kind, id, attempt }: OpenLeg, atMs: number): CallFact =>
  kind === 'listening'
    ? { kind, callId: id, phase: 'ended', atMs }
    : { kind: 'waiting-leg', callId: id, phase: 'ended', attempt, channel: '', atMs }

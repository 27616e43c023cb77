import { type EndedFact, type LegFact, type OpenCall, recordOfNothing } from '@evscallpro/core'
import type { OpenCall as KnownOpenCall, LegRecord } from './record/types.ts'

/** What the database knows of a call in flight, as the interpreter wants it. */
export function knownOpenCall({ callId, requestedAtMs, legs }: OpenCall): KnownOpenCall {
  const byLeg = new Map<string, LegFact[]>()
  for (const fact of legs) byLeg.set(fact.leg, [...(byLeg.get(fact.leg) ?? []), fact])
  return {
    callId,
    foreign: false,
    direction: 'outbound',
    startedAtMs: requestedAtMs,
    lastFactAtMs: Math.max(requestedAtMs, ...legs.map(fact => fact.atMs)),
    legs: [...byLeg.values()].map(legRecord)
  }
}

/** Nothing of it is up as far as it was told, and its last attempt at the agent's phone was asked for before that moment. */
export function isSilent({ legs, attemptedAtMs }: OpenCall, beforeMs: number): boolean {
  const over = new Set(legs.flatMap(({ leg, phase }) => (phase === 'ended' ? [leg] : [])))
  return attemptedAtMs < beforeMs && legs.every(({ leg }) => over.has(leg))
}

/** The end of a silent call of which the PBX has nothing. */
export const neverPlaced = ({ callId, attempt, requestedAtMs, attemptedAtMs }: OpenCall): EndedFact => ({
  kind: 'ended',
  callId,
  record: {
    ...recordOfNothing({
      callId,
      agentAttempts: attempt,
      startedAtMs: requestedAtMs,
      endedAtMs: attemptedAtMs
    }),
    endQuality: 'estimated'
  }
})

function legRecord(facts: readonly LegFact[]): LegRecord {
  const { leg, role, channel, uniqueid, linkedid, endpoint, trunk } = facts[0]!
  const at = (phase: LegFact['phase']): number | undefined => facts.find(fact => fact.phase === phase)?.atMs
  const ended = facts.find(fact => fact.phase === 'ended')
  const times = {
    ringingAtMs: at('ringing'),
    answeredAtMs: at('answered'),
    bridgedAtMs: at('bridged'),
    endedAtMs: ended?.atMs,
    cause: ended?.cause,
    techCause: ended?.techCause
  }
  const known = Object.fromEntries(Object.entries(times).filter(([, value]) => value !== undefined))
  return {
    leg,
    role,
    channel,
    uniqueid,
    linkedid,
    endpoint,
    trunk,
    createdAtMs: at('created') ?? facts[0]!.atMs,
    bridgedMs: 0,
    hungUp: false,
    ...known
  }
}

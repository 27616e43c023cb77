import { readChannelId } from './channel-id.ts'
import type { ListeningFact } from './types.ts'

/** A fact of a supervisor's ear; nothing for one that was not asked for through the framework. */
export function listeningFact(
  uniqueid: string,
  phase: ListeningFact['phase'],
  atMs: number
): ListeningFact[] {
  const own = readChannelId(uniqueid)
  if (own?.kind !== 'spy' || !/^[0-9a-f-]{36}$/.test(own.id)) return []
  return [{ kind: 'listening', callId: own.id, phase, atMs: Math.round(atMs) }]
}

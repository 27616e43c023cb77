import type { Knex } from 'knex'
import type { Actor } from '../../kernel/actor.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { type OpenListening, openListenings } from '../audit/listenings.ts'
import { liveCall } from '../call/live-call.ts'
import { type CallControl, telephony } from '../telephony/telephony-port.ts'
import { type CallWithLegs, readCalls, talkingSince, trunkOf } from './call-view.ts'
import type { RealtimeTopic, TopicRow } from './realtime-topic.ts'

/** Calls in flight, for supervisors. */
export const callsTopic = ({ db, extensions }: Pick<Kernel, 'db' | 'extensions'>): RealtimeTopic => ({
  name: 'calls',
  permission: 'calls:read',
  of: 'all',
  kinds: ['calls'],
  gatherMs: 100,
  snapshot: async () => rowsOf(db, await readCalls(db, 'true', []), extensions.one(telephony).controls),
  async changes(_query, facts) {
    const ids = [...(facts.get('calls') ?? [])]
    const calls = await readCalls(db, 'c.id = any(?::uuid[])', [ids])
    const found = new Set(calls.map(({ id }) => id))
    return {
      rows: await rowsOf(db, calls, extensions.one(telephony).controls),
      gone: ids.filter(id => !found.has(id))
    }
  }
})

async function rowsOf(
  db: Knex,
  calls: readonly CallWithLegs[],
  controls: ReadonlySet<CallControl>
): Promise<TopicRow[]> {
  const ids = calls.map(({ id }) => id)
  const ears = ids.length > 0 ? await openListenings(db, ids) : []
  const of = (id: string): OpenListening[] => ears.filter(({ callId }) => callId === id)
  return calls.map(call => rowOf(call, of(call.id), controls))
}

const rowOf = (
  call: CallWithLegs,
  ears: readonly OpenListening[],
  controls: ReadonlySet<CallControl>
): TopicRow => ({
  key: call.id,
  owner: { siteId: call.site_id, campaignIds: [call.campaign_id] },
  row: {
    callId: call.id,
    state: call.state,
    direction: call.direction,
    number: call.number,
    campaignId: call.campaign_id,
    campaignName: call.campaign_name,
    agentId: call.agent_id,
    agentName: call.agent_name,
    siteId: call.site_id,
    siteName: call.site_name,
    station: call.station,
    trunk: trunkOf(call),
    requestedAt: call.requested_at.toISOString(),
    talkingSince: talkingSince(call),
    held: call.held_since !== null,
    muted: call.muted,
    recording: call.recording,
    revision: call.revision
  },
  extra: actor => ({
    capabilities: liveCall(call, controls, actor).capabilities,
    listening: ownEar(ears, actor)
  }),
  extraOf: ears
})

/** After a reload his screen knows of none; nobody is told of another's. */
function ownEar(ears: readonly OpenListening[], { kind, id }: Actor): object | null {
  const own = kind === 'user' ? ears.findLast(({ actorId }) => actorId === id) : undefined
  return own ? { listenId: own.id, mode: own.action } : null
}

import type { Kernel } from '../../kernel/kernel.ts'
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
  snapshot: async () =>
    (await readCalls(db, 'true', [])).map(call => rowOf(call, extensions.one(telephony).controls)),
  async changes(_query, facts) {
    const ids = [...(facts.get('calls') ?? [])]
    const calls = await readCalls(db, 'c.id = any(?::uuid[])', [ids])
    const found = new Set(calls.map(({ id }) => id))
    return {
      rows: calls.map(call => rowOf(call, extensions.one(telephony).controls)),
      gone: ids.filter(id => !found.has(id))
    }
  }
})

const rowOf = (call: CallWithLegs, controls: ReadonlySet<CallControl>): TopicRow => ({
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
  extra: actor => ({ capabilities: liveCall(call, controls, actor).capabilities })
})

import { type Static, Type } from 'typebox'
import type { Actor } from '../../kernel/actor.ts'
import { Nullable } from '../../kernel/nullable.ts'
import type { CallControl } from '../telephony/telephony-port.ts'
import { callCapabilities, callCapabilityNames } from './call-capabilities.ts'
import { callStates } from './call-progress.ts'
import { acceptances } from './call-record.ts'
import type { CallRow } from './ledger-rows.ts'

const Time = Type.String({ format: 'date-time' })
/** A call in flight as the API shows it to one person. */
export const LiveCall = Type.Object(
  {
    callId: Type.String({ format: 'uuid' }),
    state: Type.Enum([...callStates], {
      description: "awaiting_acceptance: the agent's phone was answered, and he must accept (see accept)"
    }),
    campaignId: Type.Integer(),
    contactId: Nullable(Type.Integer()),
    handoutId: Nullable(Type.Integer()),
    agentId: Nullable(Type.Integer()),
    number: Type.String(),
    station: Type.String({ description: 'How the agent is reached: extension, mobile …' }),
    accept: Type.String({
      description: 'What he must do before the customer is called: none, answer, key, screen'
    }),
    acceptUntil: Nullable(Time),
    acceptedBy: Nullable(Type.Enum([...acceptances])),
    attempt: Type.Integer({ description: "Which attempt at the agent's phone this is" }),
    held: Type.Boolean(),
    heldSince: Nullable(Time),
    muted: Type.Boolean(),
    recording: Type.Enum(['off', 'on', 'paused']),
    capabilities: Type.Array(Type.Enum([...callCapabilityNames]), {
      description: 'What you can do with this call now'
    }),
    requestedAt: Time,
    revision: Type.Integer()
  },
  { $id: 'Core.LiveCall' }
)
export type LiveCallWire = Static<typeof LiveCall>

/** A row of `core.calls` as this actor sees it. */
export const liveCall = (
  row: CallRow & { readonly accept_sent_at: Date | null },
  controls: ReadonlySet<CallControl>,
  actor: Pick<Actor, 'kind' | 'id' | 'permissions'>
): LiveCallWire => ({
  callId: row.id,
  state: row.state as LiveCallWire['state'], // the table's own check
  campaignId: row.campaign_id,
  contactId: row.contact_id,
  handoutId: row.handout_id,
  agentId: row.agent_id,
  number: row.number,
  station: row.station,
  accept: row.accept,
  acceptUntil: row.accept_until?.toISOString() ?? null,
  acceptedBy: row.accepted_by as LiveCallWire['acceptedBy'], // the table's own check
  attempt: row.attempt,
  held: row.held_since !== null,
  heldSince: row.held_since?.toISOString() ?? null,
  muted: row.muted,
  recording: row.recording,
  capabilities: callCapabilities(
    {
      state: row.state,
      agentId: row.agent_id,
      accept: row.accept,
      acceptSent: row.accept_sent_at !== null,
      held: row.held_since !== null,
      muted: row.muted,
      recording: row.recording,
      hangupRequested: row.hangup_requested_at !== null
    },
    controls,
    { agentId: actor.kind === 'user' ? actor.id : null, permissions: actor.permissions }
  ),
  requestedAt: row.requested_at.toISOString(),
  revision: row.revision
})

import type { Knex } from 'knex'
import { AgentNotLoggedInError, HandoutEndedError, HandoutNotFoundError } from '../errors.ts'
import type { CallableClass } from '../telephony/number-class.ts'
import type { AgentLegRow } from '../telephony/waiting-legs.ts'

/** Who is to be on the line first, and from where. */
export interface CallingAgent {
  id: number
  siteId: number | null
  extension: string | null
  mobileNumber: string | null
  mobileAllowed: boolean
  station: string | null
  siteName: string | null
  siteTrunks: string[] | null
  siteCallerId: string | null
  siteCountry: string | null
  numberClasses: CallableClass[] | null
}

/** Whom a call is about, and what its campaign says of calls. */
export interface CallSubject {
  campaignId: number
  contactId: number | null
  handoutId: number | null
  phones: string[] | null
  /** Position in `phones`, from 1. */
  nextPhone: number | null
  callerId: string | null
  ringSeconds: number
  maxCallSeconds: number
  numberClasses: CallableClass[]
  /** From where numbers are looked at; null: from the agent's site. */
  country: string | null
  recordCalls: boolean
}

/** Of a call without a hand-out: campaign 0. */
export const noSubject = {
  campaignId: 0,
  contactId: null,
  handoutId: null,
  phones: null,
  nextPhone: null,
  callerId: null,
  country: null
} as const

/** A call to a number that belongs to no hand-out: what campaign 0 says of it. */
export async function subjectOfNumber(db: Knex): Promise<CallSubject> {
  const campaign = await db('core.campaigns')
    .where({ id: 0 })
    .first('ring_seconds', 'max_call_seconds', 'number_classes', 'record_calls')
  return {
    ...noSubject,
    ringSeconds: campaign.ring_seconds,
    maxCallSeconds: campaign.max_call_seconds,
    numberClasses: campaign.number_classes,
    recordCalls: campaign.record_calls
  }
}

/**
 * The contact in an agent's hands.
 * @throws CORE_HANDOUT_NOT_FOUND when it is not his, CORE_HANDOUT_ENDED.
 */
export async function subjectOfHandout(db: Knex, agentId: number, handoutId: number): Promise<CallSubject> {
  const { rows } = await db.raw<{ rows: (CallSubject & { endedAt: Date | null })[] }>(
    `select h.campaign_id as "campaignId", h.contact_id as "contactId", h.id as "handoutId", h.ended_at as "endedAt",
              k.phones, k.next_phone as "nextPhone", c.caller_id as "callerId", c.ring_seconds as "ringSeconds", c.max_call_seconds as "maxCallSeconds",
              c.number_classes as "numberClasses", c.country, c.record_calls as "recordCalls"
         from core.handouts h join core.campaigns c on c.id = h.campaign_id
         join core.contacts k on k.campaign_id = h.campaign_id and k.id = h.contact_id
        where h.id = ? and h.agent_id = ?`,
    [handoutId, agentId]
  )
  const [subject] = rows
  if (!subject) throw new HandoutNotFoundError(handoutId)
  if (subject.endedAt) throw new HandoutEndedError(handoutId)
  return subject
}

/**
 * The agent with his site and the station at which he works.
 * @throws CORE_AGENT_NOT_LOGGED_IN.
 */
export async function agentAtWork(db: Knex, agentId: number): Promise<CallingAgent> {
  const { rows } = await db.raw<{ rows: CallingAgent[] }>(
    `select u.id, u.site_id as "siteId", u.extension, u.mobile_number as "mobileNumber",
              u.mobile_allowed as "mobileAllowed", s.station, t.name as "siteName", t.trunks as "siteTrunks",
              t.caller_id as "siteCallerId", t.country as "siteCountry", u.number_classes as "numberClasses"
         from core.users u
         left join core.agent_sessions s on s.agent_id = u.id and s.logged_out_at is null
         left join core.sites t on t.id = u.site_id
        where u.id = ?`,
    [agentId]
  )
  const [agent] = rows
  if (!agent?.station) throw new AgentNotLoggedInError()
  return agent
}

/** The leg by which he is on the line already. */
export async function waitingLegOf(db: Knex, { id, station }: CallingAgent): Promise<AgentLegRow | null> {
  const row = await db<AgentLegRow>('core.agent_legs')
    .where({ agent_id: id, station: station!, state: 'ready' }) // he is at work
    .whereNull('end_requested_at')
    .whereIn('kind', ['held', 'kept'])
    .first()
  return row ?? null
}

import type { Knex } from 'knex'

/** A milestone older than this, ms, neither rings nor pops up any more. */
const freshMs = 20_000

/** What rings, pops up or is written down because of a call: one tab of the agent gets it. */
export interface SideEffect {
  /** `<id of the call or hand-out>:<milestone>`, the same over tabs, connections and processes. */
  readonly eventId: string
  readonly milestone: 'offered' | 'ringing' | 'connected' | 'ended'
  readonly occurredAt: string
  readonly callId: string | null
  readonly handoutId: number | null
  readonly campaignId: number
  readonly contactId: number | null
  readonly externalId: string | null
  readonly number: string | null
}

/** The parts of an agent's screen that side effects come from. */
export interface EffectSource {
  readonly call: {
    callId: string
    state: string
    number: string
    campaignId: number
    contactId: number | null
    handoutId: number | null
    talkingSince: string | null
    agentLeg: { state: string; since: string | null }
  } | null
  readonly lastCall: {
    callId: string
    number: string | null
    campaignId: number
    contactId: number | null
    handoutId: number | null
    endedAt: string
  } | null
  readonly handout: {
    id: number
    campaignId: number
    grantedAt: string
    nextNumber: string
    contact: { id: number; externalId: string | null }
  } | null
}

/** The milestones that an agent's screen shows now and that are fresh. */
export function sideEffectsOf({ call, lastCall, handout }: EffectSource, nowMs: number): SideEffect[] {
  const externalOf = (contactId: number | null): string | null =>
    handout && handout.contact.id === contactId ? handout.contact.externalId : null
  const effects: SideEffect[] = []
  if (handout) {
    effects.push({
      eventId: `handout-${handout.id}:offered`,
      milestone: 'offered',
      occurredAt: handout.grantedAt,
      callId: null,
      handoutId: handout.id,
      campaignId: handout.campaignId,
      contactId: handout.contact.id,
      externalId: handout.contact.externalId,
      number: handout.nextNumber
    })
  }
  if (call) {
    const { callId, handoutId, campaignId, contactId, number, talkingSince, agentLeg } = call
    const base = { callId, handoutId, campaignId, contactId, externalId: externalOf(contactId), number }
    if (agentLeg.state === 'ringing' && agentLeg.since)
      effects.push({
        eventId: `${callId}:ringing`,
        milestone: 'ringing',
        occurredAt: agentLeg.since,
        ...base
      })
    if (talkingSince)
      effects.push({
        eventId: `${callId}:connected`,
        milestone: 'connected',
        occurredAt: talkingSince,
        ...base
      })
  }
  if (lastCall) {
    const { callId, handoutId, campaignId, contactId, number, endedAt } = lastCall
    effects.push({
      eventId: `${callId}:ended`,
      milestone: 'ended',
      occurredAt: endedAt,
      ...{ callId, handoutId, campaignId, contactId, externalId: externalOf(contactId), number }
    })
  }
  return effects.filter(({ occurredAt }) => Date.parse(occurredAt) > nowMs - freshMs)
}

/** Who was given which side effect, over all processes. */
export class SideEffectRegister {
  readonly #db: Knex

  constructor(db: Knex) {
    this.#db = db
  }

  /**
   * Claims side effects for a connection. @returns the ids it got: those that nobody had, and those whose holder went away
   * before it had done them.
   */
  async claim(agentId: number, connection: string, eventIds: readonly string[]): Promise<Set<string>> {
    if (eventIds.length === 0) return new Set()
    const { rows } = await this.#db.raw<{ rows: { event_id: string }[] }>(
      `insert into core.side_effects as e (event_id, agent_id, connection)
       select id, ?, ? from unnest(?::text[]) as id
       on conflict (event_id) do update set connection = excluded.connection, handed_at = clock_timestamp()
         where e.done_at is null and e.connection <> excluded.connection
           and not exists (select 1 from core.agent_tabs t where t.connection = e.connection)
       returning event_id`,
      [agentId, connection, [...eventIds]]
    )
    return new Set(rows.map(row => row.event_id))
  }

  async done(eventId: string, connection: string): Promise<void> {
    await this.#db('core.side_effects')
      .where({ event_id: eventId, connection, done_at: null })
      .update({ done_at: this.#db.fn.now() })
  }

  /** Forgets what is too old to be handed to anybody. */
  async forget(): Promise<void> {
    await this.#db.raw(
      `delete from core.side_effects where handed_at < clock_timestamp() - interval '1 hour'`
    )
  }
}

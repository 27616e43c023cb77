import type { Knex } from 'knex'

/** What can be told of a call: its row was written, corrected by late events of the PBX, qualified after its end. */
export const callEvents = ['call.ended', 'call.amended', 'call.qualified'] as const
export type CallEventName = (typeof callEvents)[number]

/** A fact that must not be lost. */
export interface OutboxFact {
  readonly event: CallEventName
  /** UUID of what it is about; facts on one subject are delivered in the order they were written. */
  readonly subject: string
  /** JSON of what it tells, in the very bytes that are sent. */
  readonly data: string
}

/**
 * Writes facts in the transaction that makes them true, with one delivery for each subscription that wants them. The
 * caller holds locks on the subjects' rows: that is what keeps the facts on one subject in order.
 */
export async function writeFacts(trx: Knex.Transaction, facts: readonly OutboxFact[]): Promise<void> {
  if (facts.length === 0) return
  await trx.raw(
    `with fact as (
       insert into core.outbox (event, subject, data)
       select event, subject, data from json_to_recordset(?::json) as f(event text, subject uuid, data json)
       returning id, event, subject)
     insert into core.webhook_deliveries (subscription_id, outbox_id, subject)
     select s.id, fact.id, fact.subject from fact
       join core.webhook_subscriptions s on s.active and fact.event = any(s.events)`,
    [`[${facts.map(factJson).join(',')}]`]
  )
}

const factJson = ({ event, subject, data }: OutboxFact): string =>
  `{"event":${JSON.stringify(event)},"subject":${JSON.stringify(subject)},"data":${data}}`

/** How many rows are deleted in one statement: others must not wait for a long one. */
const batch = 5_000

/** Forgets facts written before `limit`, with their deliveries. @returns how many */
export async function forgetFacts(db: Knex, limit: Date): Promise<number> {
  let forgotten = 0
  for (;;) {
    const { rows } = await db.raw<{ rows: { n: number }[] }>(
      `with old as (
         delete from core.outbox where id in (
           select id from core.outbox where occurred_at < ? order by occurred_at limit ?) returning 1)
       select count(*)::int as n from old`,
      [limit, batch]
    )
    const { n } = rows[0]! // an aggregate has one row
    forgotten += n
    if (n < batch) return forgotten
  }
}

import { mapConstraints, NotFoundError } from '@evscallpro/core'
import type { Knex } from 'knex'

/** What a supervisor writes for a campaign. */
export interface Greeting {
  readonly sentence: string
  /** Name of the trunk that goes with the sentence; null: the campaign has no trunk of its own. */
  readonly trunk: string | null
}

export interface GreetingRow extends Greeting {
  readonly id: number
  readonly since: Date
}

/** The newest greeting of a campaign, which is the one in use. */
export const greetingInUse = (db: Knex, campaignId: number): Promise<GreetingRow | undefined> =>
  db('greetings.greetings')
    .where({ campaign_id: campaignId })
    .orderBy('id', 'desc')
    .first('id', 'sentence', 'trunk', 'since')

/** Puts a new greeting into use; earlier ones stay, with their counts. Throws CORE_NOT_FOUND without such a campaign. */
export async function addGreeting(
  trx: Knex.Transaction,
  campaignId: number,
  { sentence, trunk }: Greeting,
  since: Date
): Promise<GreetingRow> {
  const insert = trx('greetings.greetings')
    .insert({ campaign_id: campaignId, sentence, trunk, since })
    .returning<GreetingRow[]>(['id', 'sentence', 'trunk', 'since'])
  const [row] = await mapConstraints(insert, {
    greetings_campaign_id_fkey: () => new NotFoundError(`Campaign ${campaignId} does not exist`)
  })
  return row! // one inserted row
}

/** Notes under which greeting a call began. */
export async function noteRequested(db: Knex, callId: string, campaignId: number): Promise<void> {
  await db.raw(
    `insert into greetings.calls (call_id, greeting_id)
     select ?, id from greetings.greetings where campaign_id = ? order by id desc limit 1
     on conflict (call_id) do update set greeting_id = excluded.greeting_id`,
    [callId, campaignId]
  )
}

/** Notes that the customer answered. May come before `noteRequested`: the two rows are one, whatever the order. */
export async function noteAnswered(db: Knex, callId: string): Promise<void> {
  await db('greetings.calls')
    .insert({ call_id: callId, answered: true })
    .onConflict('call_id')
    .merge(['answered'])
}

/** On how many answered calls a greeting was in use. */
export async function answeredCalls(db: Knex, greetingId: number): Promise<number> {
  const [row] = await db('greetings.calls')
    .where({ greeting_id: greetingId, answered: true })
    .count('* as calls')
  return Number(row?.calls)
}

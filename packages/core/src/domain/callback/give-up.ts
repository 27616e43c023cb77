import type { Knex } from 'knex'
import type { Actor } from '../../kernel/actor.ts'
import { seesCampaign } from '../campaign/campaign-scope.ts'
import { CallbackNotOpenError } from '../errors.ts'

/**
 * Gives up a promised callback: its contact is closed, with the reason `given_up`, and called no more. Throws
 * CORE_CALLBACK_NOT_OPEN for one that was served or given up meanwhile, or that the actor does not see.
 */
export async function giveUpCallback(db: Knex, actor: Pick<Actor, 'scope'>, id: number): Promise<void> {
  await db.transaction(async trx => {
    const open = (): Promise<{ campaign_id: number; contact_id: number } | undefined> =>
      trx('core.callbacks').where({ id, done_at: null }).first('campaign_id', 'contact_id')
    const found = await open()
    if (!found || !seesCampaign(actor, found.campaign_id)) throw new CallbackNotOpenError(id)
    await trx.raw('select core.dispatch_lock(?)', [found.campaign_id])
    const callback = await open() // a turn may have handed it out before this had the lock
    if (!callback) throw new CallbackNotOpenError(id)
    const { campaign_id, contact_id } = callback
    const { rows } = await trx.raw<{ rows: { status: number | null }[] }>(
      "select core.dispatch_correct(?, ?, 3::smallint, null, 'given_up') as status",
      [campaign_id, contact_id]
    )
    if (rows[0]!.status === null) throw new CallbackNotOpenError(id) // it is in an agent's hands
  })
}

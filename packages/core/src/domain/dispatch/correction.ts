import { type Actor, isWithin, wholeScope } from '../../kernel/actor.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { joinDisposition } from '../call/call-history.ts'
import { CorrectionRefusedError, DispositionUnknownError, HandoutNotFoundError } from '../errors.ts'
import { readRule, readWorked } from './handout-ending.ts'
import { settleQualified } from './settlement.ts'

export interface Correction {
  readonly dispositionId: number
  readonly note?: string | null
}

/**
 * Corrects the qualification of a hand-out that has ended: the contact's outcome and all counters follow. A positive
 * one that a limit has no room for any more counts nowhere. Only the contact's last hand-out can be corrected, and not
 * while the contact is in somebody's hands; one outside of what the actor sees is not found.
 * @returns whether a limit keeps it from counting. Throws CORE_HANDOUT_NOT_FOUND, CORE_CORRECTION_REFUSED,
 * CORE_DISPOSITION_UNKNOWN.
 */
export async function correctHandout(
  { db, clock }: Pick<Kernel, 'db' | 'clock'>,
  { scope = wholeScope }: Pick<Actor, 'scope'>,
  handoutId: number,
  { dispositionId, note }: Correction
): Promise<{ overQuota: boolean }> {
  return db.transaction(async trx => {
    const found = await readWorked(trx, handoutId)
    const agent = found && (await trx('core.users').where({ id: found.agentId }).first('site_id'))
    if (!found || !isWithin(scope, { siteId: agent.site_id, campaignIds: [found.campaignId] }))
      throw new HandoutNotFoundError(handoutId)
    await trx.raw('select core.dispatch_lock(?)', [found.campaignId])
    const worked = (await readWorked(trx, handoutId))!
    const { campaignId, contactId } = worked
    if (!worked.endedAt || worked.dispositionId === null)
      throw new CorrectionRefusedError(
        `Hand-out ${handoutId} has no qualification to correct: qualify it instead`
      )
    const last = await trx('core.handouts')
      .where({ campaign_id: campaignId, contact_id: contactId })
      .max('id as id')
      .first()
    if (last?.id !== handoutId)
      throw new CorrectionRefusedError(
        `Contact ${contactId} was handed out again later: correct hand-out ${last?.id}`
      )
    const known = await trx('core.dispositions as d')
      .join('core.campaigns as c', 'c.disposition_set_id', 'd.set_id')
      .where({ 'c.id': campaignId, 'd.id': dispositionId })
      .first('d.callback')
    if (!known) throw new DispositionUnknownError(dispositionId, String(campaignId))
    if (known.callback)
      throw new CorrectionRefusedError('A correction takes no callback: choose another disposition')
    const now = clock.now()
    const settlement = settleQualified(
      await readRule(trx, dispositionId),
      null,
      worked.attempts,
      worked.limits,
      now
    )
    const { rows } = await trx.raw<{ rows: { status: number | null }[] }>(
      'select core.dispatch_correct(?, ?, ?::smallint, ?::timestamptz, ?::text) as status',
      [
        campaignId,
        contactId,
        settlement.status,
        settlement.dueAt ?? null,
        settlement.closedReason ?? null
      ] as (string | number)[]
    )
    const { status } = rows[0]!
    if (status === null)
      throw new CorrectionRefusedError(`Contact ${contactId} is in an agent's hands: wait until he has ended`)
    if (settlement.suppress) {
      await trx.raw(
        `insert into core.suppressions (number, reason, created_at)
         select p, 'asked', ? from core.contacts, unnest(phones) p where campaign_id = ? and id = ? on conflict do nothing`,
        [now, campaignId, contactId]
      )
    }
    await trx('core.handouts')
      .where({ id: handoutId })
      .update({
        disposition_id: dispositionId,
        over_quota: status === 6,
        ...(note !== undefined && { note }),
        qualified_at: now
      })
    await joinDisposition(trx, [handoutId])
    return { overQuota: status === 6 }
  })
}

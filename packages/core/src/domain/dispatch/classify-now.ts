import type { Knex } from 'knex'
import type { ClassifiableContact, DispatchGate } from './dispatch-gate.ts'

interface Row extends ClassifiableContact {
  readonly id: number
  readonly revision: number
}

/**
 * Gives contacts their marks by the gates' rules of now, within a turn that holds the campaign's lock. A background job
 * will come to them; a turn that wants to hand them out cannot wait for it.
 * @returns those that lie where they belong; one that was edited at this moment is not among them.
 */
export async function classifyNow(
  trx: Knex.Transaction,
  gates: readonly DispatchGate[],
  campaignId: number,
  ids: readonly number[]
): Promise<number[]> {
  const { classification } = await trx('core.campaign_dispatch')
    .where({ campaign_id: campaignId })
    .first<{ classification: number }>('classification')
  const contacts: Row[] = await trx('core.contacts')
    .where({ campaign_id: campaignId })
    .whereIn('id', [...new Set(ids)])
    .orderBy('id')
  const marks: number[][] = contacts.map(() => [])
  for (const gate of gates) {
    const own = await gate.classify(campaignId, classification, contacts)
    for (const [i, list] of own.entries()) marks[i]!.push(...list)
  }
  const { rows } = await trx.raw<{ rows: { skipped: number[] }[] }>(
    'select core.dispatch_reassign(?, ?, ?, ?, ?) as skipped',
    [
      campaignId,
      classification,
      contacts.map(({ id }) => id),
      contacts.map(({ revision }) => revision),
      marks.map(list => list.sort((a, b) => a - b).join(','))
    ]
  )
  const skipped = new Set(rows[0]!.skipped)
  return contacts.flatMap(({ id }) => (skipped.has(id) ? [] : [id]))
}

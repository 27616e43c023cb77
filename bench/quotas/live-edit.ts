import { setTimeout as sleep } from 'node:timers/promises'
import type { Campaign, Floor } from './floor.ts'
import { type Percentiles, percentiles } from './measure.ts'

export interface EditTimes {
  /** How long the edit's background work took, ms. */
  readonly ms: number
  /** How long a second of those who want the campaign's lock waited for it, ms: never longer than it was held. */
  readonly lock: Percentiles
}

/** Adds a rule that half of the contacts meet to a campaign on which nobody works, and removes it again. */
export async function liveEdit({ app }: Floor, { id }: Pick<Campaign, 'id'>): Promise<EditTimes> {
  const { RuleBook } = await import('../../packages/plugin-quotas/src/rule-book.ts')
  const { db } = app.kernel
  const waits: number[] = []
  let editing = true
  const probe = async (): Promise<void> => {
    while (editing) {
      const asked = performance.now()
      await db.transaction(async trx => {
        await trx.raw('select core.dispatch_lock(?)', [id])
        waits.push(performance.now() - asked)
      })
      await sleep(1)
    }
  }
  const probing = probe()
  const started = performance.now()
  const book = new RuleBook(app.kernel, () => {})
  const [rule] = await book.add(id, [
    { field: 'custom_fields.age', operator: 'gte', value: 53, limit: 1_000_000 }
  ])
  const passing = () =>
    db('quotas.campaigns').where({ campaign_id: id }).whereNotNull('pass_after').first('campaign_id')
  while (await passing()) await sleep(20)
  const ms = Math.round(performance.now() - started)
  await book.remove(rule!)
  editing = false
  await probing
  return { ms, lock: percentiles(waits) }
}

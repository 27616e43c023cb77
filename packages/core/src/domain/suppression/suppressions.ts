import type { Kernel } from '../../kernel/kernel.ts'

export interface Suppression {
  /** E.164 */
  readonly number: string
  readonly reason: 'asked' | 'imported' | 'manual'
  readonly note: string | null
  readonly created_at: Date
}

/** Contacts given back in one transaction. */
const pageSize = 500

/** Adds numbers (E.164) that nobody may call from now on, in any campaign; those that are there stay as they are. */
export async function suppress(
  { db, clock }: Pick<Kernel, 'db' | 'clock'>,
  numbers: readonly string[],
  entry: Pick<Suppression, 'reason' | 'note'>,
  by: number | null
): Promise<number> {
  const rows = [...new Set(numbers)]
    .sort()
    .map(number => ({ number, ...entry, created_at: clock.now(), created_by: by }))
  if (rows.length === 0) return 0
  const added = await db('core.suppressions').insert(rows).onConflict('number').ignore().returning('number')
  return added.length
}

/**
 * Takes a number off the list and makes contacts ready again that were closed for it and have a number that may be
 * called now. @returns how many, or null when the number was not on the list.
 */
export async function lift({ db }: Pick<Kernel, 'db'>, number: string): Promise<number | null> {
  const removed = await db('core.suppressions').where({ number }).delete()
  if (removed === 0) return null
  const { rows } = await db.raw<{ rows: { campaign_id: number; ids: number[] }[] }>(
    `select campaign_id, array_agg(id order by id) as ids from core.contacts
      where closed_reason = 'suppressed' and phones @> array[?]::text[] group by campaign_id order by campaign_id`,
    [number]
  )
  let reopened = 0
  for (const { campaign_id, ids } of rows) {
    for (let from = 0; from < ids.length; from += pageSize) {
      const page = ids.slice(from, from + pageSize)
      const result = await db.raw('select core.dispatch_reopen(?, ?) as n', [campaign_id, page])
      reopened += result.rows[0].n
    }
  }
  return reopened
}

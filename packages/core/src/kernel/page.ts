import { type TSchema, Type } from 'typebox'

/** Largest page of a list. */
const maxLimit = 200

/** Query of every list: `after` is the `next` of the page before. */
export const PageQuery = Type.Object({
  after: Type.Optional(Type.String({ description: "The page before's `next`", maxLength: 200 })),
  limit: Type.Integer({ minimum: 1, maximum: maxLimit, default: 50 })
})

/** Answer of every list: `next` is null on the last page. */
export const pageOf = <T extends TSchema>(item: T) =>
  Type.Object({ items: Type.Array(item), next: Type.Union([Type.String(), Type.Null()]) })

/** Cuts `limit + 1` rows, read in the order of the cursor, into a page. */
export function cutPage<Row>(
  rows: readonly Row[],
  limit: number,
  cursorOf: (row: Row) => string | number
): { items: Row[]; next: string | null } {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return { items, next: rows.length > limit && last !== undefined ? String(cursorOf(last)) : null }
}

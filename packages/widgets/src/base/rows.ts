import type { Place, Showing } from './place.ts'

/** A list whose items keep their elements when the order changes: `keyOf` tells them apart. */
export const repeat =
  <T>(items: Iterable<T>, keyOf: (item: T) => unknown, draw: (item: T) => unknown): Showing =>
  place => {
    const kept = place.memory as Map<unknown, Place> | null // only this showing writes it
    if (!kept) place.clear()
    const before = new Map(kept)
    const now = new Map<unknown, Place>()
    for (const item of items) {
      const key = keyOf(item)
      const own = before.get(key) ?? place.add()
      before.delete(key)
      now.set(key, own)
      own.show(draw(item))
    }
    for (const gone of before.values()) gone.remove()
    place.memory = now
    let at = place.start.nextSibling!
    for (const { start, end } of now.values()) {
      if (start !== at) {
        const range = document.createRange()
        range.setStartBefore(start)
        range.setEndAfter(end)
        at.before(range.extractContents())
      } else at = end.nextSibling!
    }
  }

/** Draws again only when one of these has changed. */
export const guard =
  (of: readonly unknown[], draw: () => unknown): Showing =>
  place => {
    const last = place.memory as readonly unknown[] | null // only this showing writes it
    if (last?.every((each, i) => each === of[i])) return
    place.show(draw())
    place.memory = of
  }

import { Listeners, type Session } from '@evscallpro/api-client'

/** What gives a session to the elements below it. */
export interface SessionHolder extends Element {
  readonly session: Session | null
}

const holders = new Set<SessionHolder>()
const changes = new Listeners()
/** Those that serve the page, oldest first: the first one does. */
const defaults = new Set<SessionHolder>()

/** A provider says that it is here, or that its session changed; `isDefault`: it serves elements outside it too. */
export function offerSession(holder: SessionHolder, isDefault: boolean): void {
  holders.add(holder)
  if (isDefault) defaults.add(holder)
  changes.tell()
}

/** A provider says that it is gone. */
export function withdrawSession(holder: SessionHolder): void {
  holders.delete(holder)
  defaults.delete(holder)
  changes.tell()
}

/** The session of the nearest provider above, also across shadow roots; else the page's default; else none. */
export function findSession(element: Element): Session | null {
  for (let node: Node | null = element; node; node = above(node)) {
    for (const holder of holders) if (holder === node) return holder.session
  }
  const [first] = defaults
  return first?.session ?? null
}

const above = (node: Node): Node | null =>
  (node instanceof Element && node.assignedSlot) ||
  node.parentNode ||
  (node instanceof ShadowRoot ? node.host : null)

/** Calls `listener` whenever what `findSession` says may have changed. */
export const onSessionChange = (listener: () => void): (() => void) => changes.add(listener)

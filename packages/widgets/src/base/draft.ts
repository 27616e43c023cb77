const prefix = 'evs-draft:'
/** Where the browser refuses storage (a foreign frame), drafts live as long as the page. */
const memory = new Map<string, string>()

function storage(): Storage | null {
  try {
    return globalThis.sessionStorage ?? null
  } catch {
    return null
  }
}

/** What was typed for a hand-out or a call: it survives a full page load in this tab. */
export function readDraft<T>(key: string): Partial<T> {
  const text = storage()?.getItem(prefix + key) ?? memory.get(key)
  if (!text) return {}
  try {
    return JSON.parse(text) as Partial<T> // written by writeDraft under the same key
  } catch {
    return {}
  }
}

/** Keeps it; those of other hand-outs are forgotten, as an agent has one in hand. */
export function writeDraft<T extends object>(key: string, draft: T): void {
  const text = JSON.stringify(draft)
  memory.set(key, text)
  const store = storage()
  if (!store) return
  for (const other of Object.keys(store)) {
    if (other.startsWith(prefix) && other !== prefix + key) store.removeItem(other)
  }
  try {
    store.setItem(prefix + key, text)
  } catch {
    // Full: the copy in memory stays.
  }
}

export function forgetDraft(key: string): void {
  memory.delete(key)
  storage()?.removeItem(prefix + key)
}

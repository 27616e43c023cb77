import { Listeners } from '@evscallpro/api-client'
import type { Language } from '../text/words.ts'

/** The nearest `lang` at or above a node, also across shadow roots: `fr-CA` is French, what is neither is English. */
export function languageOf(element: Element): Language {
  let node: Element | null = element
  while (node) {
    const holder: Element | null = node.closest('[lang]')
    if (holder) return toLanguage(holder.getAttribute('lang') ?? '')
    const root = node.getRootNode()
    node = root instanceof ShadowRoot ? root.host : null
  }
  return toLanguage(document.documentElement.lang)
}

const toLanguage = (tag: string): Language => (/^fr\b/i.test(tag) ? 'fr' : 'en')

const listeners = new Listeners()
let observer: MutationObserver | null = null

/** Calls `listener` when a `lang` changes anywhere in the page; one observer serves all elements. */
export function onLanguageChange(listener: () => void): () => void {
  if (!observer) {
    observer = new MutationObserver(() => listeners.tell())
    observer.observe(document, { attributes: true, attributeFilter: ['lang'], subtree: true })
  }
  const end = listeners.add(listener)
  return () => {
    end()
    if (listeners.size > 0) return
    observer?.disconnect()
    observer = null
  }
}

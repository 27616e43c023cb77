import type { Page } from 'playwright-core'

/** How long a button may take to show that it did something, ms. */
const limitMs = 15_000
/** A page on which no new button appears for so long, ms, has no more. */
const settledMs = 2_500

/** In the page: all buttons that can be pressed, those in shadow trees too, by the words on them. */
const script = `(() => {
  const each = function* (root) {
    for (const node of root.querySelectorAll('*')) {
      yield node
      if (node.shadowRoot) yield* each(node.shadowRoot)
    }
  }
  const visible = node => node.checkVisibility({ visibilityProperty: true }) && node.getClientRects().length > 0
  const word = node => (node.textContent.trim() || node.getAttribute('aria-label') || '').replace(/\\s+/g, ' ').replace(/[\\d:+ ]{4,}/g, '#')
  const pressable = () => [...each(document)].filter(node =>
    (node.localName === 'button' || node.localName === 'summary') && !node.disabled && node.ariaDisabled !== 'true' && visible(node))
  const changed = () => [...each(document)].filter(visible).map(node => node.localName + '.' + node.className + node.ariaExpanded + node.ariaPressed + [...node.childNodes].filter(n => n.nodeType === 3).map(n => n.data.replace(/\\d/g, '')).join()).join('|')
  window.everyButton = {
    words: () => [...new Set(pressable().map(word))],
    press(name) {
      const target = pressable().find(node => word(node) === name)
      if (!target) return false
      let done = 0
      const observer = new MutationObserver(() => { done++ })
      const watch = root => {
        observer.observe(root, { subtree: true, childList: true, attributes: true, characterData: true })
        for (const node of each(root)) if (node.shadowRoot) observer.observe(node.shadowRoot, { subtree: true, childList: true, attributes: true, characterData: true })
      }
      const before = changed()
      watch(document)
      // The browser itself tells what is missing in a form.
      document.addEventListener('invalid', () => { window.everyButton.done = () => true }, { capture: true, once: true })
      window.everyButton.done = () => done > 0 && changed() !== before
      target.click()
      return true
    }
  }
})()`

/**
 * Presses every button of a page once, those that appear by it as well, but not those that `never` names or that were
 * pressed `before`. Answers the words of what was pressed; throws for a button after which nothing looks different and no
 * request was made.
 */
export async function everyButton(
  page: Page,
  never: RegExp,
  before: readonly string[] = []
): Promise<string[]> {
  const pressed: string[] = []
  let asked = 0
  const count = (): void => void asked++
  page.on('request', count)
  try {
    await page.evaluate(script)
    for (let idleSince = Date.now(); Date.now() - idleSince < settledMs; ) {
      const words = await page.evaluate<string[]>('everyButton.words()')
      const word = words.find(each => !pressed.includes(each) && !before.includes(each) && !never.test(each))
      if (word === undefined) {
        await page.waitForTimeout(50)
        continue
      }
      pressed.push(word)
      const askedBefore = asked
      if (await page.evaluate<boolean>(`everyButton.press(${JSON.stringify(word)})`)) {
        const deadline = Date.now() + limitMs
        while (asked === askedBefore && !(await page.evaluate<boolean>('everyButton.done()'))) {
          if (Date.now() > deadline) throw new Error(`'${word}' on ${page.url()} does nothing`)
          await page.waitForTimeout(20)
        }
      }
      idleSince = Date.now()
    }
    return pressed
  } finally {
    page.off('request', count)
  }
}

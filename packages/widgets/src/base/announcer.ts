let regions: Readonly<Record<'polite' | 'assertive', HTMLElement>> | null = null

/**
 * Says a sentence to those who listen to the page. One region for the page, outside of every shadow root, as screen
 * readers watch what was there before the text came.
 */
export function announce(text: string, manner: 'polite' | 'assertive' = 'polite'): void {
  regions ??= { polite: region('polite'), assertive: region('assertive') }
  const place = regions[manner]
  place.textContent = ''
  // In the same task a screen reader sees no change when the same words come twice.
  requestAnimationFrame(() => {
    place.textContent = text
  })
}

function region(manner: 'polite' | 'assertive'): HTMLElement {
  const element = document.createElement('div')
  element.setAttribute('aria-live', manner)
  element.dataset.evsAnnouncer = manner
  // Set by the script, not by an attribute: a strict style-src allows it.
  element.style.cssText =
    'position:absolute;inline-size:1px;block-size:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap'
  document.body.append(element)
  return element
}

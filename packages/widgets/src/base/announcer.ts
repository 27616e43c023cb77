const regions = new Map<string, HTMLElement>()

/**
 * Says a sentence to those who listen to the page. One region for the page, outside of every shadow root, as screen
 * readers watch what was there before the text came.
 */
export function announce(text: string, manner: 'polite' | 'assertive' = 'polite'): void {
  openRegions()
  const place = regions.get(manner)!
  place.textContent = ''
  // In the same task a screen reader sees no change when the same words come twice.
  requestAnimationFrame(() => {
    place.textContent = text
  })
}

/** Puts the regions into the page: with the first element, and again when a host has replaced its body. */
export function openRegions(): void {
  for (const manner of ['polite', 'assertive']) {
    const region = regions.get(manner) ?? document.createElement('div')
    if (region.isConnected) continue
    regions.set(manner, region)
    region.setAttribute('aria-live', manner)
    region.dataset.evsAnnouncer = manner
    // Set by the script, not by an attribute: a strict style-src allows it.
    region.style.cssText =
      'position:absolute;inline-size:1px;block-size:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap'
    document.body.append(region)
  }
}

import { css } from '../base/sheet.ts'

/** A phone that rings, over the page. */
export const offer = css`
.offer { width: 380px; max-width: 100%; border: 2px solid var(--s); overflow: clip; }
.offer__top { background: light-dark(var(--s), color-mix(in srgb, var(--s) 80%, var(--e-color-page))); color: var(--e-state-on); padding: var(--e-space-3) var(--e-space-4); display: grid; grid-template-columns: auto 1fr auto; gap: var(--e-space-3); align-items: center; }
.offer__top strong { font-size: var(--e-font-l); line-height: 1.2; display: block; }
.offer__key { display: grid; grid-template-columns: auto 1fr; gap: var(--e-space-3); align-items: center; }
.offer__one { display: grid; place-items: center; width: 52px; height: 52px; border: 2px solid var(--e-color-text); border-radius: var(--e-radius); font-size: var(--e-font-2xl); font-weight: var(--e-weight-strong); }
@media (forced-colors: active) { .offer__top { forced-color-adjust: none; background: CanvasText; color: Canvas; } }
`

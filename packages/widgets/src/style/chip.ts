import { css } from '../base/sheet.ts'

/** A state, or a mark on a contact, in one word. */
export const chip = css`
/* Three weights of form: solid = a call is on; tint = ready or finishing; open = away; double = trouble. */
.chip { display: inline-flex; align-items: center; gap: 7px; padding: 1px 8px 1px 7px; min-height: 24px; border: 1px solid transparent; border-radius: var(--e-radius-s); color: var(--s); font-weight: var(--e-weight-strong); font-size: var(--e-font-s); line-height: 1.25; white-space: nowrap; }
.chip--solid { background: light-dark(var(--s), color-mix(in srgb, var(--s) 80%, var(--e-color-page))); color: var(--e-state-on); }
.chip--tint { background: color-mix(in srgb, var(--s) var(--e-soft), var(--e-color-surface-raised)); }
.chip--open { border: 1px dashed currentColor; background: none; }
.chip--trouble { border: 3px double currentColor; background: color-mix(in srgb, var(--s) var(--e-soft), var(--e-color-surface-raised)); }
.chip--plain { padding-inline: 0; }
@media (forced-colors: active) {
  .chip--solid { forced-color-adjust: none; background: CanvasText; color: Canvas; }
  .chip--tint { border: 1px solid CanvasText; }
}
`

import { css } from '../base/sheet.ts'

/** Buttons: one primary in view, quiet ones beside it. */
export const button = css`
.btn { display: inline-flex; align-items: center; justify-content: center; gap: var(--e-space-2); min-height: var(--e-control); padding: 4px var(--e-space-3); border: 1px solid var(--e-color-border-strong); border-radius: var(--e-radius); background: var(--e-color-surface-raised); color: var(--e-color-text); font-weight: var(--e-weight-strong); line-height: 1.2; cursor: pointer; text-align: center; transition: background var(--e-motion); }
.btn:hover { background: color-mix(in srgb, var(--e-color-text) 7%, var(--e-color-surface-raised)); }
.btn--primary { background: var(--e-color-accent); border-color: var(--e-color-accent); color: var(--e-color-accent-on); }
.btn--primary:hover { background: color-mix(in srgb, var(--e-color-accent) 88%, var(--e-color-text)); }
.btn--quiet { border-color: transparent; background: none; padding-inline: var(--e-space-2); color: var(--e-color-accent); }
.btn--next { min-height: 48px; padding-inline: var(--e-space-4); font-size: var(--e-font-l); }
.btn--block { width: 100%; }
.btn--icon { padding: 0; width: var(--e-control); }
.btn[aria-disabled="true"], .btn[disabled] { color: var(--e-color-text-muted); background: var(--e-color-surface-sunken); border-style: dashed; cursor: not-allowed; }
@media (forced-colors: active) { .btn--primary { forced-color-adjust: none; background: Highlight; color: HighlightText; } }
`

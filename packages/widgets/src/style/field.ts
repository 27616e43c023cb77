import { css } from '../base/sheet.ts'

/** Labelled inputs, lists of choices, segments. */
export const field = css`
.field { display: grid; gap: 4px; min-width: 0; }
.field > label, .label { font-weight: var(--e-weight-strong); font-size: var(--e-font-s); }
.input { min-height: var(--e-control); width: 100%; padding: 4px 10px; border: 1px solid var(--e-color-border-strong); border-radius: var(--e-radius); background: var(--e-color-surface-raised); }
::placeholder { color: var(--e-color-text-muted); opacity: 1; }
textarea.input { resize: vertical; padding-block: 8px; line-height: 1.45; }
.input[aria-invalid="true"] { border: 2px solid var(--e-color-danger); padding: 3px 9px; }
.hint { font-size: var(--e-font-xs); color: var(--e-color-text-muted); }
.pick { display: grid; gap: 0; }
.pick__opt { display: grid; grid-template-columns: 20px minmax(0, 1fr) auto; gap: var(--e-space-2); align-items: center; min-height: var(--e-row); padding: 4px var(--e-space-2); border-radius: var(--e-radius-s); cursor: pointer; }
.pick__opt input { width: 16px; height: 16px; margin: 0 2px; }
.pick__opt:hover { background: var(--e-color-surface-sunken); }
.pick__opt:has(:checked) { background: color-mix(in srgb, var(--e-color-accent) 12%, var(--e-color-surface-raised)); font-weight: var(--e-weight-strong); }
.pick__opt:has(:checked) .muted { color: var(--e-color-text); font-weight: var(--e-weight); }
.seg { display: inline-grid; grid-auto-flow: column; grid-auto-columns: 1fr; border: 1px solid var(--e-color-border-strong); border-radius: var(--e-radius); overflow: clip; }
.seg label { display: grid; place-items: center; min-height: calc(var(--e-control) - 2px); padding: 2px 12px; cursor: pointer; text-align: center; line-height: 1.2; background: var(--e-color-surface-raised); }
.seg label + label { border-inline-start: 1px solid var(--e-color-border-strong); }
.seg input { position: absolute; opacity: 0; width: 1px; height: 1px; }
.seg label:has(:checked) { background: var(--e-color-text); color: var(--e-color-surface-raised); font-weight: var(--e-weight-strong); }
.seg label:has(:focus-visible) { outline: 2px solid var(--e-focus-ring); outline-offset: -4px; }
@media (forced-colors: active) {
  .seg label:has(:checked) { forced-color-adjust: none; background: Highlight; color: HighlightText; }
  .pick__opt:has(:checked) { outline: 2px solid Highlight; outline-offset: -2px; }
}
`

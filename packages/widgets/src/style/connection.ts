import { css } from '../base/sheet.ts'

/** The state of the link, in the page’s head or as a strip. */
export const connection = css`
.conn { display: inline-flex; align-items: center; gap: 7px; min-height: 28px; font-size: var(--e-font-s); color: var(--e-color-text-muted); }
.conn .i { color: var(--s); }
.strip { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; gap: var(--e-space-3); align-items: center; padding: var(--e-space-2) var(--e-space-4); border: 1px solid var(--s); border-radius: var(--e-radius); background: color-mix(in srgb, var(--s) var(--e-soft), var(--e-color-surface-raised)); }
.strip > .i { color: var(--s); }
.strip--off { border: 3px double var(--s); }
.stale { position: relative; }
.stale td, .stale .kpi__v { font-style: italic; }
@media (max-width: 560px) { .strip { grid-template-columns: auto minmax(0, 1fr); } .strip > .btn { grid-column: 1 / -1; } }
`

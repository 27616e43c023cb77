import { css } from '../base/sheet.ts'

/** Tables with short rows. */
export const table = css`
.scroll { overflow-x: auto; }
.table { width: 100%; border-collapse: collapse; font-size: var(--e-font-s); }
.table :is(th, td):first-child { padding-inline-start: var(--e-space-4); }
.table :is(th, td):last-child { padding-inline-end: var(--e-space-4); }
.table .nw { white-space: nowrap; }
.table th { text-align: start; font-weight: var(--e-weight-strong); font-size: var(--e-font-xs); color: var(--e-color-text-muted); padding: 6px var(--e-space-2); border-bottom: 1px solid var(--e-color-border-strong); white-space: nowrap; vertical-align: bottom; background: var(--e-color-surface); }
.table th .i { width: 12px; height: 12px; vertical-align: -1px; }
.table td { height: var(--e-row); padding: 2px var(--e-space-2); border-bottom: 1px solid var(--e-color-border); vertical-align: middle; }
.table tbody tr:hover td { background: color-mix(in srgb, var(--e-color-text) 4%, transparent); }
.table tr:last-child td { border-bottom: 0; }
.table .r { text-align: end; }
.table .r + * { padding-inline-start: var(--e-space-4); }
.table tr[aria-selected="true"] td { background: color-mix(in srgb, var(--e-color-accent) 12%, var(--e-color-surface-raised)); }
@media (forced-colors: active) { .table tr[aria-selected="true"] { outline: 2px solid Highlight; outline-offset: -2px; } }
`

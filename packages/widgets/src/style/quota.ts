import { css } from '../base/sheet.ts'

/** Completed solid, reserved hatched, the frame is the limit. */
export const quota = css`
.quota { display: grid; gap: 0; }
.q { display: grid; grid-template-columns: minmax(100px, 1fr) minmax(90px, 3fr) 7.5em 14.5em; gap: 2px var(--e-space-4); align-items: center; min-height: calc(var(--e-row) + 6px); padding: 4px var(--e-space-4); border-bottom: 1px solid var(--e-color-border); font-size: var(--e-font-s); }
.q:last-child { border-bottom: 0; }
.q__bar { width: 100%; height: 14px; display: block; overflow: visible; }
.q__bar .track { width: calc(100% - 1px); fill: var(--e-color-surface-sunken); stroke: var(--e-color-border-strong); }
.q__bar .done { fill: var(--e-color-text-muted); }
.q__bar .res { stroke: var(--e-color-text-muted); }
.hatch-line { stroke: var(--e-color-text-muted); }
.q--full { background: color-mix(in srgb, var(--e-color-text) 5%, transparent); }
.q--full .q__bar .done { fill: var(--e-color-text); }
.q__n { white-space: nowrap; text-align: end; }
.q__n b { font-size: var(--e-font-l); font-weight: var(--e-weight-strong); }
.q--narrow .q { grid-template-columns: minmax(0, 1fr) auto; }
.q--narrow .q__barbox { grid-column: 1 / -1; grid-row: 2; }
.q--narrow .q__state { grid-column: 1 / -1; }
@media (forced-colors: active) { .q__bar .done { fill: CanvasText; } }
`

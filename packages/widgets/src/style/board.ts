import { css } from '../base/sheet.ts'

/** Time in a state against its threshold, and a row that becomes two lines where it is narrow. */
export const board = css`
.since { display: grid; grid-template-columns: 3.6em 64px auto; align-items: center; gap: var(--e-space-2); font-size: var(--e-font-m); }
.since b { text-align: end; font-weight: var(--e-weight-strong); }
.since > svg { width: 64px; height: 12px; display: block; overflow: visible; }
.since .track { fill: var(--e-color-border); }
.since .fill { fill: var(--s, var(--e-color-text-muted)); }
.since .tick { stroke: var(--e-color-text); stroke-width: 1.5; }
.over { display: inline-flex; align-items: center; gap: 4px; color: var(--e-color-warning); font-weight: var(--e-weight-strong); font-size: var(--e-font-xs); white-space: nowrap; }
.over--alert { color: var(--e-color-danger); }
.tally { display: flex; flex-wrap: wrap; gap: 4px var(--e-space-4); align-items: center; font-size: var(--e-font-s); }
.tally span { display: inline-flex; align-items: center; gap: 6px; }
.tally .g { color: var(--s); }
@container (max-width: 720px) {
  /* a board row becomes two lines; the state and its time stay together on the first screenful */
  .board thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  .board, .board tbody { display: block; }
  .board tr { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 2px var(--e-space-2); padding: 8px var(--e-space-3); border-bottom: 1px solid var(--e-color-border); }
  .board td { display: block; height: auto; padding: 0; border: 0; }
  .board tr { grid-template-columns: minmax(0, 1fr) auto 24px; align-items: center; }
  .board td:first-child { padding: 0; }
  .board .c-who { grid-column: 1; grid-row: 1; }
  .board .c-call { grid-column: 2; grid-row: 1; color: var(--e-color-text-muted); }
  .board .c-act { grid-column: 3; grid-row: 1; }
  .board .c-state { grid-column: 1; grid-row: 2; }
  .board .c-since { grid-column: 2 / -1; grid-row: 2; }
  .board .c-more { display: none; }
  .board .since { display: flex; justify-content: end; }
  .board .since > svg { display: none; }
  .board .since .over { order: -1; }
  .board tr[aria-selected="true"] { background: color-mix(in srgb, var(--e-color-accent) 12%, var(--e-color-surface-raised)); }
  .board tr[aria-selected="true"] td, .board tbody tr:hover td { background: none; }
}
@media (forced-colors: active) { .since .fill { fill: CanvasText; } }
`

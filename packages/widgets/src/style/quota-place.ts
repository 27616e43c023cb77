import { css } from '../base/sheet.ts'

/** The list asks its own width. */
export const quotaPlace = css`
.quotabox { container-type: inline-size; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 6px; align-items: center; }
.key { inline-size: 26px; block-size: 10px; }
.key .done { fill: var(--e-color-text-muted); }
.key .track { fill: none; stroke: var(--e-color-border-strong); }
.res { stroke: var(--e-color-text-muted); }
.strip { margin: var(--e-space-3) var(--e-space-4) 0; }
.stale li { font-style: italic; }
@container (max-width: 720px) {
  .q { grid-template-columns: minmax(0, 1fr) auto; }
  .q__barbox { grid-column: 1 / -1; grid-row: 2; }
  .q__state { grid-column: 1 / -1; }
}
`

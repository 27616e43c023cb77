import { css } from '../base/sheet.ts'

/** A flat panel with one hairline, and its empty state. */
export const panel = css`
.panel { background: var(--e-color-surface); border: 1px solid var(--e-color-border); border-radius: var(--e-radius); min-width: 0; }
.panel__head { display: flex; align-items: center; gap: var(--e-space-2); flex-wrap: wrap; padding: var(--e-space-3) var(--e-space-4) 0; }
.panel__head h2, .panel__head h3 { font-size: var(--e-font-l); font-weight: var(--e-weight-strong); line-height: 1.3; flex: 1 1 auto; }
.panel__body { padding: var(--e-space-3) var(--e-space-4) var(--e-space-4); display: grid; gap: var(--e-space-3); min-width: 0; }
.panel__foot { padding: var(--e-space-3) var(--e-space-4); border-top: 1px solid var(--e-color-border); background: var(--e-color-surface-sunken); border-radius: 0 0 var(--e-radius) var(--e-radius); }
.panel--overlay { box-shadow: var(--e-shadow-overlay); background: var(--e-color-surface-raised); }
.panel--flush .panel__body { padding: var(--e-space-2) 0 0; }
.sep { border: 0; border-top: 1px solid var(--e-color-border); margin: 0; width: 100%; }
.empty { display: grid; justify-items: start; gap: var(--e-space-2); padding: var(--e-space-5) var(--e-space-4); }
.empty__wire { display: flex; align-items: center; width: 120px; color: var(--e-color-border-strong); }
.empty__wire .span { flex: 1; }
.empty h2, .empty h3 { font-size: var(--e-font-l); }
`

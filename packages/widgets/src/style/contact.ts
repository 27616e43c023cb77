import { css } from '../base/sheet.ts'

/** Who it is, why it is he, and his numbers. */
export const contact = css`
.who { font-size: var(--e-font-xl); font-weight: var(--e-weight-strong); line-height: 1.2; }
.facts { display: grid; grid-template-columns: minmax(84px, auto) minmax(0, 1fr); gap: 6px var(--e-space-3); font-size: var(--e-font-s); }
.facts dt::first-letter { text-transform: uppercase; }
.facts dt { color: var(--e-color-text-muted); }
.facts dd { overflow-wrap: anywhere; }
.phone { display: grid; grid-template-columns: minmax(0, 1fr) auto; align-items: center; gap: var(--e-space-2); padding: 6px 0; border-top: 1px solid var(--e-color-border); }
.phone:first-child { border-top: 0; }
.phone__no { font-size: var(--e-font-l); font-weight: var(--e-weight-strong); white-space: nowrap; }
.why { border-inline-start: 2px solid var(--e-color-border-strong); padding-inline-start: var(--e-space-3); display: grid; gap: 4px; font-size: var(--e-font-s); }
.why li { display: grid; grid-template-columns: 18px 1fr; gap: 6px; }
.why li .i { margin-top: 2px; color: var(--e-color-text-muted); }
`

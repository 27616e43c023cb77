import { css } from '../base/sheet.ts'

/** Host, reset, icons and the few layout words that every element uses. */
export const ground = css`
:host { display: block; min-width: 0; color: var(--e-color-text); font: var(--e-weight) var(--e-font-m) / var(--e-line) var(--e-font); font-variant-numeric: var(--e-figures); accent-color: var(--e-color-accent); text-align: start; }
:host([hidden]) { display: none; }
*, *::before, *::after { box-sizing: border-box; }
h2, h3, p, ul, ol, dl, dd, fieldset { margin: 0; padding: 0; border: 0; }
ul, ol { list-style: none; }
legend { padding: 0; margin-bottom: 4px; }
button, input, select, textarea { font: inherit; color: inherit; font-variant-numeric: inherit; }
a { color: var(--e-color-accent); text-underline-offset: 0.18em; text-decoration-thickness: 1px; }
:focus-visible { outline: 2px solid var(--e-focus-ring); outline-offset: 2px; box-shadow: 0 0 0 2px var(--e-focus-gap); border-radius: var(--e-radius-s); }
.vh { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.i { width: 20px; height: 20px; flex: none; fill: none; stroke: currentColor; stroke-width: 1.7; stroke-linecap: round; stroke-linejoin: round; }
.i--s { width: 16px; height: 16px; stroke-width: 2; }
.g { width: 28px; height: 14px; flex: none; fill: none; stroke: currentColor; stroke-width: 1.8; overflow: visible; }
.num { white-space: nowrap; }
.muted { color: var(--e-color-text-muted); }
.strong { font-weight: var(--e-weight-strong); }
.row { display: flex; align-items: center; gap: var(--e-space-2); flex-wrap: wrap; }
.row--tight { flex-wrap: nowrap; gap: 6px; }
.pair { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: var(--e-space-2); }
.row--end { justify-content: flex-end; }
.row--between { justify-content: space-between; }
.stack { display: grid; grid-template-columns: minmax(0, 1fr); gap: var(--e-space-3); align-content: start; min-width: 0; }
.stack--tight { gap: var(--e-space-1); }
.grow { flex: 1 1 auto; }
.s-xs { font-size: var(--e-font-xs); }
.s-s { font-size: var(--e-font-s); }
`

import { css } from '../base/sheet.ts'

/** Twelve keys. */
export const pad = css`
.panel--pad { width: fit-content; max-width: 100%; }
.pad { width: 264px; max-width: 100%; display: grid; gap: var(--e-space-2); }
.pad__no { display: grid; grid-template-columns: 1fr 44px; align-items: center; border-bottom: 2px solid var(--e-color-text); font-size: var(--e-font-2xl); min-height: 48px; }
.pad__keys { display: grid; grid-template-columns: repeat(3, 1fr); gap: 6px; }
.key { min-height: 52px; border: 1px solid var(--e-color-border-strong); border-radius: var(--e-radius); background: var(--e-color-surface-raised); display: grid; place-content: center; justify-items: center; line-height: 1.05; cursor: pointer; font-size: var(--e-font-xl); }
.key small { font-size: 11px; color: var(--e-color-text-muted); letter-spacing: 0.08em; min-height: 12px; }
.key:hover { background: var(--e-color-surface-sunken); }
`

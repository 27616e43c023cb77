import { css } from '../base/sheet.ts'

/** The list of dispositions, and the foot that finishes. */
export const disposition = css`
.disp { border: 1px solid var(--e-color-border); border-radius: var(--e-radius); background: var(--e-color-surface-raised); padding: 4px; max-block-size: 24em; overflow-y: auto; }
.kbd { font-size: var(--e-font-xs); min-width: 20px; padding: 0 4px; border: 1px solid var(--e-color-border-strong); border-radius: var(--e-radius-s); text-align: center; color: var(--e-color-text-muted); line-height: 18px; background: var(--e-color-surface-raised); font-weight: var(--e-weight); }
.fin { display: grid; gap: var(--e-space-2); }
.saved { display: inline-flex; gap: 5px; align-items: center; font-size: var(--e-font-xs); color: var(--e-color-text-muted); }
`

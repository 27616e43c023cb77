import { css } from '../base/sheet.ts'

/** A number in the text of a page, in the host’s own letters. */
export const dialLink = css`
.ctd { display: inline-flex; align-items: center; gap: 5px; min-height: 24px; padding: 0 6px 0 4px; border: 1px solid transparent; border-radius: var(--e-radius-s); color: var(--e-color-accent); text-decoration: underline; white-space: nowrap; }
.ctd:hover { border-color: currentColor; text-decoration: none; }
.ctd[aria-disabled='true'] { opacity: 0.55; cursor: not-allowed; }
.ctd--on { background: var(--e-state-talking); color: var(--e-state-on); text-decoration: none; font-weight: var(--e-weight-strong); }
`

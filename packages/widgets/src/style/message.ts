import { css } from '../base/sheet.ts'

/** What is so, why, and what to do, beside what it is about. */
export const message = css`
.msg { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: var(--e-space-2); align-items: start; font-size: var(--e-font-s); color: var(--e-color-text); padding: var(--e-space-2) var(--e-space-3); border-radius: var(--e-radius-s); border: 1px solid color-mix(in srgb, var(--s) 50%, var(--e-color-border)); background: color-mix(in srgb, var(--s) var(--e-soft), var(--e-color-surface-raised)); }
.msg .btn--quiet { margin: 4px 0 0 calc(var(--e-space-2) * -1); }
.msg > .i { color: var(--s); margin-top: 1px; }
.msg--line { border: 0; background: none; padding: 0; }
.msg--line, .msg--line span { color: var(--s); }
`

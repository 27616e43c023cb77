import { css } from '../base/sheet.ts'

/** What hangs on the bar: the keypad under it, and what it has to say. */
export const callBar = css`
.bar { position: relative; }
.bar__pad { position: absolute; inset-block-start: calc(100% + 4px); inset-inline-end: 0; z-index: 3; }
.bar > .msg { margin-top: 4px; }
.ctl[aria-disabled='true'], .hangup[aria-disabled='true'] { opacity: 0.55; cursor: not-allowed; }
@container (max-width: 620px) { .bar__controls:empty + .bar__end .btn { width: 100%; } }
`

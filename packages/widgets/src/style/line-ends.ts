import { css } from '../base/sheet.ts'

/** The two ends of a line, and a line that is gone. */
export const lineEnds = css`
.node { width: 14px; height: 14px; border-radius: 50%; border: 3px solid currentColor; }
.node--on { background: currentColor; }
.node--off { border: 2px dashed var(--e-color-border-strong); }
.span--none { border-top: 2px dashed var(--e-color-border-strong); opacity: 0.6; }
`

import { css } from '../base/sheet.ts'

/** Time that runs out: words, a figure and a track. */
export const count = css`
.count { display: grid; gap: 4px; }
.count__track { display: block; width: 100%; height: 6px; fill: var(--e-color-border); }
.count__left { fill: var(--s); }
`

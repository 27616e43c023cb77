import { css } from '../base/sheet.ts'

/** In a line of the host's text, in the host's letters. */
export const dialPlace = css`
:host { display: inline; font: inherit; color: inherit; font-variant-numeric: var(--e-figures); }
.msg { display: inline-grid; font-family: var(--e-font); white-space: normal; }
`

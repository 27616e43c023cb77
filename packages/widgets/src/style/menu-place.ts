import { css } from '../base/sheet.ts'

/** The menu lies over the page, under its button. */
export const menuPlace = css`
:host { display: inline-block; }
.place { position: relative; display: inline-grid; gap: 4px; }
.menu { position: absolute; inset-block-start: calc(100% + 4px); inset-inline-end: 0; z-index: 4; inline-size: max-content; min-inline-size: 100%; max-inline-size: min(340px, 90vw); }
`

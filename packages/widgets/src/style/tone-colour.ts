import { css } from '../base/sheet.ts'

/** What is well, what wants a look, what is neither; danger is every element's. */
export const toneColour = css`
.st-warning { --s: var(--e-color-warning); }
.st-positive { --s: var(--e-color-positive); }
.st-plain { --s: var(--e-color-text-muted); }
@media (forced-colors: active) { [class*='st-'] { --s: CanvasText; } }
`

import { css } from '../base/sheet.ts'

/** The board asks its own width; the menu of a row lies over the page. */
export const boardPlace = css`
.boardbox { container-type: inline-size; }
.find { flex: 1 1 240px; max-inline-size: 340px; }
.tally { flex: 1 1 100%; }
.strip { margin: var(--e-space-3) var(--e-space-4) 0; }
.over[hidden] { display: none; }
.menu[popover] { inset: auto; margin: 0; position: fixed; inline-size: max-content; min-inline-size: 240px; max-inline-size: 90vw; }
.menu__opt { grid-template-columns: 0 minmax(0, 1fr) 0; }
.info { display: inline-grid; place-items: center; inline-size: 24px; block-size: 24px; border: 0; background: none; border-radius: var(--e-radius-s); color: var(--e-color-text-muted); cursor: pointer; padding: 0; vertical-align: middle; }
`

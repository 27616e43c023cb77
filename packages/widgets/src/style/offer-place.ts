import { css } from '../base/sheet.ts'

/** Over the page, in a corner, or where it stands. */
export const offerPlace = css`
:host([popover]) { position: fixed; inset: auto; margin: 16px; padding: 0; border: 0; background: none; overflow: visible; max-inline-size: calc(100vw - 32px); }
:host([popover]:not(:popover-open)) { display: none; }
:host([placement='bottom-end'][popover]) { inset-block-end: 0; inset-inline-end: 0; }
:host([placement='top-end'][popover]) { inset-block-start: 0; inset-inline-end: 0; }
summary { cursor: pointer; min-height: 24px; color: var(--e-color-accent); font-weight: var(--e-weight-strong); }
`

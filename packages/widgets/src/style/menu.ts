import { css } from '../base/sheet.ts'

/** The state button and the menu under it. */
export const menu = css`
.me { display: inline-flex; align-items: center; gap: var(--e-space-3); min-height: 44px; padding: 4px 12px; border: 1px solid color-mix(in srgb, var(--s) 60%, var(--e-color-border)); border-radius: var(--e-radius); background: color-mix(in srgb, var(--s) var(--e-soft), var(--e-color-surface-raised)); color: var(--s); cursor: pointer; text-align: start; }
.me[aria-disabled='true'] { opacity: 0.55; cursor: not-allowed; }
.me__word { font-weight: var(--e-weight-strong); line-height: 1.15; display: grid; }
.me__next { color: var(--e-color-text); font-size: var(--e-font-xs); font-weight: var(--e-weight); }
.me__time { color: var(--e-color-text); font-weight: var(--e-weight-strong); font-size: var(--e-font-l); }
.menu { padding: var(--e-space-2); }
.menu__group { padding: var(--e-space-2) var(--e-space-2) 4px; font-size: var(--e-font-xs); color: var(--e-color-text-muted); }
.menu__opt { display: grid; grid-template-columns: 30px minmax(0, 1fr) auto; gap: var(--e-space-2); align-items: center; min-height: 40px; width: 100%; padding: 2px var(--e-space-2); border: 0; border-radius: var(--e-radius-s); background: none; text-align: start; cursor: pointer; }
.menu__opt .g { color: var(--s); }
.menu__opt[aria-disabled='true'] { color: var(--e-color-text-muted); cursor: not-allowed; }
.menu__opt:hover, .menu__opt--at { background: color-mix(in srgb, var(--e-color-text) 7%, var(--e-color-surface-raised)); }
@media (forced-colors: active) { .menu__opt--at { outline: 2px solid Highlight; outline-offset: -2px; } }
`

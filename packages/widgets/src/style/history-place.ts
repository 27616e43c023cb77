import { css } from '../base/sheet.ts'

/** The search above the table. */
export const historyPlace = css`
.filter { display: flex; flex-wrap: wrap; align-items: end; gap: var(--e-space-2) var(--e-space-3); padding: var(--e-space-3) var(--e-space-4) 0; }
.filter .field { flex: 0 1 158px; }
.msg { margin: var(--e-space-3) var(--e-space-4) 0; }
.more { padding: 0 var(--e-space-4) var(--e-space-3); }
.table th { vertical-align: middle; }
.sort { border: 0; background: none; padding: 2px 0; min-height: 24px; font-weight: inherit; cursor: pointer; }
`

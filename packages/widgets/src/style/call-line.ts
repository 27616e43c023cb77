import { css } from '../base/sheet.ts'

/** The line between two people. */
export const callLine = css`
.bar { container-type: inline-size; }
.bar__in { display: grid; grid-template-columns: minmax(168px, auto) minmax(0, 1fr) auto auto; align-items: stretch; background: color-mix(in srgb, var(--s) var(--e-soft), var(--e-color-surface-raised)); border: 1px solid color-mix(in srgb, var(--s) 45%, var(--e-color-border)); border-radius: var(--e-radius); overflow: clip; min-height: 72px; }
.bar__state { display: grid; align-content: center; gap: 2px; padding: var(--e-space-2) var(--e-space-4); background: light-dark(var(--s), color-mix(in srgb, var(--s) 80%, var(--e-color-page))); color: var(--e-state-on); max-width: 240px; }
.bar__state--open { background: none; color: var(--s); border-inline-end: 1px solid color-mix(in srgb, var(--s) 45%, var(--e-color-border)); }
.bar__state--hold { background: none; color: var(--s); border: 3px double var(--s); }
.bar__word { display: flex; align-items: center; gap: var(--e-space-2); font-weight: var(--e-weight-strong); font-size: var(--e-font-l); line-height: var(--e-line-tight); }
.bar__hint { font-size: var(--e-font-xs); line-height: 1.3; }
.line { display: grid; grid-template-columns: minmax(0, auto) minmax(150px, 1fr) minmax(0, auto); align-items: center; gap: var(--e-space-3); padding: var(--e-space-2) var(--e-space-4); }
.leg { min-width: 0; line-height: 1.3; }
.leg__name { font-weight: var(--e-weight-strong); font-size: var(--e-font-l); }
.leg__sub { display: block; color: var(--e-color-text-muted); font-size: var(--e-font-s); }
.wire { display: grid; grid-template-columns: 14px 1fr auto 1fr 14px; align-items: center; color: var(--s); min-width: 0; }
.node--ring { position: relative; background: currentColor; }
.node--ring::after { content: ""; position: absolute; inset: -9px; border: 2px solid currentColor; border-radius: 50%; animation: ring var(--e-motion-ring) ease-out infinite; }
@keyframes ring { from { transform: scale(0.6); opacity: 1; } to { transform: scale(1.15); opacity: 0.25; } }
.span { border-top: var(--e-wire) solid currentColor; height: 0; }
.span--dial { border-top-style: dotted; }
.timer { padding-inline: var(--e-space-3); font-size: var(--e-font-2xl); font-weight: var(--e-weight-strong); line-height: 1.1; letter-spacing: -0.01em; color: var(--e-color-text); white-space: nowrap; }
.timer--mark .timer { padding: 0; }
.timer--mark { font-size: var(--e-font-m); color: var(--s); display: inline-flex; align-items: center; gap: 6px; padding-inline: var(--e-space-2); }
.bar__controls { display: flex; align-items: stretch; gap: var(--e-space-1); padding: var(--e-space-2); }
.ctl { display: grid; justify-items: center; align-content: center; gap: 3px; min-width: 68px; min-height: max(var(--e-call-control), 54px); max-width: 96px; padding: 4px 6px; border: 1px solid transparent; border-radius: var(--e-radius); background: none; color: var(--e-color-text); font-size: var(--e-font-xs); line-height: 1.15; cursor: pointer; }
.ctl:hover { background: color-mix(in srgb, var(--e-color-text) 9%, transparent); }
.ctl--on, .ctl--on:hover { background: var(--e-color-text); color: var(--e-color-surface-raised); border-color: var(--e-color-text); font-weight: var(--e-weight-strong); }
.bar__end { display: grid; align-content: center; padding: var(--e-space-2) var(--e-space-3) var(--e-space-2) var(--e-space-4); border-inline-start: 1px solid color-mix(in srgb, var(--s) 35%, var(--e-color-border)); }
.hangup { display: inline-flex; align-items: center; justify-content: center; gap: var(--e-space-2); min-height: max(var(--e-call-control), 48px); min-width: 48px; padding: 0 var(--e-space-4); border: 1px solid var(--e-color-danger-fill); border-radius: var(--e-radius); background: var(--e-color-danger-fill); color: var(--e-color-danger-on); font-weight: var(--e-weight-strong); cursor: pointer; }
.hangup:hover { background: color-mix(in srgb, var(--e-color-danger-fill) 86%, black); }
@container (max-width: 1020px) {
  .bar__in { grid-template-columns: auto minmax(0, 1fr) auto; }
  .bar__state { max-width: none; }
  .line { grid-column: 2 / -1; }
  .bar__controls { grid-column: 1 / 3; border-top: 1px solid color-mix(in srgb, var(--s) 35%, var(--e-color-border)); }
  .bar__end { border-top: 1px solid color-mix(in srgb, var(--s) 35%, var(--e-color-border)); border-inline-start: 0; }
}
@container (max-width: 620px) {
  .bar__in { grid-template-columns: minmax(0, 1fr) auto; }
  .bar__state, .line { grid-column: 1 / -1; }
  .bar__state { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: baseline; gap: 0 var(--e-space-3); padding: 6px var(--e-space-3); border-inline-end: 0; }
  .bar__state--open { border-bottom: 1px solid color-mix(in srgb, var(--s) 45%, var(--e-color-border)); }
  .line { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); padding: var(--e-space-2) var(--e-space-3) var(--e-space-1); row-gap: 2px; align-items: end; }
  .line .wire { grid-column: 1 / -1; grid-row: 2; }
  .line .leg--them { text-align: end; }
  .line--solo { grid-template-columns: minmax(0, 1fr); padding-bottom: var(--e-space-2); }
  .bar__controls { grid-column: 1; display: grid; grid-template-columns: repeat(auto-fit, minmax(60px, 1fr)); padding: var(--e-space-1); border-top: 0; }
  .bar__controls:last-child { grid-column: 1 / -1; grid-template-columns: minmax(0, 1fr); padding: 0 var(--e-space-2) var(--e-space-2); }
  .bar__controls:last-child .btn--next { order: -1; }
  .bar__controls .ctl { min-width: 0; max-width: none; padding-inline: 2px; }
  .bar__end { grid-column: 2; border-top: 0; padding: var(--e-space-1) var(--e-space-2); }
  .bar__controls:empty { display: none; }
  .bar__controls:empty + .bar__end { grid-column: 1 / -1; padding: var(--e-space-1) var(--e-space-2) var(--e-space-2); }
  .bar__end .hangup { display: grid; justify-items: center; align-content: center; gap: 3px; min-width: 84px; min-height: 54px; padding: 4px 6px; font-size: var(--e-font-xs); }
}
@media (forced-colors: active) {
  .bar__state { forced-color-adjust: none; background: CanvasText; color: Canvas; }
  .bar__state--open, .bar__state--hold { background: Canvas; color: CanvasText; }
  .node--on, .node--ring { forced-color-adjust: none; background: CanvasText; border-color: CanvasText; }
  .ctl--on { forced-color-adjust: none; background: Highlight; color: HighlightText; }
  .hangup { border: 3px solid ButtonText; }
}
@media (prefers-reduced-motion: reduce) { .node--ring::after { animation: none; opacity: 1; } }
`

// Generated from tokens.css by tools/generate-styles.ts; do not edit.
import { css } from '../base/sheet.ts'

/** Every token under a private name: the page's value where there is one, else the same value as in tokens.css. */
export const fallback = css`
:host {
  --e-color-page: var(--evs-color-page, light-dark(#e8ebe7, #0b1110));
  --e-color-surface: var(--evs-color-surface, light-dark(#fafbf9, #141c1b));
  --e-color-surface-raised: var(--evs-color-surface-raised, light-dark(#ffffff, #1d2726));
  --e-color-surface-sunken: var(--evs-color-surface-sunken, light-dark(#f0f2ee, #0f1615));
  --e-color-text: var(--evs-color-text, light-dark(#15201e, #e7edea));
  --e-color-text-muted: var(--evs-color-text-muted, light-dark(#4b5854, #a9b6b1));
  --e-color-border: var(--evs-color-border, light-dark(#d5dad4, #2c3836));
  --e-color-border-strong: var(--evs-color-border-strong, light-dark(#707c77, #73837e));
  --e-color-accent: var(--evs-color-accent, light-dark(#17404f, #a9d3e2));
  --e-color-accent-on: var(--evs-color-accent-on, light-dark(#ffffff, #0b171b));
  --e-color-positive: var(--evs-color-positive, light-dark(#1b6a36, #82d39c));
  --e-color-warning: var(--evs-color-warning, light-dark(#8a4f00, #f2b866));
  --e-color-danger: var(--evs-color-danger, light-dark(#b3241c, #ff9489));
  --e-color-danger-fill: var(--evs-color-danger-fill, light-dark(#b3241c, #cf3d32));
  --e-color-danger-on: var(--evs-color-danger-on, light-dark(#ffffff, #ffffff));
  --e-state-offline: var(--evs-state-offline, light-dark(#59635f, #9ba8a3));
  --e-state-ready: var(--evs-state-ready, light-dark(#1f7033, #80d48e));
  --e-state-reserved: var(--evs-state-reserved, light-dark(#4c6900, #bdd460));
  --e-state-ringing-agent: var(--evs-state-ringing-agent, light-dark(#a04700, #ffae6b));
  --e-state-agent-accepted: var(--evs-state-agent-accepted, light-dark(#00677a, #6fd0de));
  --e-state-dialling-customer: var(--evs-state-dialling-customer, light-dark(#00679b, #70c2f3));
  --e-state-talking: var(--evs-state-talking, light-dark(#2a45c2, #a6b7ff));
  --e-state-wrap-up: var(--evs-state-wrap-up, light-dark(#7a37a8, #d8a9f6));
  --e-state-paused: var(--evs-state-paused, light-dark(#6d5a2e, #d9c28b));
  --e-state-disconnected-ui: var(--evs-state-disconnected-ui, light-dark(#8a2f6b, #f19dd2));
  --e-state-phone-lost: var(--evs-state-phone-lost, light-dark(#b3241c, #ff9489));
  --e-state-on: var(--evs-state-on, light-dark(#ffffff, #0c1413));
  --e-call-hold: var(--evs-call-hold, light-dark(#5a5470, #bcb6d6));
  --e-soft: var(--evs-soft, 10%);
  --e-focus-ring: var(--evs-focus-ring, light-dark(#0a5fd1, #7db8ff));
  --e-focus-gap: var(--evs-focus-gap, light-dark(#ffffff, #0b1110));
  --e-font: var(--evs-font, "Segoe UI Variable Text", "Segoe UI", -apple-system, Roboto, "Noto Sans", Arial, "Liberation Sans", sans-serif);
  --e-font-size: var(--evs-font-size, 14px);
  --e-font-xs: calc(var(--e-font-size) * 0.857);
  --e-font-s: calc(var(--e-font-size) * 0.929);
  --e-font-m: var(--e-font-size);
  --e-font-l: calc(var(--e-font-size) * 1.143);
  --e-font-xl: calc(var(--e-font-size) * 1.429);
  --e-ratio-2xl: var(--evs-ratio-2xl, 1.857);
  --e-ratio-3xl: var(--evs-ratio-3xl, 2.857);
  --e-font-2xl: calc(var(--e-font-size) * var(--e-ratio-2xl));
  --e-font-3xl: calc(var(--e-font-size) * var(--e-ratio-3xl));
  --e-line: var(--evs-line, 1.45);
  --e-line-tight: var(--evs-line-tight, 1.2);
  --e-weight: var(--evs-weight, 400);
  --e-weight-strong: var(--evs-weight-strong, 600);
  --e-figures: var(--evs-figures, tabular-nums lining-nums);
  --e-space: var(--evs-space, 4px);
  --e-space-1: var(--e-space);
  --e-space-2: calc(var(--e-space) * 2);
  --e-space-3: calc(var(--e-space) * 3);
  --e-space-4: calc(var(--e-space) * 4);
  --e-space-5: calc(var(--e-space) * 6);
  --e-space-6: calc(var(--e-space) * 8);
  --e-space-7: calc(var(--e-space) * 12);
  --e-radius: var(--evs-radius, 5px);
  --e-radius-s: calc(var(--e-radius) * 0.6);
  --e-hair: var(--evs-hair, 1px);
  --e-wire: var(--evs-wire, 3px);
  --e-shadow-overlay: var(--evs-shadow-overlay, 0 1px 2px light-dark(rgb(21 32 30 / 18%), rgb(0 0 0 / 60%)), 0 10px 30px light-dark(rgb(21 32 30 / 16%), rgb(0 0 0 / 55%)));
  --e-call-control: var(--evs-call-control, 44px);
  --e-control: var(--evs-control, 36px);
  --e-row: var(--evs-row, 36px);
  --e-target: var(--evs-target, 24px);
  --e-motion: var(--evs-motion, 140ms);
  --e-motion-ring: var(--evs-motion-ring, 1400ms);
}
:host([density='compact']) { --e-control: 30px; --e-row: 28px; }
:host([density='wall']) { --e-font-size: clamp(16px, 0.95vw, 30px); --e-ratio-2xl: 2.2; --e-ratio-3xl: 3.4; }
@media (prefers-contrast: more) {
  :host { --e-color-text-muted: var(--evs-color-text-muted, light-dark(#2b3633, #d5deda)); --e-color-border: var(--evs-color-border, light-dark(#707c77, #73837e)); --e-color-border-strong: var(--evs-color-border-strong, light-dark(#15201e, #e7edea)); --e-soft: var(--evs-soft, 4%); --e-hair: var(--evs-hair, 1.5px); }
}
@media (prefers-reduced-motion: reduce) {
  :host { --e-motion: var(--evs-motion, 0ms); --e-motion-ring: var(--evs-motion-ring, 0ms); }
}
`

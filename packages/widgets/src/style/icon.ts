import { html, svg, type TemplateResult } from 'lit/html.js'

/** Line drawings on a grid of 20, as path data; width 1.7, round ends, no fill. */
const icons = {
  phone:
    'M4.3 3.2h2.6l1.5 3.7-1.8 1.5a10 10 0 0 0 5 5l1.5-1.8 3.7 1.5v2.6c0 .6-.5 1.1-1.1 1.1C9.1 16.3 3.7 10.9 3.2 4.3c0-.6.5-1.1 1.1-1.1z',
  hangup: 'M2.3 11.2c4.7-4.3 10.7-4.3 15.4 0l-1.6 2.9-3.5-1.1V10.4a11 11 0 0 0-5.2 0V13l-3.5 1.1z',
  hold: 'M7 4v12M13 4v12',
  resume: 'M6 4l10 6-10 6z',
  mic: 'M10 3a2.3 2.3 0 0 0-2.3 2.3v4a2.3 2.3 0 0 0 4.6 0v-4A2.3 2.3 0 0 0 10 3zM5 9.5a5 5 0 0 0 10 0M10 14.5V17',
  micoff:
    'M12.3 8V5.3a2.3 2.3 0 0 0-4.5-.7M7.7 8v1.3a2.3 2.3 0 0 0 3.3 2.1M5 9.5a5 5 0 0 0 7.6 4.2M15 9.5c0 .7-.1 1.3-.4 1.9M10 14.5V17M3 3l14 14',
  keypad: 'M5 4.5h.01M10 4.5h.01M15 4.5h.01M5 10h.01M10 10h.01M15 10h.01M5 15.5h.01M10 15.5h.01M15 15.5h.01',
  check: 'M4 10.5l4 4 8-9',
  down: 'M5 8l5 5 5-5',
  x: 'M5 5l10 10M15 5L5 15',
  alert: 'M10 3.2L18 16.8H2zM10 8v4M10 14.3v.01',
  linkoff:
    'M2.3 10a2.2 2.2 0 1 0 4.4 0a2.2 2.2 0 1 0 -4.4 0z M13.3 10a2.2 2.2 0 1 0 4.4 0a2.2 2.2 0 1 0 -4.4 0z M6.7 10h1.3M12 10h1.3M12.5 4l-5 12',
  mobile: 'M6 2.5h8v15H6zM9 15h2'
}
/** A drawing that only some elements need: its name and its path data. */
export type Drawing = readonly [name: string, path: string]
export type IconName = keyof typeof icons
const drawn: Record<string, string> = { ...icons }

/** Replaces drawings by the host's own, by name: path data on a grid of 20. Takes effect at the next rendering. */
export function registerIcons(own: Readonly<Record<string, string>>): void {
  Object.assign(drawn, own)
}

/** Icons whose points are dots: drawn with a wider pen. */
const dotted: readonly string[] = ['keypad', 'dots']

/** An icon beside its word; `small` is 16 px. Decoration: the word carries the meaning. */
export function icon(of: IconName | Drawing, small = false): TemplateResult {
  const [name, path] = typeof of === 'string' ? [of, ''] : of
  const width = dotted.includes(name) ? 2.8 : small ? 2 : 1.7
  return html`<svg class=${small ? 'i i--s' : 'i'} viewBox="0 0 20 20" aria-hidden="true"><path d=${drawn[name] ?? path} stroke-width=${width} /></svg>`
}

/** A path and the width of its pen; or a circle on the middle line, by where it is and its radius. */
type Stroke = readonly [at: string | number, size?: number, filled?: 0 | 1, dash?: string]

/** States of an agent or a call on a grid of 28 × 14: two ends at fixed places, and what is between them. */
const glyphs = {
  offline: [
    [5, 3.6, 0, '2.2 2'],
    [23, 3.6, 0, '2.2 2']
  ],
  ready: [
    [5, 4, 1],
    [23, 3.6]
  ],
  reserved: [
    [5, 4, 1],
    [23, 3.6],
    ['M23 3.4a3.6 3.6 0 0 0 0 7.2z', 1.8, 1]
  ],
  ringing_agent: [[7, 3, 1], ['M2.6 2.8a6 6 0 0 0 0 8.4M11.4 2.8a6 6 0 0 1 0 8.4'], [23, 3.6]],
  agent_accepted: [
    [5, 4, 1],
    ['M9 7h6', 2.6],
    [23, 3.6]
  ],
  dialling_customer: [
    [5, 4, 1],
    [11, 0.4, 1],
    [14, 0.4, 1],
    [17, 0.4, 1],
    [23, 3.6],
    [23, 0.4, 1]
  ],
  talking: [
    [5, 4, 1],
    ['M5 7h18', 3.2],
    [23, 4, 1]
  ],
  hold: [
    [5, 4, 1],
    [23, 4, 1],
    ['M12.3 2.5v9M15.7 2.5v9', 2.2]
  ],
  wrap_up: [
    [5, 4, 1],
    ['M14 7.5l4 4 7-9', 2.4]
  ],
  paused: [['M11 1.5v11M17 1.5v11', 3.6]],
  disconnected_ui: [['M1.5 2.5h8v8h-8zM0 13.5L11 0.5'], ['M12 7h7', 2.6], [23, 4, 1]],
  phone_lost: [
    ['M1.5 3.5l7 7M8.5 3.5l-7 7', 2.4],
    [23, 3.6]
  ]
} satisfies Record<string, readonly Stroke[]>
export type GlyphName = keyof typeof glyphs

const stroke = ([at, size = 1.8, filled = 0, dash = 'none']: Stroke): TemplateResult => {
  const circle = typeof at === 'number'
  const d = circle
    ? `M${at - size} 7a${size} ${size} 0 1 0 ${2 * size} 0a${size} ${size} 0 1 0 ${-2 * size} 0z`
    : at
  return svg`<path d=${d} stroke-width=${circle ? 1.8 : size} fill=${filled ? 'currentColor' : 'none'} stroke-dasharray=${dash} />`
}

/** The drawing of a state, beside its word. */
export const glyph = (name: GlyphName): TemplateResult =>
  html`<svg class="g" viewBox="0 0 28 14" aria-hidden="true">${(glyphs[name] as readonly Stroke[]).map(stroke)}</svg>`

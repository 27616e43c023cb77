// Every pair of colours that the elements use, from tokens.css, in both themes. Fails below 4.5 (text) or 3 (edges,
// marks, focus): WCAG 2.2, 1.4.3 and 1.4.11. --all prints every pair.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const css = readFileSync(join(import.meta.dirname, '../packages/widgets/src/style/tokens.css'), 'utf8')
const root = css.slice(css.indexOf(':root {'), css.indexOf('[data-evs-theme='))

type Colour = readonly [number, number, number]
type Theme = 'light' | 'dark'
const colours: Record<Theme, Map<string, Colour>> = { light: new Map(), dark: new Map() }
const rgb = (hex: string): Colour => [1, 3, 5].map(i => Number.parseInt(hex.slice(i, i + 2), 16)) as never
for (const [, name, light, dark] of root.matchAll(
  /--evs-([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g
)) {
  colours.light.set(name!, rgb(light!))
  colours.dark.set(name!, rgb(dark!))
}
const soft = Number(/--evs-soft: (\d+)%/.exec(root)?.[1]) / 100
/** Solid forms are dimmed in the dark: color-mix(… 80 %, page) in the element styles. */
const darkFill = 0.8

/** Relative luminance of sRGB, WCAG 2.2. */
function luminance(colour: Colour): number {
  const [r, g, b] = colour
    .map(v => v / 255)
    .map(v => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
}
function ratio(a: Colour, b: Colour): number {
  const [x, y] = [luminance(a), luminance(b)]
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05)
}
const mix = (a: Colour, b: Colour, share: number): Colour =>
  a.map((v, i) => v * share + b[i]! * (1 - share)) as never

const names = [...colours.light.keys()]
const states = [...names.filter(name => name.startsWith('state-') && name !== 'state-on'), 'call-hold']
const grounds = ['color-surface', 'color-surface-raised', 'color-surface-sunken', 'color-page']
const inks = ['text', 'text-muted', 'accent', 'positive', 'warning', 'danger'].map(name => `color-${name}`)

interface Pair {
  readonly theme: Theme
  readonly what: string
  readonly value: number
  readonly min: number
}
const pairs: Pair[] = []
for (const theme of ['light', 'dark'] as const) {
  const of = (name: string): Colour => {
    const colour = colours[theme].get(name)
    if (!colour) throw new Error(`tokens.css has no colour --evs-${name}`)
    return colour
  }
  const check = (what: string, a: Colour, b: Colour, min: number): void => {
    pairs.push({ theme, what, value: ratio(a, b), min })
  }
  for (const ground of grounds) {
    for (const ink of [...inks, ...states]) check(`${ink} as text on ${ground}`, of(ink), of(ground), 4.5)
    for (const mark of ['color-border-strong', 'focus-ring', 'color-danger-fill'])
      check(`${mark} on ${ground}`, of(mark), of(ground), 3)
  }
  for (const name of [...states, 'color-accent', 'color-positive', 'color-warning', 'color-danger']) {
    const tint = mix(of(name), of('color-surface-raised'), soft)
    for (const ink of [name, 'color-text', 'color-text-muted'])
      check(`${ink} on the tint of ${name}`, of(ink), tint, 4.5)
    for (const mark of ['color-border-strong', 'focus-ring'])
      check(`${mark} on the tint of ${name}`, of(mark), tint, 3)
  }
  for (const name of states) {
    const fill = theme === 'dark' ? mix(of(name), of('color-page'), darkFill) : of(name)
    check(`state-on over solid ${name}`, of('state-on'), fill, 4.5)
    check(`solid ${name} against the surface`, fill, of('color-surface'), 3)
  }
  check('accent-on over accent', of('color-accent-on'), of('color-accent'), 4.5)
  check('danger-on over danger-fill', of('color-danger-on'), of('color-danger-fill'), 4.5)
  check('focus-ring against its gap', of('focus-ring'), of('focus-gap'), 3)
}

const weak = pairs.filter(({ value, min }) => value < min)
for (const { theme, what, value, min } of process.argv.includes('--all') ? pairs : weak)
  console.log(`${theme}: ${what}: ${value.toFixed(2)}, needs ${min}`)
console.log(`contrast: ${pairs.length} pairs, ${weak.length} too weak`)
process.exitCode = weak.length > 0 || pairs.length === 0 ? 1 : 0

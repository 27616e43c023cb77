// Writes packages/widgets/src/style/fallback.ts from tokens.css; --check only compares, and fails on a difference.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const style = join(import.meta.dirname, '../packages/widgets/src/style')
const source = readFileSync(join(style, 'tokens.css'), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '')
const target = join(style, 'fallback.ts')

type Declaration = readonly [name: string, value: string]

/** The declarations of the first block that follows `head`. */
function block(head: string, css: string): Declaration[] {
  const start = css.indexOf(head)
  if (start < 0) throw new Error(`tokens.css has no '${head}' any more: mend tools/generate-styles.ts`)
  const open = css.indexOf('{', start + head.length - 1)
  const body = css.slice(open + 1, css.indexOf('}', open))
  return [...body.matchAll(/--evs-([\w-]+):\s*([^;]+);/g)].map(([, name, value]) => [
    name!,
    value!.replace(/\s+/g, ' ').replaceAll('--evs-', '--e-')
  ])
}

/** What is computed from other tokens is computed again on the element: an override there reaches it too. */
const derived = (value: string): boolean => value.includes('var(')
const inherited = ([name, value]: Declaration): string =>
  derived(value) ? `--e-${name}: ${value};` : `--e-${name}: var(--evs-${name}, ${value});`
const media = (query: string): string => {
  const at = source.slice(source.indexOf(`@media (${query})`))
  return `@media (${query}) {\n  :host { ${block(':root {', at).map(inherited).join(' ')} }\n}`
}
const density = (name: string): string => {
  const own = block(`[data-evs-density="${name}"] {`, source).filter(([, value]) => !derived(value))
  return `:host([density='${name}']) { ${own.map(([token, value]) => `--e-${token}: ${value};`).join(' ')} }`
}

const root = block(':root {', source)
const text = `// Generated from tokens.css by tools/generate-styles.ts; do not edit.
import { css } from '../base/sheet.ts'

/** Every token under a private name: the page's value where there is one, else the same value as in tokens.css. */
export const fallback = css\`
:host {
${root.map(declaration => `  ${inherited(declaration)}`).join('\n')}
}
${['compact', 'wall'].map(density).join('\n')}
${['prefers-contrast: more', 'prefers-reduced-motion: reduce'].map(media).join('\n')}
\`
`

if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text) {
    console.error(
      'src/style/fallback.ts of widgets is not what tokens.css says: run tools/generate-styles.ts'
    )
    process.exitCode = 1
  }
} else writeFileSync(target, text)

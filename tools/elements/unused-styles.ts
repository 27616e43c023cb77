import type { Plugin } from 'rollup'

/** How a sheet begins until it was looked at: it is a text like others by then. */
export const sheetMark = '/*sheet*/'
const sheet = /(["'`])\/\*sheet\*\/((?:(?!\1)[^$\\])*)\1/g
/** Not the ends of an animation, which stand as if they were tags. */
const tagName = /^(?!from$|to$)[a-z]\w*$/
const className = /\.([a-zA-Z][\w-]*)/g

/**
 * Leaves out of a single file what none of its elements can show: rules whose classes no template and no script of the
 * file names, rules for tags that no template has, then tokens that no rule reads. `fixed--${kind}` names every class
 * that begins with `fixed--`.
 */
export const unusedStyles = (): Plugin => ({
  name: 'unused-styles',
  renderChunk(code) {
    const script = code.replace(sheet, '')
    const known = new Map<string, boolean>()
    const named = (name: string): boolean => {
      const found = known.get(name) ?? isNamed(script, name)
      known.set(name, found)
      return found
    }
    const made = (tag: string): boolean => new RegExp(`<${tag}[ >]`).test(script)
    const shown = code.replace(
      sheet,
      (_, quote: string, css: string) => `${quote}${shownRules(css, named, made)}${quote}`
    )
    if (shown.includes(sheetMark))
      throw new Error('A sheet holds quotes of two kinds: its rules cannot be read')
    return { code: onceRead(readTokens(shown)).replaceAll(';}', '}'), map: null }
  }
})

function isNamed(script: string, name: string): boolean {
  const begins = /^(.*--|[a-z]+-)[^-]+$/.exec(name)?.[1]
  if (begins && script.includes(`${begins}\${`)) return true
  return new RegExp(`(?<![\\w-])${name}(?![\\w-])`).test(script)
}

/** Rules without those whose selectors all need a class that is not named; queries around rules stay. */
const shownRules = (css: string, named: (name: string) => boolean, made: (tag: string) => boolean): string =>
  css
    .replace(/([^{}]+)\{([^{}]*)\}/g, (rule, selectors: string, body: string) => {
      const kept = selectors
        .split(',')
        .filter(one => [...one.matchAll(className)].every(([, name]) => named(name!)))
        .filter(one => !tagName.test(one) || made(one))
      return kept.length === 0 ? '' : rule.replace(`${selectors}{${body}}`, `${kept.join(',')}{${body}}`)
    })
    .replace(/@[^{}]+\{\}/g, '')

/** Without the declarations of private tokens that nothing reads; one may be read only by another. */
function readTokens(code: string): string {
  const unread = [...new Set([...code.matchAll(/(--e[\w-]+):/g)].map(([, name]) => name!))].filter(
    name => !new RegExp(`var\\(${name}[,)]`).test(code)
  )
  if (unread.length === 0) return code
  return readTokens(unread.reduce(without, code))
}

/** With the value of a private token in the place of its reader, where it has one value and one reader or only another name. */
function onceRead(code: string): string {
  const tokens = new Set([...code.matchAll(/(--e\w+):/g)].map(([, name]) => name!))
  return [...tokens].reduce((all, name) => {
    const values = [...all.matchAll(declaration(name))].map(([whole]) => whole.slice(name.length + 1))
    const [value = ''] = values
    const read = `var(${name})`
    const same = /^var\(--e\w+\);?$/.test(value)
    if (values.length !== 1 || value.includes("'") || (!same && all.split(read).length !== 2)) return all
    return without(all, name).replaceAll(read, value.replace(/;$/, ''))
  }, code)
}

/** `--name: value;` with a value that may hold brackets. */
const declaration = (name: string): RegExp =>
  new RegExp(`${name}:(?:[^;{}()]|\\((?:[^()]|\\((?:[^()]|\\([^()]*\\))*\\))*\\))*(?:;|(?=}))`, 'g')

const without = (code: string, name: string): string => code.replace(declaration(name), '')

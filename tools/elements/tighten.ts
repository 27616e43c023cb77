import { readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import type { Plugin } from 'rollup'
import { sourcesOf } from './element-sources.ts'

export type Language = 'fr' | 'en'

/**
 * What esbuild leaves as it is: makes styles short, and the private names of tokens; packs the texts, and leaves one
 * language where only one is wanted. `mark` is put before each sheet.
 */
export const tighten = (src: string, language: Language | null, mark: string): Plugin => {
  const tokens = new Map<string, string>()
  const short = (name: string): string => {
    const known = tokens.get(name) ?? `--e${tokens.size.toString(36)}`
    tokens.set(name, known)
    return known
  }
  return {
    name: 'tighten',
    buildStart() {
      // In a fixed order, so that the same sources give the same files.
      for (const file of sourcesOf(join(src, 'style')))
        for (const [name] of readFileSync(file, 'utf8').matchAll(/--e-[\w-]+/g)) short(name)
    },
    transform(code, id) {
      if (id.endsWith('lit-html/lit-html.js')) return { code: withoutPolyfill(code), map: null }
      if (!id.startsWith(src)) return null
      // The tag has done its work: what it gives is the text itself.
      const styles = code.replace(/(?<== )css`([^`]*)`/g, (_, text: string) => `\`${mark}${flat(text)}\``)
      const named = usual(styles.replace(/--e-[\w-]+/g, short))
      return { code: id.includes(`${sep}text${sep}`) ? packed(named, language) : named, map: null }
    }
  }
}

/** Lit without its way to a polyfill of shadow DOM and its list of versions: the browsers named in the README need neither. */
function withoutPolyfill(code: string): string {
  const short = code.replace(
    /,(\w+)=\w+\.litHtmlPolyfillSupport;\1\?\.\([\w,]+\),\(\w+\.litHtmlVersions\?\?=\[\]\)\.push\("[\d.]+"\);/,
    ';'
  )
  if (short === code) throw new Error('lit-html ends in other words than before: mend withoutPolyfill')
  return short
}

const flat = (css: string): string =>
  css
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\s+/g, ' ')
    .replace(/ ?([{};,>]) ?/g, '$1')
    .replace(/: /g, ':')
    .replace(/;}/g, '}')
    // Where a number begins or a colour repeats itself, one sign less says the same.
    .replace(/(?<![\w.-])0\.(?=\d)/g, '.')
    .replace(/#(\w)\1(\w)\2(\w)\3\b/g, '#$1$2$3')
    .replace(/light-dark\((#\w+), ?\1\)/g, '$1')
    .replace(/ ([*/]) /g, '$1')
    .replace(/rgb\((\d+) (\d+) (\d+)\/(\d+)%\)/g, (_, ...parts: string[]) => eightDigits(parts.slice(0, 4)))
    .replace(/\*(::\w+)/g, '$1')
    .replace(/\[([\w-]+[*^$]?=)["']([a-z][\w-]*)["']\]/g, '[$1$2]')
    .replaceAll('"', "'")
    .trim()

/** Red, green, blue, and how much of them in percent, as `#rrggbbaa`. */
const eightDigits = (parts: readonly string[]): string =>
  `#${parts
    .map((part, i) =>
      Math.round(Number(part) * (i === 3 ? 2.55 : 1))
        .toString(16)
        .padStart(2, '0')
    )
    .join('')}`

/** The attributes of properties without those that have the usual name; in the sources they are for the manifest. */
const usual = (code: string): string =>
  code.replace(
    /(\w+): (\{[^{}]*?)(, )?attribute: '([\w-]+)'/g,
    (whole, property: string, before: string, _, name) =>
      property.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`) === name
        ? `${property}: ${before}`
        : whole
  )

/** `words(en, fr)` as one text that `packed` takes apart: the keys once, then each language in their order. */
function packed(code: string, language: Language | null): string {
  const calls = code.replace(
    /\bwords(<\w+>)?\(\s*(\{[\s\S]*?\n {2}\}),\s*(\{[\s\S]*?\n {2}\})\s*\)/g,
    (_, type: string | undefined, en: string, fr: string) => {
      const texts = { en: read(en), fr: read(fr) }
      const keys = Object.keys(texts.en)
      const lists = (language ? [language] : (['en', 'fr'] as const)).map(each =>
        keys.map(key => texts[each][key])
      )
      const parts = [keys, ...lists].flat()
      if (parts.some(part => part!.includes('|')))
        throw new Error(`A text may not hold |: ${parts.join(' ')}`)
      const keyType = type ?? `<${keys.map(key => `'${key}'`).join(' | ')}>`
      return `/* @__PURE__ */ packed${keyType}(${lists.length}, ${JSON.stringify(parts.join('|'))})`
    }
  )
  return calls === code ? code : calls.replace(/\bimport \{ words \}/, 'import { packed }')
}

/** The object of a source file, which is nothing but texts. */
const read = (source: string): Record<string, string> =>
  new Function(`return (${source})`)() as Record<string, string>

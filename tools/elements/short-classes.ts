import { readFileSync } from 'node:fs'
import type { Plugin } from 'rollup'
import { sourcesOf } from './element-sources.ts'

const selector = /\.([a-z]+(?:__[a-z]+)?(?:--[a-z]+)?)(?![\w-])/g
const name = /(?<![\w-])[a-z]+(?:__[a-z]+)?(?:--[a-z]+)?(?![\w-])/g
const long = /__|--/

/**
 * Shortens class names in styles, templates and selectors alike: those of two parts, as `bar__state` or `btn--quiet`,
 * as nothing else is written so. Names that are put together at run time stay.
 */
export function shortClasses(src: string): Plugin {
  const sources = sourcesOf(src).map(file => readFileSync(file, 'utf8'))
  const made = new Set(
    sources.flatMap(text => [...text.matchAll(/([a-z_]+--)\$\{/g)].map(([, begin]) => begin!))
  )
  const found = sources.flatMap(text =>
    [...text.matchAll(/= css`([^`]*)`/g)].flatMap(([, css]) =>
      [...css!.matchAll(selector)].map(([, each]) => each!)
    )
  )
  const all = new Set(
    found.filter(each => long.test(each) && ![...made].some(begin => each.startsWith(begin)))
  )
  const short = new Map([...all].map((each, i) => [each, `c${i.toString(36)}`]))
  return {
    name: 'short-classes',
    renderChunk: code => ({ code: code.replace(name, each => short.get(each) ?? each), map: null })
  }
}

import type { Manifest } from './manifest.ts'

/** Types that let JSX (React 19, Preact, Solid …) check our tags: their attributes, texts as everywhere in HTML. */
export function jsxTypes({ modules }: Manifest): string {
  const tags = modules.flatMap(({ declarations }) =>
    declarations.flatMap(({ tagName, description = '', attributes = [] }) => {
      if (!tagName) return []
      const lines = attributes
        .filter(({ name }) => name)
        .map(({ name, type }) => `    '${name}'?: ${attributeType(type?.text)}`)
      const sentence = description.split('\n')[0]
      return [`  /** ${sentence} */\n  '${tagName}': EvsAttributes & {\n${lines.join('\n')}\n  }`]
    })
  )
  return `// Generated from custom-elements.json; do not edit.

/** What every element takes, besides what HTML elements take. */
export interface EvsAttributes {
  id?: string
  class?: string
  lang?: string
  slot?: string
  hidden?: boolean
  density?: 'compact' | 'wall'
  children?: unknown
  ref?: unknown
  key?: string | number
  [event: \`on\${string}\`]: unknown
}

export interface EvsElements {
${tags.join('\n')}
}

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements extends EvsElements {}
  }
}
`
}

const attributeType = (type = 'string'): string =>
  /^boolean\b/.test(type) ? 'boolean' : /^('[^']*'\s*\|?\s*)+$/.test(type) ? type : 'string'

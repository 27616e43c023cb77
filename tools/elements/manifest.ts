import { readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ElementSource } from './element-sources.ts'

interface Named {
  readonly name: string
  readonly description?: string
}
export interface Attribute extends Named {
  readonly type?: { readonly text: string }
  readonly fieldName?: string
}
export interface Member extends Named {
  readonly kind: 'field' | 'method'
  readonly privacy?: string
  readonly static?: boolean
  readonly attribute?: string
  readonly type?: { readonly text: string }
  readonly parameters?: readonly Named[]
  readonly inheritedFrom?: Named
}
export interface ElementDeclaration extends Named {
  readonly kind: string
  readonly tagName?: string
  readonly attributes?: readonly Attribute[]
  readonly members?: readonly Member[]
  readonly events?: readonly (Named & { readonly type?: { readonly text: string } })[] | undefined
  readonly slots?: readonly Named[]
  readonly cssParts?: readonly Named[]
}
/** custom-elements.json, as far as it is read here. Schema: https://github.com/webcomponents/custom-elements-manifest */
export interface Manifest {
  readonly schemaVersion: string
  readonly modules: readonly { readonly path: string; readonly declarations: readonly ElementDeclaration[] }[]
}

interface Analyzer {
  readonly ts: { createSourceFile(name: string, text: string, target: number, parents: boolean): unknown }
  create(input: { modules: unknown[]; plugins: unknown[]; context: { dev: boolean } }): Manifest
}
interface LitPlugins {
  litPlugin(): unknown[]
}

/** The custom elements manifest of these modules: editors, documentation and the JSX types are made from it. */
export async function manifest(root: string, elements: readonly ElementSource[]): Promise<Manifest> {
  const folder = join(root, 'node_modules/@custom-elements-manifest/analyzer')
  // The analyzer has no types of its own for this entry; it brings the TypeScript it needs.
  const { ts, create } = (await import(pathToFileURL(join(folder, 'index.js')).href)) as Analyzer
  const lit = pathToFileURL(join(folder, 'src/features/framework-plugins/lit/lit.js')).href
  const { litPlugin } = (await import(lit)) as LitPlugins
  const src = join(root, 'packages/widgets')
  const files = [join(src, 'src/base/element.ts'), ...elements.map(({ file }) => file)]
  const modules = files.map(file =>
    ts.createSourceFile(relative(src, file).split(sep).join('/'), readFileSync(file, 'utf8'), 99, true)
  )
  return tidy(create({ modules, plugins: [...litPlugin()], context: { dev: false } }))
}

/** Only what a host may use: the analyzer also lists the inner state of elements. */
function tidy(found: Manifest): Manifest {
  const modules = found.modules.map(module => ({
    ...module,
    declarations: module.declarations.map(declaration => {
      const { members = [], attributes = [] } = declaration
      const hidden = new Set(
        members.flatMap(({ name, privacy, static: fixed }) =>
          privacy === 'private' || privacy === 'protected' || fixed || name.startsWith('#') ? [name] : []
        )
      )
      return {
        ...declaration,
        // The analyzer knows an element's class by Lit's, or by its tag: the base of ours has neither.
        ...(declaration.kind === 'class' && { customElement: true }),
        members: members.filter(({ name }) => !hidden.has(name)),
        // The names of events come from the doc comments: in the code they are often values.
        events: declaration.events?.filter(({ name }) => name.startsWith('evs-')),
        attributes: attributes.filter(({ fieldName }) => !fieldName || !hidden.has(fieldName))
      }
    })
  }))
  return { ...found, modules }
}

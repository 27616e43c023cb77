import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** A module that defines an element: its doc comment says `@element evs-name`, its class follows. */
export interface ElementSource {
  readonly file: string
  /** `call-bar` */
  readonly name: string
  /** `evs-call-bar` */
  readonly tag: string
  readonly className: string
}

/** Every file under a folder, in a fixed order. */
export function sourcesOf(folder: string): string[] {
  return readdirSync(folder)
    .sort()
    .flatMap(entry => {
      const path = join(folder, entry)
      return statSync(path).isDirectory() ? sourcesOf(path) : [path]
    })
}

/** The elements of the widgets package, by name. */
export function elementSources(src: string): ElementSource[] {
  return sourcesOf(join(src, 'elements')).flatMap(file => {
    const found = /@element evs-([\w-]+)[\s\S]*?export class (\w+)/.exec(readFileSync(file, 'utf8'))
    return found ? [{ file, name: found[1]!, tag: `evs-${found[1]}`, className: found[2]! }] : []
  })
}

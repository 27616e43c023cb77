import { type Hole, nodesOf, planOf } from './plan.ts'
import { nothing, type TemplateResult } from './template.ts'

type Fill = (values: readonly unknown[]) => void

function attribute(element: Element, { name, fixed }: Hole, host: object): Fill {
  const kind = name[0]
  const own = name.slice(1)
  let last: readonly unknown[] = []
  if (kind === '@')
    element.addEventListener(own, event => {
      const [listener] = last
      if (typeof listener === 'function') listener.call(host, event)
    })
  return values => {
    const before = last
    last = values
    if (kind === '@' || values.every((value, i) => value === before[i])) return
    const [value] = values
    if (kind === '?') element.toggleAttribute(own, Boolean(value) && value !== nothing)
    else if (kind === '.') Object.assign(element, { [own]: value })
    else if (values.includes(nothing)) element.removeAttribute(name)
    else
      element.setAttribute(
        name,
        fixed.reduce((all, part, i) => all + String(values[i - 1]) + part)
      )
  }
}

/** A copy of a template and how its values are changed. */
function copyOf(result: TemplateResult, host: object): readonly [DocumentFragment, Fill] {
  const { content, holes } = planOf(result)
  const fragment = document.importNode(content, true)
  const nodes = nodesOf(fragment)
  const fills = holes.map((hole): Fill => {
    const node = nodes[hole.node]
    if (node instanceof Element) return attribute(node, hole, host)
    const place = new Place(node as Comment, host) // a plan names nothing else
    return ([value]) => place.show(value)
  })
  return [
    fragment,
    values => {
      let at = 0
      holes.forEach(({ fixed }, i) => {
        const end = at + fixed.length - 1
        fills[i]!(values.slice(at, end))
        at = end
      })
    }
  ]
}

/** What shows itself in a place in its own way: `repeat`, `guard`. */
export type Showing = (place: Place) => void

/** A place in the page, between two comments, that shows one value and then another. */
export class Place {
  /** Of a `Showing`, for the next time; forgotten when the place is cleared. */
  memory: unknown = null
  readonly start = document.createComment('')
  readonly end: Comment
  readonly #host: object
  #strings: TemplateStringsArray | null = null
  #fill: Fill | null = null
  #text: Text | null = null
  #list: Place[] | null = null

  constructor(end: Comment, host: object) {
    this.end = end
    this.#host = host
    end.before(this.start)
  }

  /** Shows a text, a template, a list of both, or nothing; what stays the same is left alone. */
  show(value: unknown): void {
    if (typeof value === 'function') value(this)
    else if (Array.isArray(value)) this.#showList(value)
    else if (typeof value === 'object' && value)
      this.#showTemplate(value as TemplateResult) // no other object is shown
    else {
      const text = value === nothing ? '' : String(value ?? '')
      if (!this.#text || text === '') this.clear()
      if (text === '' || this.#text?.data === text) return
      if (!this.#text) {
        this.#text = new Text()
        this.end.before(this.#text)
      }
      this.#text.data = text
    }
  }

  /** A new place at the end of this one. */
  add(): Place {
    const end = document.createComment('')
    this.end.before(end)
    return new Place(end, this.#host)
  }

  clear(): void {
    while (this.start.nextSibling !== this.end) this.start.nextSibling!.remove()
    this.#strings = this.#text = this.#list = this.memory = null
  }

  remove(): void {
    this.clear()
    this.start.remove()
    this.end.remove()
  }

  #showTemplate(result: TemplateResult): void {
    const { strings, values } = result
    if (this.#strings !== strings) {
      this.clear()
      const [fragment, fill] = copyOf(result, this.#host)
      this.#strings = strings
      this.#fill = fill
      fill(values)
      this.end.before(fragment)
    } else this.#fill!(values)
  }

  #showList(values: readonly unknown[]): void {
    if (!this.#list) this.clear()
    this.#list ??= []
    const list = this.#list
    for (const place of list.splice(values.length)) place.remove()
    values.forEach((value, i) => {
      list[i] ??= this.add()
      list[i].show(value)
    })
  }
}

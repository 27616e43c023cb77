import { type nothing, render, type TemplateResult } from 'lit/html.js'
import { sheetOf } from './sheet.ts'

/** How a property is told to the element: under which attribute, as what. */
export interface PropertyDeclaration {
  /** Its attribute, `false`: none; default: the name of the property, `base-url` for `baseUrl`. */
  readonly attribute?: string | boolean
  /** What the text of the attribute becomes; default: a text. */
  readonly type?: BooleanConstructor | NumberConstructor
  /** A text that is written into the attribute as well. */
  readonly reflect?: boolean
  /** The element's own: without an attribute. */
  readonly state?: boolean
}
export type PropertyDeclarations = Readonly<Record<string, PropertyDeclaration>>
/** The properties that changed since the last rendering, with what they were. */
export type PropertyValues = ReadonlyMap<string, unknown>
/** Sheets, as `css` makes them, in lists of any depth. */
export type Styles = string | readonly Styles[]

interface Declared {
  readonly properties?: PropertyDeclarations
}
/** The properties of each defined class, by name. */
const declared = new WeakMap<object, Map<string, PropertyDeclaration>>()
const attributeOf = (
  name: string,
  { attribute = name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`), state }: PropertyDeclaration
): string | null => (state || typeof attribute === 'boolean' ? null : attribute)

/**
 * A custom element whose declared properties follow its attributes and which renders, once for all changes of a task,
 * into its shadow root by Lit's templates. What `LitElement` does for us, without what we do not use of it.
 */
export abstract class ReactiveElement extends HTMLElement {
  static properties: PropertyDeclarations = {}
  static styles: Styles = []

  /** Read by the browser when the class is defined: its properties become accessors. */
  static get observedAttributes(): string[] {
    // biome-ignore lint/complexity/noThisInStatic: the class that is being defined, an heir of this one.
    // biome-ignore lint/complexity/noUselessThisAlias: the other rule would have it written out.
    const own: typeof ReactiveElement = this
    const all = new Map<string, PropertyDeclaration>()
    for (let at: Declared = own; at.properties; at = Object.getPrototypeOf(at) as Declared)
      for (const [name, declaration] of Object.entries(at.properties)) {
        if (all.has(name)) continue
        all.set(name, declaration)
        Object.defineProperty(own.prototype, name, {
          get(this: ReactiveElement) {
            return this.#values.get(name)
          },
          set(this: ReactiveElement, value: unknown) {
            this.#set(name, value)
          },
          configurable: true
        })
      }
    declared.set(own, all)
    return [...all].map(each => attributeOf(...each)).filter(attribute => attribute !== null)
  }

  /** Where it renders; there from its first connection on. */
  declare renderRoot: ShadowRoot
  /** Resolves when what was changed is rendered; false: rendering has changed something again. */
  updateComplete!: Promise<boolean>
  readonly #values = new Map<string, unknown>()
  /** Set on the element before its class was defined. */
  readonly #early = new Map<string, unknown>()
  #changed = new Map<string, unknown>()
  #pending = false
  #connected!: () => void

  constructor() {
    super()
    for (const name of this.#declared.keys())
      if (Object.hasOwn(this, name)) {
        this.#early.set(name, this[name as keyof this])
        delete this[name as keyof this]
      }
    const connected = new Promise<void>(resolve => {
      this.#connected = resolve
    })
    this.#plan(connected)
  }

  get #declared(): Map<string, PropertyDeclaration> {
    return declared.get(this.constructor)! // of every class that the browser has registered
  }

  connectedCallback(): void {
    this.renderRoot ??= this.shadowRoot ?? this.attachShadow({ mode: 'open' })
    const { styles } = this.constructor as typeof ReactiveElement
    this.renderRoot.adoptedStyleSheets = [styles].flat(9).map(text => sheetOf(text as string)) // no list is deeper
    this.#connected()
  }

  disconnectedCallback(): void {}

  attributeChangedCallback(attribute: string, _before: string | null, text: string | null): void {
    for (const [name, declaration] of this.#declared) {
      if (attributeOf(name, declaration) !== attribute) continue
      const { type } = declaration
      const value = type === Boolean ? text !== null : type && text !== null ? type(text) : text
      this.#set(name, value)
    }
  }

  /** Renders again, with whatever else changes in this task. */
  requestUpdate(): void {
    if (!this.#pending) this.#plan(this.updateComplete)
  }

  /** What is computed from changed properties before rendering; what it changes is rendered with them. */
  protected willUpdate(_changed: PropertyValues): void {}
  protected abstract render(): TemplateResult | typeof nothing
  /** After what is rendered stands in the page. */
  protected updated(_changed: PropertyValues): void {}

  #set(name: string, value: unknown): void {
    const before = this.#values.get(name)
    if (Object.is(before, value)) return
    this.#values.set(name, value)
    if (!this.#changed.has(name)) this.#changed.set(name, before)
    this.requestUpdate()
  }

  #plan(after: Promise<unknown>): void {
    this.#pending = true
    this.updateComplete = this.#update(after)
  }

  async #update(after: Promise<unknown>): Promise<boolean> {
    // What failed before has told whoever waited for it.
    await after.catch(() => {})
    for (const [name, value] of this.#early) this.#set(name, value)
    this.#early.clear()
    const changed = this.#changed
    try {
      this.willUpdate(changed)
      for (const [name, declaration] of this.#declared) {
        const text = this.#values.get(name)
        if (declaration.reflect && changed.has(name) && typeof text === 'string')
          this.setAttribute(attributeOf(name, declaration)!, text)
      }
      render(this.render(), this.renderRoot, { host: this })
    } finally {
      this.#changed = new Map()
      this.#pending = false
    }
    this.updated(changed)
    return !this.#pending
  }
}

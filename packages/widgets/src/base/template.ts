/** A template with its values, to be shown by `render`. */
export interface TemplateResult {
  readonly strings: TemplateStringsArray
  readonly values: readonly unknown[]
  /** It stands inside a drawing. */
  readonly drawing: boolean
}
type Tag = (strings: TemplateStringsArray, ...values: readonly unknown[]) => TemplateResult
const tag =
  (drawing: boolean): Tag =>
  (strings, ...values) => ({ strings, values, drawing })

/** Shows nothing, and takes an attribute away. */
export const nothing = Symbol()

/**
 * A part of a page with values in it: in a text (texts, other templates, lists of both), as attribute (`name=${…}`, also
 * several in quotes), as listener (`@click=${…}`), as attribute that is there or not (`?disabled=${…}`), as property
 * (`.value=${…}`). The syntax is that of Lit.
 */
export const html: Tag = tag(false)
/** The same for what stands inside of an `<svg>`. */
export const svg: Tag = tag(true)

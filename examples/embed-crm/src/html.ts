/** Text that is HTML already. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Part = string | Html | readonly Html[]

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;'
}
const quote = (text: string): string => text.replace(/[&<>"']/g, sign => escapes[sign]!)

/** A template whose strings are escaped wherever they stand; `Html` and lists of it are taken as they are. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const text = (part: Part): string =>
    typeof part === 'string'
      ? quote(part)
      : part instanceof Html
        ? part.text
        : part.map(one => one.text).join('')
  return new Html(strings.reduce((all, string, at) => all + text(parts[at - 1]!) + string))
}

/** Marks a style sheet for editors and for the build, which makes it short; its text is left as it is. */
export const css = ([text]: TemplateStringsArray): string => text!

const sheets = new Map<string, CSSStyleSheet>()

/** The sheet of a text; elements with the same styles share it. */
export function sheetOf(text: string): CSSStyleSheet {
  let sheet = sheets.get(text)
  if (!sheet) {
    sheet = new CSSStyleSheet()
    sheet.replaceSync(text)
    sheets.set(text, sheet)
  }
  return sheet
}

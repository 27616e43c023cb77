import { onLanguageChange } from '@evscallpro/widgets'
import { html, LitElement, svg, type TemplateResult } from 'lit'
import { french, type Language, language } from './language.ts'

/** Texts of one page in both languages: a text that is missing in French is an error of the compiler. */
export type Texts<K extends string> = Readonly<Record<Language, Readonly<Record<K, string>>>>
export const texts = <K extends string>(
  en: Readonly<Record<K, string>>,
  fr: Readonly<Record<NoInfer<K>, string>>
): Texts<K> => ({
  en,
  fr: Object.fromEntries(Object.entries<string>(fr).map(([key, text]) => [key, french(text)])) as Record<
    K,
    string
  > // the same keys
})

/** A part of a page. It renders into the page itself, so that the page's style sheet and its labels reach it. */
export abstract class PageElement extends LitElement {
  #end: (() => void) | null = null

  protected override createRenderRoot(): HTMLElement {
    return this
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#end = onLanguageChange(() => this.requestUpdate())
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#end?.()
  }

  protected get language(): Language {
    return language()
  }
}

/** The line between two people: our mark. */
export const mark = (): TemplateResult =>
  html`<svg class="g" viewBox="0 0 28 14" aria-hidden="true">${svg`<circle cx="5" cy="7" r="4" fill="currentColor"/><path d="M5 7h18" stroke-width="3.2"/><circle cx="23" cy="7" r="4" fill="currentColor"/>`}</svg>`

const icons = {
  alert: 'M10 3.2L18 16.8H2zM10 8v4M10 14.3v.01',
  check: 'M4 10.5l4 4 8-9',
  user: 'M13 7a3 3 0 1 1-6 0a3 3 0 0 1 6 0M4 16.5c.6-3.4 3-5 6-5s5.4 1.6 6 5',
  plus: 'M10 4v12M4 10h12',
  clock: 'M16.8 10a6.8 6.8 0 1 1-13.6 0a6.8 6.8 0 0 1 13.6 0M10 6v4.3l3 1.8'
} as const

export const icon = (name: keyof typeof icons): TemplateResult =>
  html`<svg class="i" viewBox="0 0 20 20" aria-hidden="true"><path d=${icons[name]}></path></svg>`

import { html, type TemplateResult } from '../base/template.ts'

const letters: Readonly<Record<string, string>> = {
  2: 'ABC',
  3: 'DEF',
  4: 'GHI',
  5: 'JKL',
  6: 'MNO',
  7: 'PQRS',
  8: 'TUV',
  9: 'WXYZ'
}

/** The keys of a telephone, in their order. */
export const keys: readonly string[] = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#']

/** Twelve keys; `press` hears which. */
export const keypad = (press: (key: string) => void): TemplateResult =>
  html`<div class="pad__keys">${keys.map(key => html`<button type="button" class="key" part="key" @click=${() => press(key)}>${key}<small aria-hidden="true">${letters[key] ?? ''}</small></button>`)}</div>`

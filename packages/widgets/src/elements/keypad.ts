import { html, type TemplateResult } from 'lit/html.js'

/** On the keys from 1. */
const letters = ' ABC DEF GHI JKL MNO PQRS TUV WXYZ'.split(' ')

/** The keys of a telephone, in their order. */
export const keys: readonly string[] = [...'123456789*0#']

/** Twelve keys; `press` hears which. */
export const keypad = (press: (key: string) => void): TemplateResult =>
  html`<div class="pad__keys">${keys.map(key => html`<button type="button" class="key" part="key" @click=${() => press(key)}>${key}<small aria-hidden="true">${letters[Number(key) - 1] ?? ''}</small></button>`)}</div>`

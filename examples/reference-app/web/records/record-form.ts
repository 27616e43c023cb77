import { html, nothing, type TemplateResult } from 'lit'
import { icon, texts } from '../page-element.ts'
import { ServerPart } from '../server-part.ts'
import { refusal, wrongFields } from '../server-says.ts'
import type { Both, Choice, Field } from './record-kind.ts'

const words = texts(
  { save: 'Save', cancel: 'Cancel', failed: 'Not saved.', none: '—' },
  { save: 'Enregistrer', cancel: 'Annuler', failed: 'Non enregistré.', none: '—' }
)

/**
 * The form of one record. What the server refuses is shown at the field that it names; nothing typed is lost by it.
 * Fires `done` when it is saved or left.
 */
export class RecordForm extends ServerPart {
  static override properties = {
    ...ServerPart.properties,
    fields: { attribute: false },
    values: { attribute: false },
    heading: {},
    save: { attribute: false },
    done: { state: true },
    choices: { state: true }
  }
  declare fields: readonly Field[]
  declare values: Readonly<Record<string, unknown>>
  declare heading: string
  declare save: (body: object, done: (part: Both) => void) => Promise<unknown>
  /** What was saved before the rest failed. */
  declare done: Both | null
  declare choices: ReadonlyMap<string, readonly Choice[]>

  constructor() {
    super()
    this.fields = []
    this.values = {}
    this.heading = ''
    this.save = async () => {}
    this.done = null
    this.choices = new Map()
  }

  /** Reads what can be chosen; what was chosen already stays. */
  protected override async read(): Promise<void> {
    const first = this.choices.size === 0
    const read = this.fields.map(
      async ({ name, choices }) => [name, (await choices?.(this.language)) ?? []] as const
    )
    this.choices = new Map(await Promise.all(read))
    await this.updateComplete
    if (first) this.querySelector<HTMLElement>('input, select')?.focus()
  }

  protected override render(): TemplateResult {
    const text = words[this.language]
    const known = new Set(this.fields.map(({ name }) => name))
    const wrong = wrongFields(this.failure, this.language)
    const rest = wrong.filter(({ field }) => !known.has(field)).map(({ sentence }) => sentence)
    return html`<form class="panel" novalidate @submit=${this.#submit}>
      <div class="panel__head"><h2>${this.heading}</h2></div>
      <div class="panel__body">
        <div class="fields">${this.fields.map(field => this.#field(field))}</div>
        ${this.unread ? this.renderFailure() : nothing}
        <div role="alert">${
          this.failure && !this.unread
            ? html`<p class="msg s-danger">${icon('alert')}<span><b>${(this.done ?? { fr: words.fr.failed, en: words.en.failed })[this.language]}</b> ${
                rest.length > 0
                  ? rest.join(' ')
                  : wrong.length > 0
                    ? ''
                    : refusal(this.failure, this.language)
              }</span></p>`
            : nothing
        }</div>
      </div>
      <div class="panel__foot row">
        <button class="btn btn--primary" ?disabled=${this.busy}>${text.save}</button>
        <button class="btn" type="button" @click=${this.#end}>${text.cancel}</button>
      </div>
    </form>`
  }

  #field(field: Field): TemplateResult {
    const { name, label, hint, type } = field
    const id = `f-${name}`
    const issues = wrongFields(this.failure, this.language).filter(({ field }) => field === name)
    const described = [hint ? `${id}-hint` : '', issues.length > 0 ? `${id}-wrong` : '']
      .filter(Boolean)
      .join(' ')
    const notes = html`${hint ? html`<p class="hint" id="${id}-hint">${hint[this.language]}</p>` : nothing}${
      issues.length > 0
        ? html`<p class="msg msg--line s-danger" id="${id}-wrong">${icon('alert')}<span>${issues
            .map(({ sentence }) => sentence)
            .join(' ')}</span></p>`
        : nothing
    }`
    if (type === 'several')
      return html`<fieldset class="field field--wide"><legend class="label">${label[this.language]}</legend>
        <div class="ticks">${(this.choices.get(name) ?? []).map(
          ({ value, label: word }) =>
            html`<label><input type="checkbox" name=${name} value=${String(value)}
              ?checked=${this.#list(name).includes(String(value))}> ${word}</label>`
        )}</div>${notes}</fieldset>`
    if (type === 'yes')
      return html`<div class="field"><label class="row"><input type="checkbox" id=${id} name=${name}
        ?checked=${this.#value(field) === true}> ${label[this.language]}</label>${notes}</div>`
    return html`<div class="field"><label for=${id}>${label[this.language]}</label>${
      type === 'choice'
        ? html`<select class="input" id=${id} name=${name} aria-describedby=${described || nothing}>${(
            this.choices.get(name) ?? []
          ).map(
            ({ value, label: word }) =>
              html`<option value=${JSON.stringify(value)} ?selected=${value === (this.#value(field) ?? null)}>${word}</option>`
          )}</select>`
        : html`<input class="input" id=${id} name=${name} type=${type === 'list' ? 'text' : type}
            autocomplete=${type === 'password' ? 'new-password' : 'off'} .value=${this.#text(field)}
            aria-invalid=${issues.length > 0 ? 'true' : nothing} aria-describedby=${described || nothing}>`
    }${notes}</div>`
  }

  #value({ name, initial }: Field): unknown {
    return name in this.values ? this.values[name] : initial
  }

  #list(name: string): readonly string[] {
    const value = this.values[name]
    return Array.isArray(value) ? value.map(String) : []
  }

  #text(field: Field): string {
    const value = this.#value(field)
    return Array.isArray(value) ? value.join(', ') : value == null ? '' : String(value)
  }

  readonly #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    if (this.busy) return
    const form = new FormData(event.currentTarget as HTMLFormElement) // the listener is on the form
    const body = Object.fromEntries(this.fields.flatMap(field => entry(field, form, this.values[field.name])))
    this.done = null
    const saved = await this.attempt(async () => {
      await this.save(body, part => {
        this.done = part
      })
    })
    if (saved) this.#end()
    else this.querySelector<HTMLElement>('[aria-invalid=true]')?.focus()
  }

  readonly #end = (): void => void this.dispatchEvent(new Event('done'))
}

/**
 * The field as the API wants it; nothing for one that was left empty and needs no value. One that had a value and was
 * emptied goes as it is: the server says when it cannot be empty.
 */
function entry(
  { name, type, nullable, required }: Field,
  form: FormData,
  before: unknown
): [string, unknown][] {
  const text = String(form.get(name) ?? '').trim()
  if (type === 'yes') return [[name, form.has(name)]]
  if (type === 'several')
    return [[name, form.getAll(name).map(each => (/^\d+$/.test(String(each)) ? Number(each) : String(each)))]]
  if (type === 'choice') return text === '' ? [] : [[name, JSON.parse(text)]]
  if (type === 'list') return [[name, text === '' ? [] : text.split(/\s*,\s*/)]]
  if (text === '') return nullable ? [[name, null]] : required || before != null ? [[name, '']] : []
  if (type === 'number') return [[name, Number(text.replace(',', '.'))]]
  return [[name, text]]
}

customElements.define('app-record-form', RecordForm)

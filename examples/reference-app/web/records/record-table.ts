import { html, nothing, type TemplateResult } from 'lit'
import { icon, PageElement, texts } from '../page-element.ts'
import { RestError } from '../rest.ts'
import './record-form.ts'
import type { RecordKind } from './record-kind.ts'

const words = texts(
  {
    change: 'Change',
    remove: 'Remove',
    sure: 'Remove for good?',
    yes: 'Yes, remove',
    no: 'Keep',
    empty: 'Nothing here yet.',
    loading: 'Loading …'
  },
  {
    change: 'Modifier',
    remove: 'Supprimer',
    sure: 'Supprimer pour de bon ?',
    yes: 'Oui, supprimer',
    no: 'Garder',
    empty: 'Rien ici pour l’instant.',
    loading: 'Chargement …'
  }
)

interface Row {
  readonly id: number
}

/** A table of one kind of records, and the form to add or change one, beside it. */
export class RecordTable extends PageElement {
  static override properties = {
    kind: { attribute: false },
    rows: { state: true },
    open: { state: true },
    doomed: { state: true },
    trouble: { state: true }
  }
  /** A kind of any row: the table hands its rows back to it and reads nothing but their id. */
  declare kind: RecordKind<never>
  declare rows: readonly Row[] | null
  declare open: { readonly id: number | null; readonly values: Readonly<Record<string, unknown>> } | null
  declare doomed: number | null
  declare trouble: string | null

  constructor() {
    super()
    this.rows = null
    this.open = null
    this.doomed = null
    this.trouble = null
  }

  override connectedCallback(): void {
    super.connectedCallback()
    void this.refresh()
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (!changed.has('kind') || changed.get('kind') === undefined) return
    this.rows = null
    this.open = null
    void this.refresh()
  }

  /** Reads the rows again. */
  async refresh(): Promise<void> {
    await this.#try(async () => {
      this.rows = await this.kind.list()
    })
  }

  protected override render(): TemplateResult {
    const text = words[this.language]
    const { title, add } = this.kind
    const headings = { fr: title.fr, en: title.en }
    return html`<div class=${this.open ? 'records records--open' : 'records'}>
      <section class="panel panel--flush">
        <div class="panel__head"><h2>${headings[this.language]}</h2>${
          add && this.kind.create
            ? html`<button class="btn" @click=${() => this.#edit(null)}>${icon('plus')} ${add[this.language]}</button>`
            : nothing
        }</div>
        <div role="alert">${this.trouble ? html`<p class="msg s-danger">${icon('alert')}<span>${this.trouble}</span></p>` : nothing}</div>
        <div class="panel__body">${
          this.rows === null
            ? html`<p class="empty muted">${text.loading}</p>`
            : this.rows.length === 0
              ? html`<p class="empty muted">${text.empty}</p>`
              : this.#table(this.rows)
        }</div>
      </section>
      ${this.open ? this.#form(this.open) : nothing}
    </div>`
  }

  #table(rows: readonly Row[]): TemplateResult {
    const text = words[this.language]
    const { columns, change, remove } = this.kind
    const actions = change !== null || remove !== null
    return html`<div class="scroll" tabindex="0" role="region" aria-label=${this.kind.title[this.language]}><table class="table">
      <thead><tr>${columns.map(({ label, end }) => html`<th scope="col" class=${end ? 'r' : ''}>${label[this.language]}</th>`)}${
        actions ? html`<td></td>` : nothing
      }</tr></thead>
      <tbody>${rows.map(row => {
        // The kind made these rows itself: what it reads in them is its own.
        const cells = columns.map(({ value, end }) => ({ text: value(row as never, this.language), end }))
        const name = String(cells[0]?.text ?? row.id)
        return html`<tr aria-selected=${this.open?.id === row.id ? 'true' : nothing}>${cells.map(
          cell => html`<td class=${cell.end ? 'r' : ''}>${cell.text}</td>`
        )}${
          actions
            ? html`<td class="r nw">${
                this.doomed === row.id
                  ? html`<span>${text.sure}</span>
                    <button class="btn" @click=${() => this.#remove(row.id)}>${text.yes}</button>
                    <button class="btn" @click=${() => this.#doom(null)}>${text.no}</button>`
                  : html`${
                      change
                        ? html`<button class="btn btn--quiet" aria-label="${text.change} ${name}" @click=${() => this.#edit(row)}>${text.change}</button>`
                        : nothing
                    }${
                      remove
                        ? html`<button class="btn btn--quiet" aria-label="${text.remove} ${name}" @click=${() => this.#doom(row.id)}>${text.remove}</button>`
                        : nothing
                    }`
              }</td>`
            : nothing
        }</tr>`
      })}</tbody></table></div>`
  }

  #form(open: NonNullable<RecordTable['open']>): TemplateResult {
    const { create, change, add, title } = this.kind
    const fields = this.kind.fields.filter(({ only }) => only !== (open.id === null ? 'change' : 'new'))
    const save = (body: object): Promise<unknown> =>
      open.id === null ? create!(body) : change!(open.id, body)
    const row = this.rows?.find(({ id }) => id === open.id)
    const heading = row
      ? String(this.kind.columns[0]!.value(row as never, this.language))
      : (add ?? title)[this.language]
    return html`<app-record-form .fields=${fields} .values=${open.values} .save=${save} .heading=${heading}
      @done=${this.#close}></app-record-form>`
  }

  async #edit(row: Row | null): Promise<void> {
    this.open = null
    await this.updateComplete
    await this.#try(async () => {
      const values = row && ((await this.kind.values?.(row as never)) ?? row)
      this.open = { id: row?.id ?? null, values: { ...values } }
    })
  }

  #doom(id: number | null): void {
    this.doomed = id
  }

  async #remove(id: number): Promise<void> {
    this.doomed = null
    await this.#try(async () => void (await this.kind.remove!(id)))
    await this.refresh()
  }

  readonly #close = async (): Promise<void> => {
    this.open = null
    await this.refresh()
  }

  async #try(work: () => Promise<void>): Promise<void> {
    try {
      this.trouble = null
      await work()
    } catch (error) {
      if (!(error instanceof RestError)) throw error
      this.trouble = error.message
    }
  }
}

customElements.define('app-records', RecordTable)

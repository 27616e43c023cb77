import { html, nothing, type TemplateResult } from 'lit'
import { icon, texts } from '../page-element.ts'
import { ServerPart } from '../server-part.ts'
import './record-form.ts'
import type { Both, RecordKind } from './record-kind.ts'

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
export class RecordTable extends ServerPart {
  static override properties = {
    ...ServerPart.properties,
    kind: { attribute: false },
    rows: { state: true },
    open: { state: true },
    doomed: { state: true }
  }
  /** A kind of any row: the table hands its rows back to it and reads nothing but their id. */
  declare kind: RecordKind<never>
  declare rows: readonly Row[] | null
  declare open: { readonly id: number | null; readonly values: Readonly<Record<string, unknown>> } | null
  declare doomed: number | null

  constructor() {
    super()
    this.rows = null
    this.open = null
    this.doomed = null
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (!changed.has('kind') || changed.get('kind') === undefined) return
    this.rows = null
    this.open = null
    void this.refresh()
  }

  protected override async read(): Promise<void> {
    const { kind } = this
    const rows = await kind.list()
    if (kind === this.kind) this.rows = rows // another was chosen meanwhile
  }

  /** Opens the form of a row, as it is on the server now; without such a row nothing is opened. */
  async openRecord(id: number): Promise<void> {
    await this.updateComplete
    await this.refresh()
    const row = this.rows?.find(each => each.id === id)
    if (row) await this.#edit(row)
  }

  protected override render(): TemplateResult {
    const text = words[this.language]
    const { title, add } = this.kind
    const headings = { fr: title.fr, en: title.en }
    return html`<div class=${this.open ? 'records records--open' : 'records'}>
      <section class="panel panel--flush">
        <div class="panel__head"><h2 tabindex="-1">${headings[this.language]}</h2>${
          add && this.kind.create
            ? html`<button class="btn" data-opens="new" @click=${() => this.#edit(null)}>${icon('plus')} ${add[this.language]}</button>`
            : nothing
        }</div>
        ${this.renderFailure()}
        <div class="panel__body">${
          this.rows === null
            ? html`<p class="empty muted">${this.unread ? nothing : text.loading}</p>`
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
                  ? html`<span id="sure">${text.sure}</span>
                    <button class="btn" aria-describedby="sure" ?disabled=${this.busy} @click=${() => this.#remove(row.id)}>${text.yes}</button>
                    <button class="btn" aria-describedby="sure" data-keeps @click=${() => this.#keep(row.id)}>${text.no}</button>`
                  : html`${
                      change
                        ? html`<button class="btn btn--quiet" data-opens=${row.id} aria-label="${text.change} ${name}" @click=${() => this.#edit(row)}>${text.change}</button>`
                        : nothing
                    }${
                      remove
                        ? html`<button class="btn btn--quiet" data-removes=${row.id} aria-label="${text.remove} ${name}" @click=${() => this.#doom(row.id)}>${text.remove}</button>`
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
    const save = (body: object, done: (part: Both) => void): Promise<unknown> =>
      open.id === null ? create!(body) : change!(open.id, body, done)
    const row = this.rows?.find(({ id }) => id === open.id)
    const heading = row
      ? String(this.kind.columns[0]!.value(row as never, this.language))
      : (add ?? title)[this.language]
    return html`<app-record-form .fields=${fields} .values=${open.values} .save=${save} .heading=${heading}
      @done=${this.#close}></app-record-form>`
  }

  async #edit(row: Row | null): Promise<void> {
    this.open = null
    this.doomed = null
    await this.updateComplete
    await this.attempt(async () => {
      const values = row && ((await this.kind.values?.(row as never)) ?? row)
      this.open = { id: row?.id ?? null, values: { ...values } }
    })
  }

  /** Asks first; what has the focus then is the way back. */
  #doom(id: number): void {
    this.doomed = id
    void this.#focus('[data-keeps]')
  }

  #keep(id: number): void {
    this.doomed = null
    void this.#focus(`[data-removes="${id}"]`)
  }

  async #remove(id: number): Promise<void> {
    const removed = await this.attempt(async () => void (await this.kind.remove!(id)))
    this.doomed = null
    if (removed) await this.refresh()
    await this.#focus(`[data-removes="${id}"]`)
  }

  readonly #close = async (): Promise<void> => {
    const from = this.open?.id ?? 'new'
    this.open = null
    await this.#focus(`[data-opens="${from}"]`)
    await this.refresh()
  }

  /** What had the focus goes away: it comes to `next`, or to the heading when that is gone. */
  async #focus(next: string): Promise<void> {
    await this.updateComplete
    const target = this.querySelector<HTMLElement>(next) ?? this.querySelector<HTMLElement>('h2')
    target?.focus()
  }
}

customElements.define('app-records', RecordTable)

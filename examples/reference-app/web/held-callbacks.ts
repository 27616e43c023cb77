import { html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import { dueMoment } from './due-moment.ts'
import { heldWords as words } from './held-words.ts'
import { icon } from './page-element.ts'
import { rest } from './rest.ts'
import { ServerPart } from './server-part.ts'
import { session } from './session.ts'

/** Changes on the floor are gathered for so long before the list is read again, ms. */
const gatherMs = 3_000
const mostRows = 500

interface Reason {
  readonly code: string
  /** Id of the rule. */
  readonly ref: number | null
  readonly name: string | null
}

interface Callback {
  readonly id: number
  readonly campaignId: number
  readonly campaignName: string
  readonly contactId: number
  readonly firstName: string | null
  readonly lastName: string | null
  readonly agentName: string | null
  readonly dueAt: string
  readonly heldBackBy: readonly Reason[]
}

/** What a supervisor wants to change: a rule of a campaign. */
export interface RuleWanted {
  readonly campaignId: number
  readonly ruleId: number
}

/**
 * Promised callbacks that a full quota keeps from being served, the next first, with the rules that do. `rule-wanted`
 * asks the page for the form of one of them; a callback may also be given up.
 */
export class HeldCallbacks extends ServerPart {
  static override properties = {
    ...ServerPart.properties,
    campaignId: { attribute: false },
    items: { state: true },
    doomed: { state: true },
    giving: { state: true }
  }
  /** The campaign whose rules the page shows beside. */
  declare campaignId: number | null
  /** null: not read yet. */
  declare items: readonly Callback[] | null
  /** The one that is to be given up, once he has said yes. */
  declare doomed: number | null
  declare giving: boolean
  #timer: ReturnType<typeof setTimeout> | null = null
  #end: () => void = () => {}
  /** Subscriptions to the rules that hold callbacks back and to those beside, by campaign. */
  readonly #rules = new Map<number, () => void>()

  constructor() {
    super()
    this.campaignId = null
    this.items = null
    this.doomed = null
    this.giving = false
  }

  override connectedCallback(): void {
    super.connectedCallback()
    // Contacts that a quota holds back are none that are left: the counts of campaigns move with it.
    this.#end = session.campaignBoard.subscribe(this.#soon)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#end()
    for (const end of this.#rules.values()) end()
    this.#rules.clear()
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  readonly #soon = (): void => {
    this.#timer ??= setTimeout(() => {
      this.#timer = null
      void this.refresh()
    }, gatherMs)
  }

  protected override async read(): Promise<void> {
    const path = `/api/callbacks?heldBack=true&limit=${mostRows}`
    this.items = (await rest<{ items: Callback[] }>('GET', path)).items
  }

  protected override updated(): void {
    if (this.isConnected) this.#followRules()
  }

  /** A limit that is raised lets callbacks go, one that is lowered holds them back: neither is news of the campaign. */
  #followRules(): void {
    const campaignIds = new Set(this.items?.map(({ campaignId }) => campaignId))
    if (this.campaignId !== null) campaignIds.add(this.campaignId)
    for (const [id, end] of this.#rules) {
      if (campaignIds.has(id)) continue
      end()
      this.#rules.delete(id)
    }
    for (const id of campaignIds)
      if (!this.#rules.has(id)) this.#rules.set(id, session.quotas(id).subscribe(this.#soon))
  }

  protected override render(): TemplateResult {
    const text = words[this.language]
    const { items } = this
    const empty = items === null ? text.loading : text.none
    return html`<section class="panel panel--flush">
      <div class="panel__head"><h2 tabindex="-1">${text.title}${items?.length ? ` · ${items.length}` : ''}</h2></div>
      ${this.renderFailure()}
      <div class="panel__body">${
        items?.length
          ? html`<p class="hint inset">${text.lead}</p>${this.#table(items)}${
              items.length === mostRows
                ? html`<p class="hint inset">${text.first.replace('{n}', String(mostRows))}</p>`
                : nothing
            }`
          : html`<p class="empty muted">${this.unread && items === null ? nothing : empty}</p>`
      }</div></section>`
  }

  #table(items: readonly Callback[]): TemplateResult {
    const text = words[this.language]
    const heads = (['due', 'contact', 'agent', 'campaign', 'rule'] as const).map(
      key => html`<th scope="col">${text[key]}</th>`
    )
    return html`<div class="scroll" tabindex="0" role="region" aria-label=${text.title}><table class="table">
      <thead><tr>${heads}<td></td></tr></thead>
      <tbody>${repeat(
        items,
        ({ id }) => id,
        each => this.#row(each)
      )}</tbody></table></div>`
  }

  #row(callback: Callback): TemplateResult {
    const text = words[this.language]
    const { id, dueAt, agentName, campaignName, heldBackBy } = callback
    const late = Date.parse(dueAt) < session.now()
    return html`<tr><td class="nw">${dueMoment(dueAt, this.language)}${
      late ? html` <span class="over over--alert">${icon('alert')} ${text.late}</span>` : nothing
    }</td><td>${this.#name(callback)}</td><td>${agentName ?? text.team}</td><td>${campaignName}</td>
      <td>${heldBackBy.map(each => this.#reason(callback, each))}</td>
      <td class="r nw">${
        this.doomed === id
          ? html`<span id="sure-callback">${text.sure}</span>
            <button class="btn" aria-describedby="sure-callback" ?disabled=${this.giving} @click=${() => this.#giveUp(id)}>${text.yes}</button>
            <button class="btn" aria-describedby="sure-callback" data-keeps @click=${() => this.#keep(id)}>${text.no}</button>`
          : html`<button class="btn btn--quiet" data-gives=${id} aria-label="${text.giveUpOf} ${this.#name(callback)}" @click=${() => this.#doom(id)}>${text.giveUp}</button>`
      }</td></tr>`
  }

  #name({ firstName, lastName, contactId }: Callback): string {
    const name = [firstName, lastName].filter(Boolean).join(' ')
    return name || words[this.language].nameless.replace('{id}', String(contactId))
  }

  #reason({ campaignId }: Callback, { code, ref, name }: Reason): TemplateResult {
    const text = words[this.language]
    const ofQuota = code === 'quota_full' || code === 'quota_building'
    return html`<div>${name}${
      ofQuota && ref !== null
        ? html` · ${text[code]}
          <button class="btn btn--quiet" aria-label="${text.change} ${name}" @click=${() => this.#want({ campaignId, ruleId: ref })}>${text.change}</button>`
        : nothing
    }</div>`
  }

  #want(detail: RuleWanted): void {
    this.dispatchEvent(new CustomEvent('rule-wanted', { detail, bubbles: true }))
  }

  /** Asks first; what has the focus then is the way back. */
  #doom(id: number): void {
    this.doomed = id
    void this.#focus('[data-keeps]')
  }

  #keep(id: number): void {
    this.doomed = null
    void this.#focus(`[data-gives="${id}"]`)
  }

  async #giveUp(id: number): Promise<void> {
    this.giving = true
    await this.attempt(async () => void (await rest('DELETE', `/api/callbacks/${id}`)))
    this.giving = false
    this.doomed = null
    await this.refresh()
    await this.#focus('h2')
  }

  async #focus(target: string): Promise<void> {
    await this.updateComplete
    this.querySelector<HTMLElement>(target)?.focus()
  }
}

customElements.define('app-held-callbacks', HeldCallbacks)

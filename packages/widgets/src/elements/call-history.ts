import type { Disposition, Live, Session } from '@evscallpro/api-client'
import { html, nothing, type TemplateResult } from 'lit/html.js'
import { EvsElement } from '../base/element.ts'
import type { PropertyValues } from '../base/reactive.ts'
import { contactName } from '../format/contact-name.ts'
import { clockTime } from '../format/duration.ts'
import { shortMoment } from '../format/moment.ts'
import { readableNumber } from '../format/phone-number.ts'
import { labelOf } from '../format/state-name.ts'
import { button } from '../style/button.ts'
import { field } from '../style/field.ts'
import { historyPlace } from '../style/history-place.ts'
import { icon } from '../style/icon.ts'
import { downarrowIcon, inIcon, outIcon, searchIcon, upIcon } from '../style/more-icons.ts'
import { panel } from '../style/panel.ts'
import { table } from '../style/table.ts'
import { historyWords } from '../text/history-words.ts'
import { isOutcome, outcomeWords } from '../text/outcome-words.ts'
import { type HistoryFilter, type HistoryQuery, historyFilter, historyPath } from './history-query.ts'

/** The part of a row of the server's call history that is shown. */
interface HistoryRow {
  readonly callId: string
  readonly campaignId: number
  readonly agentId: number | null
  readonly agentName: string | null
  readonly direction: 'outbound' | 'inbound'
  readonly number: string | null
  readonly outcome: string
  readonly startedAt: string
  readonly talkMs: number
  readonly dispositionId: number | null
}
/** The system's disposition of a wrap-up time that ran out. */
const notQualified = 0

interface HistoryPage {
  readonly items: readonly HistoryRow[]
  readonly next: string | null
}

/**
 * Finished calls, searched and paged by the server: the agent's own, those with the contact in hand, or everybody's.
 *
 * @element evs-call-history
 * @attr {'own'|'all'} scope - Whose calls; default `own`
 * @attr {boolean} of-contact - Those with the contact in hand
 * @attr {number} contact-id - Those with this contact
 * @attr {number} campaign-id - Those of this campaign
 * @attr {number} agent-id - With scope `all`: those of this agent
 * @attr {number} page-size - Rows at a time; default 20
 * @attr {boolean} no-filter - Without the search
 * @slot toolbar - In the head
 * @csspart row - One call
 * @csspart filter - The search
 */
export class EvsCallHistory extends EvsElement {
  static override properties = {
    scope: {},
    ofContact: { type: Boolean, attribute: 'of-contact' },
    contactId: { type: Number, attribute: 'contact-id' },
    campaignId: { type: Number, attribute: 'campaign-id' },
    agentId: { type: Number, attribute: 'agent-id' },
    pageSize: { type: Number, attribute: 'page-size' },
    noFilter: { type: Boolean, attribute: 'no-filter' },
    oldestFirst: { state: true }
  }
  static override styles = [EvsElement.styles, button, field, panel, table, historyPlace]

  declare scope: 'own' | 'all'
  declare ofContact: boolean
  declare contactId: number | null
  declare campaignId: number | null
  declare agentId: number | null
  declare pageSize: number
  declare noFilter: boolean
  declare protected oldestFirst: boolean
  #outcome = ''
  #numberEnds = ''
  #from = ''
  #page: HistoryPage | null = null
  #failed = false
  #loading = false
  /** The address of what is shown: an answer to an older question is not taken. */
  #asked = ''
  /** What dispositions are called, by campaign: asked for once. */
  readonly #dispositions = new Map<number, readonly Disposition[]>()

  constructor() {
    super()
    this.scope = 'own'
    this.ofContact = false
    this.contactId = null
    this.campaignId = null
    this.agentId = null
    this.pageSize = 20
    this.noFilter = false
    this.oldestFirst = false
  }

  protected override reads(session: Session): readonly Live<unknown>[] {
    return [session.handout, session.profile]
  }

  protected override follow(session: Session): readonly (() => void)[] {
    // A call has ended, or the connection is back: what is shown is no longer all.
    return [
      session.lastCall.subscribe(() => this.refresh()),
      session.connection.subscribe(({ state }) => {
        if (state === 'online' && this.#failed) this.refresh()
      })
    ]
  }

  /** Asks the server again. */
  refresh(): void {
    this.#asked = ''
    this.requestUpdate()
  }

  /** What is searched for now, in the words of the server's history and its exports. */
  get filter(): HistoryFilter {
    return historyFilter(this.#query())
  }

  #query(): HistoryQuery {
    const inHand = this.ofContact ? (this.current?.handout.value?.contact ?? null) : null
    return {
      scope: this.scope === 'all' ? 'all' : 'own',
      contactId: inHand?.id ?? this.contactId,
      campaignId: inHand?.campaignId ?? this.campaignId,
      agentId: this.agentId,
      outcome: this.#outcome,
      numberEnds: this.#numberEnds,
      from: this.#from,
      oldestFirst: this.oldestFirst,
      limit: this.pageSize
    }
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed)
    const { current } = this
    if (!current?.profile.value || (this.ofContact && !current.handout.value)) return
    const path = historyPath(this.#query(), null)
    if (path === this.#asked) return
    this.#asked = path
    void this.#load(current, path, [])
  }

  async #load(session: Session, path: string, before: readonly HistoryRow[]): Promise<void> {
    const asked = this.#asked
    this.#loading = true
    try {
      const page = await session.request<HistoryPage>('GET', path)
      if (asked !== this.#asked) return
      this.#page = { items: [...before, ...page.items], next: page.next }
      this.#failed = false
      for (const { campaignId, dispositionId } of page.items)
        if (dispositionId !== null) void this.#learn(session, campaignId)
    } catch {
      if (asked !== this.#asked) return
      this.#failed = true
    }
    this.#loading = false
    this.requestUpdate()
  }

  async #learn(session: Session, campaignId: number): Promise<void> {
    if (this.#dispositions.has(campaignId)) return
    this.#dispositions.set(campaignId, [])
    try {
      const path = `/api/campaigns/${campaignId}/dispositions`
      const { items } = await session.request<{ items: readonly Disposition[] }>('GET', path)
      this.#dispositions.set(campaignId, items)
      this.requestUpdate()
    } catch {
      // Not told, or not now: the rows say that the calls were qualified; the next page asks again.
      this.#dispositions.delete(campaignId)
    }
  }

  protected override render(): TemplateResult {
    const { current } = this
    if (!current?.profile.value) return this.unconnected()
    const handout = current.handout.value
    const title =
      this.ofContact && handout
        ? this.#say('ofContact', { name: contactName(handout.contact) })
        : this.#say('title')
    const shown = this.ofContact && !handout ? [] : (this.#page?.items ?? [])
    return html`<section class="panel panel--flush" part="base"><div class="panel__head"><h2>${title}</h2><slot name="toolbar"></slot></div>${this.noFilter ? nothing : this.#filter()}${
      this.#failed
        ? html`<div class="msg st-danger" role="alert">${icon('alert')}<span>${this.#say('failed')}<br><button type="button" class="btn btn--quiet" @click=${this.refresh}>${this.#say('tryAgain')}</button></span></div>`
        : nothing
    }<div class="panel__body">${shown.length > 0 ? this.#table(current, shown, title) : this.#empty()}${
      this.#page?.next && shown.length > 0
        ? html`<div class="row row--end more"><button type="button" class="btn" aria-disabled=${this.#loading ? 'true' : this.off} @click=${this.#older}>${icon(downarrowIcon, true)}${this.#say('older')}</button></div>`
        : nothing
    }</div></section>`
  }

  #say(key: keyof (typeof historyWords)['en'], values?: Readonly<Record<string, string>>): string {
    return this.text(historyWords, key, values)
  }

  #filter(): TemplateResult {
    const options = Object.keys(outcomeWords.en).filter(isOutcome)
    return html`<form class="filter" part="filter" @submit=${this.#search}><div class="field"><label for="outcome">${this.#say('outcome')}</label><select class="input" id="outcome" name="outcome"><option value="">${this.#say('anyOutcome')}</option>${options.map(each => html`<option value=${each}>${this.text(outcomeWords, each)}</option>`)}</select></div><div class="field"><label for="ends">${this.#say('numberEnds')}</label><input class="input num" id="ends" name="ends" inputmode="numeric" pattern="\\+?([ .\\-]*[0-9]){4,15}[ .\\-]*" title=${this.#say('fourToFifteen')} autocomplete="off"></div><div class="field"><label for="from">${this.#say('from')}</label><input class="input num" id="from" name="from" type="date"></div><button type="submit" class="btn" aria-disabled=${this.off}>${icon(searchIcon, true)}${this.#say('search')}</button></form>`
  }

  #table(session: Session, rows: readonly HistoryRow[], title: string): TemplateResult {
    const order = this.oldestFirst ? 'oldestFirst' : 'newestFirst'
    const all = this.scope === 'all'
    return html`<div class="scroll" tabindex="0" role="region" aria-label=${title}><table class="table"><caption class="vh">${title}</caption><thead><tr><th scope="col" aria-sort=${this.oldestFirst ? 'ascending' : 'descending'}><button type="button" class="sort" title=${this.#say(order)} @click=${this.#turn}>${this.#say('date')} ${icon(this.oldestFirst ? upIcon : downarrowIcon, true)}</button></th><th scope="col">${this.#say('direction')}</th><th scope="col">${this.#say('number')}</th><th scope="col">${this.#say('outcome')}</th><th scope="col">${this.#say('disposition')}</th><th scope="col" class="r">${this.#say('talked')}</th>${all ? html`<th scope="col">${this.#say('agent')}</th>` : nothing}</tr></thead><tbody>${rows.map(
      row =>
        html`<tr part="row"><td class="num">${shortMoment(row.startedAt, this.language)}</td><td><span class="row row--tight">${icon(row.direction === 'inbound' ? inIcon : outIcon, true)}${this.#say(row.direction)}</span></td><td class="num">${row.number === null ? nothing : readableNumber(row.number)}</td><td class="nw">${isOutcome(row.outcome) ? this.text(outcomeWords, row.outcome) : row.outcome}</td><td>${this.#disposition(session, row)}</td><td class="r num">${clockTime(row.talkMs)}</td>${all ? html`<td class="nw">${this.#agent(session, row)}</td>` : nothing}</tr>`
    )}</tbody></table></div>`
  }

  #disposition(session: Session, { dispositionId, campaignId }: HistoryRow): TemplateResult | string {
    if (dispositionId === null) return html`<span class="muted">${this.#say('none')}</span>`
    if (dispositionId === notQualified) return html`<span class="muted">${this.#say('notQualified')}</span>`
    const handout = session.handout.value
    // Those of the campaign in hand are here already; of a disposition that is no longer used only that there was one.
    const known = [
      ...(handout?.campaignId === campaignId ? handout.dispositions : []),
      ...(this.#dispositions.get(campaignId) ?? [])
    ].find(({ id }) => id === dispositionId)
    return known ? labelOf(known, this.language) : this.#say('qualified')
  }

  #agent(session: Session, { agentId, agentName }: HistoryRow): string {
    return agentId !== null && agentId === session.profile.value?.userId
      ? this.#say('you')
      : (agentName ?? '')
  }

  #empty(): TemplateResult {
    if (this.#failed) return html`${nothing}`
    if (this.#page === null && !this.ofContact)
      return html`<p class="empty muted" role="status">${this.#say('loading')}</p>`
    const filtered = this.#outcome || this.#numberEnds || this.#from
    return html`<div class="empty"><h3>${this.#say(filtered ? 'noMatch' : 'empty')}</h3><p class="muted">${this.#say(filtered ? 'noMatchHint' : 'emptyHint')}</p></div>`
  }

  readonly #turn = (): void => {
    this.oldestFirst = !this.oldestFirst
  }

  readonly #search = (event: SubmitEvent): void => {
    event.preventDefault()
    const form = new FormData(event.target as HTMLFormElement) // listens on the form
    const text = (name: string): string => String(form.get(name) ?? '')
    this.#outcome = text('outcome')
    // Numbers are kept with their country code: the 0 or 00 before one as it is dialled is not part of it.
    this.#numberEnds = text('ends')
      .replace(/\D/g, '')
      .replace(/^0+(?=\d{9})/, '')
    this.#from = text('from')
    this.refresh()
  }

  readonly #older = (): void => {
    const { current } = this
    const page = this.#page
    if (current && page?.next && !this.#loading)
      void this.#load(current, historyPath(this.#query(), page.next), page.items)
    this.requestUpdate()
  }
}

import { createTables, type LiveRows, type QuotaRow, type Session } from '@evscallpro/api-client'
import { guard } from 'lit/directives/guard.js'
import { repeat } from 'lit/directives/repeat.js'
import { html, nothing, svg, type TemplateResult } from 'lit/html.js'
import { batch } from '../base/batch.ts'
import { EvsElement } from '../base/element.ts'
import type { PropertyValues } from '../base/reactive.ts'
import { bringTables } from '../base/tables.ts'
import { count, exactHour, spokenMoment } from '../format/moment.ts'
import { board } from '../style/board.ts'
import { chip } from '../style/chip.ts'
import { connection } from '../style/connection.ts'
import { icon } from '../style/icon.ts'
import { clockIcon, lockIcon, refreshIcon } from '../style/more-icons.ts'
import { panel } from '../style/panel.ts'
import { quota } from '../style/quota.ts'
import { quotaPlace } from '../style/quota-place.ts'
import { toneColour } from '../style/tone-colour.ts'
import { boardWords } from '../text/board-words.ts'

/** Rows are drawn at most so often. */
const batchMs = 250

bringTables(createTables)

/**
 * The quota rules of a campaign and where they stand: completed, reserved by calls in progress, limit, what is left, and
 * when it fills up. All figures are the server's.
 *
 * @element evs-quota-board
 * @attr {number} campaign-id - Whose rules
 * @attr {'id'|'fullest'} sort - Order; default `id`
 * @attr {boolean} no-forecast - Without when it fills up
 * @slot toolbar - In the head
 * @csspart cell - One rule
 * @csspart bar - Its bar
 */
export class EvsQuotaBoard extends EvsElement {
  static override properties = {
    campaignId: { type: Number, attribute: 'campaign-id' },
    sort: {},
    noForecast: { type: Boolean, attribute: 'no-forecast' }
  }
  static override styles = [EvsElement.styles, toneColour, chip, connection, panel, board, quota, quotaPlace]

  declare campaignId: number | null
  declare sort: string
  declare noForecast: boolean
  /** How many rows have been drawn so far: for measurements. */
  rowsDrawn = 0
  #rows: LiveRows<number, QuotaRow> | null = null
  #leave: (() => void) | null = null

  constructor() {
    super()
    this.campaignId = null
    this.sort = 'id'
    this.noForecast = false
  }

  protected override follow(session: Session): readonly (() => void)[] {
    this.#subscribe(session)
    return [() => this.#unsubscribe()]
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed)
    if (changed.has('campaignId') && this.current) this.#subscribe(this.current)
  }

  #subscribe(session: Session): void {
    const rows = this.campaignId === null ? null : session.quotas(this.campaignId)
    if (rows === this.#rows) return
    this.#unsubscribe()
    if (!rows) return
    const { soon, stop } = batch(batchMs, () => this.requestUpdate())
    const end = rows.subscribe(soon)
    this.#rows = rows
    this.#leave = () => {
      end()
      stop()
    }
  }

  #unsubscribe(): void {
    this.#leave?.()
    this.#leave = null
    this.#rows = null
  }

  protected override render(): TemplateResult {
    const { current } = this
    if (!current || (!this.#rows && this.campaignId !== null)) return this.unconnected()
    if (!this.#rows) return html`<p class="muted" part="base" role="status">${this.#say('noCampaign')}</p>`
    const { status, rows, asOf } = this.#rows
    const list = [...rows.values()].sort((a, b) =>
      this.sort === 'fullest' ? b.completed / b.limit - a.completed / a.limit || a.id - b.id : a.id - b.id
    )
    const stale =
      status === 'stale'
        ? html`<div class="strip st-warning" role="status">${icon(clockIcon)}<span><b class="num">${asOf === null ? nothing : this.#say('staleTitle', { time: exactHour(asOf, this.language) })}</b> ${this.#say('staleText')}</span></div>`
        : nothing
    const now = current.now()
    return html`<section class="panel panel--flush" part="base"><div class="panel__head"><h2>${this.#say('quotas')}</h2>${this.#legend()}<slot name="toolbar"></slot></div>${stale}<div class="panel__body quotabox">${
      list.length > 0
        ? html`<ul class="quota">${repeat(
            list,
            row => row.id,
            // The forecast names a day unless it is today: a new day draws them again.
            row =>
              guard([row, this.language, this.noForecast, this.labels, Math.floor(now / 86_400_000)], () =>
                this.#row(row, now)
              )
          )}</ul>`
        : this.#empty(status)
    }</div></section>`
  }

  #say(key: keyof (typeof boardWords)['en'], values?: Readonly<Record<string, string | number>>): string {
    return this.text(boardWords, key, values)
  }

  #legend(): TemplateResult {
    return html`<span class="legend s-xs muted"><svg class="key" aria-hidden="true"><rect class="done" width="26" height="10" /></svg>${this.#say('completed')}<svg class="key" aria-hidden="true">${hatch('legend')}<rect class="res" fill="url(#legend)" x=".5" y=".5" width="25" height="9" /></svg>${this.#say('reserved')}<svg class="key" aria-hidden="true"><rect class="track" x=".5" y=".5" width="25" height="9" /></svg>${this.#say('limit')}</span>`
  }

  #empty(status: LiveRows<number, QuotaRow>['status']): TemplateResult {
    if (status === 'loading' || status === 'closed')
      return html`<p class="empty muted" role="status">${this.#say('loading')}</p>`
    if (status === 'refused') return html`<p class="empty muted">${this.#say('refused')}</p>`
    return html`<div class="empty"><h3>${this.#say('noRules')}</h3><p class="muted">${this.#say('noRulesHint')}</p></div>`
  }

  #row(row: QuotaRow, now: number): TemplateResult {
    this.rowsDrawn++
    const { completed, reserved, limit } = row
    const share = (n: number): string => `${Math.min(100, (n / limit) * 100).toFixed(2)}%`
    const n = (value: number): string => count(value, this.language)
    const full = row.state === 'active' && completed >= limit
    const label = row.label ?? this.#rule(row)
    const text = `${n(completed)} + ${n(reserved)} / ${n(limit)}`
    const id = `hatch-${row.id}`
    return html`<li class=${full ? 'q q--full' : 'q'} part="cell"><span class="strong">${label}</span><span class="q__barbox"><svg class="q__bar" part="bar" role="meter" aria-label=${label} aria-valuemin="0" aria-valuemax=${limit} aria-valuenow=${Math.min(completed, limit)} aria-valuetext=${text}>${hatch(id)}<rect class="track" x=".5" y=".5" width="99.7%" height="13" rx="2" />${reserved > 0 ? svg`<rect class="res" fill="url(#${id})" x=${share(completed)} y="1" width=${share(Math.min(reserved, limit - completed))} height="12" />` : nothing}<rect class="done" width=${share(completed)} height="14" rx="2" /></svg></span><span class="q__n num"><b>${n(completed)}</b>${reserved > 0 ? ` + ${n(reserved)}` : ''} / ${n(limit)}</span><span class="q__state row">${this.#standing(row, full, now)}</span></li>`
  }

  #standing(row: QuotaRow, full: boolean, now: number): TemplateResult {
    if (row.state === 'building')
      return html`<span class="chip chip--open st-plain">${icon(refreshIcon, true)}${this.#say('building')}</span>`
    if (full)
      return html`<span class="chip chip--solid st-plain">${icon(lockIcon, true)}${this.#say('full')}</span>`
    if (row.remaining <= 0)
      return html`<span class="over">${icon(clockIcon, true)}${this.#say('allReserved')}</span>`
    const { state, at, contacts } = row.forecast
    const forecast = this.noForecast
      ? ''
      : state === 'fills' && at
        ? ` · ${this.#say('fillsAt', { when: spokenMoment(at, now, this.language) })}`
        : state === 'short' && contacts !== null
          ? ` · ${this.#say('short', { n: count(contacts, this.language) })}`
          : ''
    const soft = row.mode === 'soft' ? ` · ${this.#say('soft')}` : ''
    return html`<span class="muted">${this.#say('left', { n: count(row.remaining, this.language) })}${forecast}${soft}</span>`
  }

  /** A rule without a label, in words. */
  #rule({ field, operator, values }: QuotaRow): string {
    const key = `op_${operator}`
    const words = key in boardWords.en ? this.#say(key as keyof (typeof boardWords)['en']) : operator // a newer server may know more
    return `${field.replace('custom_fields.', '')} ${words} ${values.join(', ')}`.trim()
  }
}

/** Hatching is a drawing inside each picture: ids do not reach over shadow roots. */
const hatch = (id: string): TemplateResult =>
  svg`<defs><pattern id=${id} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="hatch-line" d="M1 0v6" stroke-width="2.2" /></pattern></defs>`

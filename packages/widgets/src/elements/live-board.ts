import { type BoardRow, createTables, type Live, type Session } from '@evscallpro/api-client'
import { guard } from 'lit/directives/guard.js'
import { repeat } from 'lit/directives/repeat.js'
import { html, nothing, type TemplateResult } from 'lit/html.js'
import { batch } from '../base/batch.ts'
import { EvsElement } from '../base/element.ts'
import { menuKeys } from '../base/menu-keys.ts'
import type { PropertyValues } from '../base/reactive.ts'
import { bringTables } from '../base/tables.ts'
import { everySecond } from '../base/ticker.ts'
import { clockTime } from '../format/duration.ts'
import { exactHour } from '../format/moment.ts'
import { board } from '../style/board.ts'
import { boardPlace } from '../style/board-place.ts'
import { button } from '../style/button.ts'
import { chip } from '../style/chip.ts'
import { connection } from '../style/connection.ts'
import { field } from '../style/field.ts'
import { glyph, icon } from '../style/icon.ts'
import { menu } from '../style/menu.ts'
import { clockIcon, dotsIcon } from '../style/more-icons.ts'
import { panel } from '../style/panel.ts'
import { table } from '../style/table.ts'
import { toneColour } from '../style/tone-colour.ts'
import { agentWords, stationName } from '../text/agent-words.ts'
import { boardWords } from '../text/board-words.ts'
import { stateWords } from '../text/state-words.ts'
import { plural } from '../text/words.ts'
import { boardOrder, defaultThresholds, inOrder, matches, ruler, type Thresholds } from './board-order.ts'
import { type FloorAction, floorActions } from './floor-actions.ts'

/** Rows are drawn at most so often, however fast the floor moves. */
const batchMs = 250
const forms: Readonly<Partial<Record<BoardRow['state'], string>>> = {
  ready: 'tint',
  reserved: 'tint',
  wrap_up: 'tint',
  paused: 'open',
  offline: 'open',
  disconnected_ui: 'trouble',
  phone_lost: 'trouble'
}

bringTables(createTables)

/**
 * Every agent of the supervisor's scope: state, time in it against a threshold, pause, campaign, site; trouble first.
 * A row is drawn again only when it has changed.
 *
 * @element evs-live-board
 * @attr {boolean} no-actions - Without the menu of each row
 * @attr {boolean} with-offline - With those who are not at work
 * @fires {CustomEvent<{action: string, agentId: number}>} evs-agent-action - Before something is done with an agent; cancelable
 * @fires {CustomEvent<{code: string, message: string, retryable: boolean}>} evs-error - A command was refused; bubbles
 * @slot toolbar - In the head
 * @csspart row - One agent
 * @csspart state - His state
 * @csspart timer - His time in it
 * @csspart alert - The words above the threshold
 */
export class EvsLiveBoard extends EvsElement {
  static override properties = {
    thresholds: { attribute: false },
    noActions: { type: Boolean, attribute: 'no-actions' },
    withOffline: { type: Boolean, attribute: 'with-offline' },
    filter: { state: true },
    openFor: { state: true }
  }
  static override styles = [
    EvsElement.styles,
    toneColour,
    button,
    chip,
    connection,
    field,
    menu,
    panel,
    table,
    board,
    boardPlace
  ]

  /** Seconds in a state after which the board says so, by state. */
  declare thresholds: Thresholds
  declare noActions: boolean
  declare withOffline: boolean
  declare protected filter: string
  declare protected openFor: BoardRow | null
  /** How many rows have been drawn so far: for measurements. */
  rowsDrawn = 0
  /** The button of the row whose menu is open. */
  #opener: HTMLElement | null = null

  constructor() {
    super()
    this.thresholds = defaultThresholds
    this.noActions = false
    this.withOffline = false
    this.filter = ''
    this.openFor = null
  }

  protected override reads(session: Session): readonly Live<unknown>[] {
    return [session.profile, session.pauseReasons]
  }

  protected override follow(session: Session): readonly (() => void)[] {
    const { soon, stop } = batch(batchMs, () => this.requestUpdate())
    const calls = this.noActions ? [] : [session.liveCalls.subscribe(soon)]
    return [session.board.subscribe(soon), ...calls, everySecond(() => this.#tick()), stop]
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed)
    this.#tick()
  }

  protected override render(): TemplateResult {
    const { current } = this
    if (!current) return this.unconnected()
    const { board: live } = current
    const all = inOrder(live.rows.values()).filter(({ state }) => this.withOffline || state !== 'offline')
    const rows = this.filter ? all.filter(row => matches(row, this.filter)) : all
    // Before the first rows nobody has counted.
    const known = live.status === 'live' || live.status === 'stale'
    const title = known
      ? this.#say(plural(this.language, 'agents', all.length), { n: all.length })
      : this.#say('board')
    return html`<section class="panel panel--flush" part="base"><div class="panel__head"><h2>${title}</h2><label class="find"><span class="vh">${this.#say('find')}</span><input class="input" type="search" placeholder=${this.#say('find')} .value=${this.filter} @input=${this.#find}></label><slot name="toolbar"></slot>${this.#tally(all)}</div>${this.refusal()}${live.status === 'stale' ? this.#stale(live.asOf) : nothing}<div class="panel__body boardbox${live.status === 'stale' ? ' stale' : ''}">${rows.length > 0 ? this.#table(current, rows) : this.#empty(live.status)}</div></section>${this.#menu(current)}`
  }

  #say(key: keyof (typeof boardWords)['en'], values?: Readonly<Record<string, string | number>>): string {
    return this.text(boardWords, key, values)
  }

  #tally(rows: readonly BoardRow[]): TemplateResult {
    const counts = boardOrder.map(state => [state, rows.filter(row => row.state === state).length] as const)
    return html`<div class="tally">${counts.map(([state, n]) => (n > 0 ? html`<span class="st-${state}">${glyph(state)}<b class="num">${n}</b> ${this.text(stateWords, state)}</span>` : nothing))}</div>`
  }

  #table(session: Session, rows: readonly BoardRow[]): TemplateResult {
    const { language } = this
    const acts = !this.noActions
    const heads = (['agent', 'state', 'time', 'reason', 'campaign', 'site', 'station'] as const).map(
      key => html`<th scope="col">${this.#say(key)}</th>`
    )
    return html`<div class="scroll" tabindex="0" role="region" aria-label=${this.#say('board')}><table class="table board"><caption class="vh">${this.#say('board')}</caption><thead><tr>${heads}${acts ? html`<th scope="col"><span class="vh">${this.#say('actions')}</span></th>` : nothing}</tr></thead><tbody>${repeat(
      rows,
      row => row.agentId,
      row => {
        // Only with something in it: for somebody who is away, or whose pause is asked for, there may be nothing.
        const menu = acts && floorActions(row, session).length > 0
        return guard([row, language, this.thresholds, acts, menu, this.labels], () => this.#row(row, menu))
      }
    )}</tbody></table></div>`
  }

  #row(row: BoardRow, withMenu: boolean): TemplateResult {
    this.rowsDrawn++
    const { state, displayName } = row
    const limit = this.thresholds[state]
    const pause = this.#pause(row)
    const reason = row.pauseReason ? pause : row.pauseRequested ? this.#say('after', { pause }) : ''
    const over = limit === undefined ? '' : this.#say('over', { time: clockTime(limit * 1000) })
    return html`<tr part="row"><td class="strong nw c-who">${displayName}</td><td class="c-state"><span class="chip chip--${forms[state] ?? 'solid'} st-${state}" part="state">${glyph(state)}${this.text(stateWords, state)}</span></td><td class="c-since"><span class="since st-${state}" data-since=${Date.parse(row.since)} data-limit=${limit ?? nothing}><b class="num" part="timer"></b>${
      limit === undefined
        ? nothing
        : html`<svg aria-hidden="true"><rect class="track" y="4" width="64" height="4" /><rect class="fill" y="4" height="4" /><path class="tick" /></svg><span class="over" part="alert" hidden>${icon(clockIcon, true)}${over}</span>`
    }</span></td><td class="nw c-call">${reason}</td><td class="nw c-more">${row.campaignName ?? nothing}</td><td class="nw c-more">${row.siteName ?? nothing}</td><td class="nw c-more">${stationName(row.station ?? '', key => this.text(agentWords, key))}</td>${
      this.noActions
        ? nothing
        : html`<td class="c-act">${withMenu ? html`<button type="button" class="info" aria-haspopup="menu" aria-label=${this.#say('actionsFor', { name: displayName })} @click=${(event: Event) => this.#open(event, row.agentId)}>${icon(dotsIcon)}</button>` : nothing}</td>`
    }</tr>`
  }

  #pause({ pauseReason, pauseRequested, pauseLabels }: BoardRow): string {
    if (pauseLabels) return pauseLabels[this.language]
    const code = pauseReason ?? pauseRequested ?? ''
    return code === 'supervisor' ? this.#say('bySupervisor') : code
  }

  #stale(asOf: number | null): TemplateResult {
    return html`<div class="strip st-warning" role="status">${icon(clockIcon)}<span><b class="num">${asOf === null ? nothing : this.#say('staleTitle', { time: exactHour(asOf, this.language) })}</b> ${this.#say('staleText')}</span></div>`
  }

  #empty(status: Session['board']['status']): TemplateResult {
    if (status === 'loading' || status === 'closed')
      return html`<p class="empty muted" role="status">${this.#say('loading')}</p>`
    if (status === 'refused') return html`<p class="empty muted">${this.#say('refused')}</p>`
    if (this.filter)
      return html`<p class="empty muted" role="status">${this.#say('noMatch', { filter: this.filter })}</p>`
    return html`<div class="empty"><h3>${this.#say('nobody')}</h3><p class="muted">${this.#say('nobodyHint')}</p></div>`
  }

  /** The menu of one row, over everything: a table that scrolls would cut it off. */
  #menu(session: Session): TemplateResult | typeof nothing {
    if (this.noActions) return nothing
    // The row as it is now: it may have gone on while the menu is open.
    const row = this.openFor && session.board.rows.get(this.openFor.agentId)
    const actions = row ? floorActions(row, session) : []
    return html`<div popover class="panel panel--overlay menu" role="menu" aria-label=${row ? this.#say('actionsFor', { name: row.displayName }) : nothing} @toggle=${this.#toggled} @keydown=${this.#move}>${actions.map(action => html`<button type="button" role="menuitem" class="menu__opt" aria-disabled=${this.off} @click=${() => this.#do(row!, action)}><span></span><span>${this.#say(action)}</span><span></span></button>`)}</div>`
  }

  #open(event: Event, agentId: number): void {
    this.openFor = this.current?.board.rows.get(agentId) ?? null
    this.#opener = event.currentTarget as HTMLElement // listens on the button
    const anchor = this.#opener.getBoundingClientRect()
    void this.updateComplete.then(() => {
      const popover = this.renderRoot.querySelector<HTMLElement>('[popover]')
      popover?.style.setProperty('inset-block-start', `${Math.min(anchor.bottom, innerHeight - 240)}px`)
      popover?.style.setProperty(
        'inset-inline-end',
        `${document.documentElement.clientWidth - anchor.right}px`
      )
      popover?.showPopover()
      popover?.querySelector<HTMLElement>('button')?.focus()
    })
  }

  #close(): void {
    this.renderRoot.querySelector<HTMLElement>('[popover]')?.hidePopover()
    this.#opener?.focus()
  }

  #do(row: BoardRow, action: FloorAction): void {
    this.#close()
    const { agentId, callId } = row
    if (!this.ask('evs-agent-action', { action, agentId })) return
    if (action === 'stopListening') {
      const listening = callId === null ? null : this.current?.liveCalls.rows.get(callId)?.listening
      if (callId === null || !listening) return // it ended while the host was asked
      void this.give(commands => commands.stopListening({ callId, listenId: listening.listenId }))
    } else if (action === 'listen' || action === 'whisper') {
      if (callId !== null) void this.give(commands => commands.listen({ callId, mode: action }))
    } else {
      const force = action.slice('force_'.length) as 'pause' | 'end_wrap_up' | 'log_out' // the three that are left
      void this.give(commands => commands.forceAgent({ agentId, action: force }))
    }
  }

  /** Writes the running times and rulers, and nothing else: no row is drawn for a second that has passed. */
  #tick(): void {
    const { current } = this
    if (!current) return
    const { status, asOf } = current.board
    // Figures that are not brought up to date stand still at their time.
    const now = status === 'stale' && asOf !== null ? asOf : current.now()
    for (const element of this.renderRoot.querySelectorAll<HTMLElement>('.since')) {
      const elapsed = now - Number(element.dataset.since)
      const time = element.querySelector('b')!
      const text = clockTime(elapsed)
      if (time.textContent !== text) time.textContent = text
      if (element.dataset.limit === undefined) continue
      const { fill, tick, over } = ruler(elapsed, Number(element.dataset.limit))
      const bar = element.querySelector('.fill')!
      bar.setAttribute('width', fill.toFixed(1))
      bar.setAttribute('y', over ? '2' : '4')
      bar.setAttribute('height', over ? '8' : '4')
      element.querySelector('.tick')!.setAttribute('d', `M${tick.toFixed(1)} 0v12`)
      const words = element.querySelector<HTMLElement>('.over')!
      if (words.hidden === over) words.hidden = !over
    }
  }

  readonly #find = (event: Event): void => {
    this.filter = (event.target as HTMLInputElement).value.trim() // listens on the search field
  }

  readonly #toggled = (event: Event): void => {
    if ((event as ToggleEvent).newState === 'closed') this.openFor = null
  }

  readonly #move = (event: KeyboardEvent): void => {
    menuKeys(event, event.currentTarget as Element, () => this.#close()) // listens on the menu
  }
}

import type { AgentStateName, AgentView, Live, PauseReason, Session } from '@evscallpro/api-client'
import { html, nothing, type TemplateResult } from 'lit/html.js'
import { EvsElement } from '../base/element.ts'
import { menuKeys } from '../base/menu-keys.ts'
import type { PropertyValues } from '../base/reactive.ts'
import { clockTime, spokenTime } from '../format/duration.ts'
import { labelOf, pauseName, stateName } from '../format/state-name.ts'
import { glyph, icon } from '../style/icon.ts'
import { menu } from '../style/menu.ts'
import { menuPlace } from '../style/menu-place.ts'
import { panel } from '../style/panel.ts'
import { agentWords, stationName } from '../text/agent-words.ts'
import { stateWords } from '../text/state-words.ts'

const atWork: readonly AgentStateName[] = [
  'ringing_agent',
  'agent_accepted',
  'dialling_customer',
  'talking',
  'wrap_up',
  'reserved'
]

/**
 * The agent's own state and time in it, and the way to another: ready, a pause now or after this call, another station,
 * the end of the shift.
 *
 * @element evs-agent-state
 * @attr {boolean} no-timer - Without the time in state
 * @fires {CustomEvent<{state: string, reason: string|null, when: 'now'|'after-call'}>} evs-state-request - Before another state is asked for; cancelable
 * @fires {CustomEvent<{code: string, message: string, retryable: boolean}>} evs-error - A command was refused; bubbles
 * @csspart trigger - The button with the state
 * @csspart timer - The time in state
 * @csspart next - What comes after this call
 * @csspart menu - What can be chosen
 * @csspart option - One choice
 */
export class EvsAgentState extends EvsElement {
  static override properties = {
    noTimer: { type: Boolean, attribute: 'no-timer' },
    opened: { state: true },
    choosing: { state: true }
  }
  static override styles = [EvsElement.styles, menu, panel, menuPlace]

  declare noTimer: boolean
  declare protected opened: boolean
  /** The list of stations is shown in place of the states. */
  declare protected choosing: boolean

  constructor() {
    super()
    this.noTimer = false
    this.opened = false
    this.choosing = false
  }

  protected override reads(session: Session): readonly Live<unknown>[] {
    return [session.agent, session.call, session.pauseReasons, session.stations]
  }

  protected override runs(session: Session): boolean {
    return !this.noTimer && session.call.value === null
  }

  /** Opens the menu and moves the focus into it. */
  open(): void {
    this.opened = true
    this.choosing = false
    this.focusIn('.menu__opt')
  }

  override focus(): void {
    this.renderRoot.querySelector<HTMLElement>('.me')?.focus()
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed)
    // Where the place is at the page's beginning the menu would begin before it, with one list or with the other.
    const menu = this.renderRoot.querySelector<HTMLElement>('.menu')
    if (!menu) return
    menu.style.insetInlineEnd = ''
    menu.style.insetInlineEnd = `${Math.min(0, menu.getBoundingClientRect().left)}px`
  }

  protected override render(): TemplateResult {
    const { current } = this
    const agent = current?.agent.value
    if (!current || !agent) return this.unconnected()
    const { state, pauseRequested } = agent
    // In a call the bar shows the time: one timer on a screen. Offline the server may have gone on to another state.
    const timed = this.online && !this.noTimer && state !== 'offline' && current.call.value === null
    const elapsed = (): number => current.now() - Date.parse(agent.since)
    return html`<div class="place" @focusout=${this.#left}><button type="button" class="me st-${state}" part="trigger" aria-haspopup="menu" aria-expanded=${this.opened} aria-disabled=${this.disabled} @click=${this.#toggle} @keydown=${this.#fromTrigger}>${glyph(state)}<span class="me__word">${stateName(current, this.language, this.#state)}${pauseRequested ? html`<span class="me__next" part="next">${this.text(agentWords, 'thenPause', { pause: this.#pause(pauseRequested) })}</span>` : nothing}</span>${timed ? html`<span class="me__time num" part="timer" role="timer" aria-label=${spokenTime(elapsed(), this.language)}>${clockTime(elapsed())}</span>` : nothing}${icon('down', true)}</button>${this.opened ? this.#menu(current, agent) : nothing}${this.refusal()}</div>`
  }

  #menu(session: Session, agent: AgentView): TemplateResult {
    return html`<div class="panel panel--overlay menu" part="menu" role="menu" tabindex="-1" aria-label=${this.text(agentWords, this.choosing ? 'changeStation' : 'menu')} @keydown=${this.#move}>${this.choosing ? this.#stations(session, agent) : this.#states(session, agent)}</div>`
  }

  #states(session: Session, agent: AgentView): TemplateResult {
    const { state, pauseRequested } = agent
    const inCall = session.call.value !== null
    const off = state === 'offline'
    const ready = state === 'ready' || (atWork.includes(state) && !pauseRequested)
    // The phone alone leads back; only a pause that is to come can be taken back meanwhile.
    const mayResume = state !== 'phone_lost' || pauseRequested
    return html`${
      off
        ? nothing
        : html`${
            mayResume
              ? this.#option(
                  glyph('ready'),
                  this.text(stateWords, 'ready'),
                  ready ? icon('check', true) : nothing,
                  () => this.#ready(ready),
                  'ready',
                  ready
                )
              : nothing
          }<div class="menu__group" role="presentation">${this.text(agentWords, atWork.includes(state) ? 'pausesAfter' : 'pauses')}</div>${session.pauseReasons.value.map(reason => this.#pauseOption(reason, agent))}<hr class="sep">`
    }${
      inCall || state === 'wrap_up'
        ? nothing
        : this.#option(
            icon('mobile'),
            this.text(agentWords, 'changeStation'),
            agent.station ? this.#station(agent.station) : nothing,
            this.#chooseStation
          )
    }${
      inCall || off
        ? nothing
        : this.#option(
            glyph('offline'),
            this.text(agentWords, 'endShift'),
            nothing,
            () => this.#request('offline', null, commands => commands.logout()),
            'offline'
          )
    }`
  }

  #pauseOption(reason: PauseReason, agent: AgentView): TemplateResult {
    const chosen = agent.pauseReason === reason.code || agent.pauseRequested === reason.code
    const limit =
      reason.maxMinutes === null
        ? this.text(agentWords, 'unlimited')
        : this.text(agentWords, 'minutes', { n: reason.maxMinutes })
    return this.#option(
      glyph('paused'),
      labelOf(reason, this.language),
      limit,
      () => this.#request('paused', reason.code, commands => commands.pause({ reason: reason.code })),
      'paused',
      chosen
    )
  }

  /** One choice; `chosen` null: it is no state to be in, but something to do. */
  #option(
    mark: unknown,
    label: unknown,
    aside: unknown,
    choose: () => void,
    state: AgentStateName | '' = '',
    chosen: boolean | null = null,
    available = true
  ): TemplateResult {
    return html`<button type="button" role=${chosen === null ? 'menuitem' : 'menuitemradio'} tabindex="-1" aria-checked=${chosen ?? nothing} aria-disabled=${available ? nothing : 'true'} class="menu__opt ${state && `st-${state}`}${chosen ? ' menu__opt--at' : ''}" part="option" @click=${choose}>${mark}<span>${label}</span><span class="muted s-xs">${aside}</span></button>`
  }

  #stations(session: Session, agent: AgentView): unknown {
    return session.stations.value.map(({ name, available, reason }) =>
      this.#option(
        icon(name === 'mobile' ? 'mobile' : 'phone'),
        html`${this.#station(name)}${reason ? html`<br><span class="muted s-xs">${reason[this.language]}</span>` : nothing}`,
        nothing,
        () => available && this.#request('ready', null, commands => commands.login({ station: name })),
        '',
        agent.station === name,
        available
      )
    )
  }

  #ready(already: boolean): void {
    if (already) this.#close(true)
    else this.#request('ready', null, commands => commands.ready())
  }

  #request(
    state: 'ready' | 'paused' | 'offline',
    reason: string | null,
    command: Parameters<typeof this.give<null>>[0]
  ): void {
    const now = this.current?.agent.value?.state
    const when = now && atWork.includes(now) ? 'after-call' : 'now'
    this.#close(true)
    if (this.ask('evs-state-request', { state, reason, when })) void this.give(command)
  }

  #pause(code: string): string {
    return pauseName(this.current!, code, this.language, this.#state)
  }

  #station(name: string): string {
    return stationName(name, key => this.text(agentWords, key))
  }

  #close(focus: boolean): void {
    this.opened = false
    if (focus) this.focus()
  }

  readonly #state = (state: AgentStateName): string => this.text(stateWords, state)

  readonly #toggle = (): void => {
    if (this.opened) this.#close(true)
    else if (!this.disabled) this.open()
  }

  readonly #chooseStation = (): void => {
    // What has the focus goes away: it must not seem to leave the menu.
    this.renderRoot.querySelector<HTMLElement>('.menu')?.focus()
    this.choosing = true
    this.focusIn('.menu__opt')
  }

  /** A click elsewhere, or Tab, takes the focus away, and the menu with it. */
  readonly #left = (event: FocusEvent): void => {
    if (!this.renderRoot.contains(event.relatedTarget as Node | null)) this.opened = false // a focus is a node's
  }

  readonly #fromTrigger = (event: KeyboardEvent): void => {
    if (event.key !== 'ArrowDown' || this.disabled) return
    event.preventDefault()
    this.open()
  }

  readonly #move = (event: KeyboardEvent): void => {
    menuKeys(event, event.currentTarget as Element, back => this.#close(back)) // listens on the menu
  }
}

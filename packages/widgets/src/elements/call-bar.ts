import type { CallView, Live, Session } from '@evscallpro/api-client'
import { html, nothing, type TemplateResult } from 'lit/html.js'
import { EvsElement } from '../base/element.ts'
import { otherEnd } from '../format/contact-name.ts'
import { clockTime } from '../format/duration.ts'
import { readableNumber } from '../format/phone-number.ts'
import { button } from '../style/button.ts'
import { callBar } from '../style/call-bar.ts'
import { callLine } from '../style/call-line.ts'
import { type IconName, icon } from '../style/icon.ts'
import { lineEnds } from '../style/line-ends.ts'
import { pad } from '../style/pad.ts'
import { panel } from '../style/panel.ts'
import { agentWords, stationName } from '../text/agent-words.ts'
import { barWords } from '../text/bar-words.ts'
import { outcomeWords } from '../text/outcome-words.ts'
import { stateWords } from '../text/state-words.ts'
import { type BarPen, betweenCalls, frame } from './between-calls.ts'
import { wire, wireOf } from './call-line.ts'
import { callSentence } from './call-sentence.ts'
import { keypad, keys } from './keypad.ts'
import { offlineInCall } from './offline-in-call.ts'

type Toggle = 'hold' | 'resume' | 'mute' | 'unmute'
const icons: Record<Toggle, IconName> = { hold: 'hold', resume: 'resume', mute: 'mic', unmute: 'micoff' }
/** What a word of the attribute `controls` may stand for; the first that the server names is shown. */
const choices: Readonly<Record<string, readonly (Toggle | 'digits')[]>> = {
  hold: ['resume', 'hold'],
  mute: ['unmute', 'mute'],
  digits: ['digits']
}

/**
 * The agent's call: state, both legs, time, and what can be done with it now. Only controls that the server names for
 * this call are there.
 *
 * @element evs-call-bar
 * @attr {string} controls - Controls in their order, of `hold mute digits`; default: all three
 * @fires {CustomEvent<{action: string, callId: string}>} evs-call-action - Before something is done with the call; cancelable
 * @fires {CustomEvent<{code: string, message: string, retryable: boolean}>} evs-error - A command was refused; bubbles
 * @csspart base - The whole bar
 * @csspart toolbar - The controls
 * @csspart button - A control
 * @csspart button--hangup - Hang up
 * @csspart leg - One of the two people
 * @csspart timer - The time
 */
export class EvsCallBar extends EvsElement {
  static override properties = { controls: {}, keypadFor: { state: true } }
  static override styles = [EvsElement.styles, button, callLine, lineEnds, callBar, panel, pad]

  declare controls: string
  /** The call whose keypad is open. */
  declare protected keypadFor: string
  /** Digits sent during this call. */
  #digits = { callId: '', sent: '' }
  #sending: Promise<unknown> = Promise.resolve()
  /** Which control the Tab key stops at. */
  #stop = 0

  constructor() {
    super()
    this.controls = 'hold mute digits'
    this.keypadFor = ''
  }

  protected override reads(session: Session): readonly Live<unknown>[] {
    const { agent, profile, call, lastCall, handout, pauseReasons } = session
    return [agent, profile, call, lastCall, handout, pauseReasons]
  }

  protected override runs(session: Session): boolean {
    return session.agent.value !== null && session.agent.value.state !== 'offline'
  }

  accept(): Promise<void> {
    return this.#act('accept')
  }
  hangup(): Promise<void> {
    return this.#act('hangup')
  }
  hold(): Promise<void> {
    return this.#act('hold')
  }
  resume(): Promise<void> {
    return this.#act('resume')
  }
  mute(): Promise<void> {
    return this.#act('mute')
  }
  unmute(): Promise<void> {
    return this.#act('unmute')
  }

  /** Sends keys to the other end, in their order: `0-9`, `*`, `#`. */
  sendDigits(digits: string): void {
    const { current } = this
    const call = current?.call.value
    if (!current || !call?.capabilities.includes('digits')) return
    const { callId } = call
    this.#digits = { callId, sent: (this.#digits.callId === callId ? this.#digits.sent : '') + digits }
    this.requestUpdate()
    // One after the other: keys pressed quickly must not overtake each other.
    this.#sending = this.#sending.then(async () =>
      this.answered(await current.commands.sendDigits({ callId, digits }))
    )
  }

  /** Moves the focus to the first control. */
  focusFirst(): void {
    this.focusIn('button')
  }

  async #act(action: Toggle | 'accept' | 'hangup'): Promise<void> {
    const callId = this.current?.call.value?.callId
    if (callId === undefined || !this.ask('evs-call-action', { action, callId })) return
    await this.give(commands => commands[action]({ callId }))
  }

  protected override render(): TemplateResult {
    const { current } = this
    if (!current || !(current.agent.value || current.profile.value)) return this.unconnected()
    const call = current.call.value
    const content = call ? this.#inCall(current, call) : betweenCalls(this.#pen(current))
    return html`<section class="bar" part="base" aria-label=${this.text(barWords, 'bar')}>${content}${this.refusal()}</section>`
  }

  #inCall(session: Session, call: CallView): TemplateResult {
    const handout = session.handout.value
    const name = otherEnd(call, handout)
    const say: BarPen['say'] = (key, values) => this.text(barWords, key, { name, ...values })
    const campaign = handout?.id === call.handoutId ? (handout?.campaignName ?? '') : ''
    const { word, hint, time } = callSentence(call, campaign, say)
    const line = wireOf(call)
    const number = readableNumber(call.number)
    const station = stationName(call.station, key => this.text(agentWords, key))
    const whole = (): string => clockTime(session.now() - Date.parse(call.talkingSince ?? call.requestedAt))
    const them = call.held ? say('heldCall', { time: whole() }) : name === number ? nothing : number
    const legs = html`<div class="line"><div class="leg" part="leg"><span class="leg__name">${say('you')}</span><span class="leg__sub num">${call.muted ? say('micOff') : station}</span></div>${wire(line, session, this.language, spoken => say(time, { time: spoken }))}<div class="leg leg--them" part="leg"><span class="leg__name">${name}</span><span class="leg__sub num">${them}</span></div></div>`
    const state = { form: call.held ? 'hold' : 'solid', glyph: line.state, word, hint } as const
    return html`${frame(line.state, state, legs, this.#controls(call), this.#end(call, say))}${this.#keypad(call)}${this.online ? nothing : offlineInCall(session, time => say('offlineInCall', { time }))}`
  }

  #controls(call: CallView): TemplateResult {
    const shown = this.controls
      .split(/\s+/)
      .flatMap(word => (choices[word] ?? []).filter(each => call.capabilities.includes(each)).slice(0, 1))
    const stop = Math.min(this.#stop, shown.length - 1)
    const items = shown.map((control, i) => {
      const pad = control === 'digits'
      const on = control === 'resume' || control === 'unmute'
      const act = pad ? this.#toggleKeypad : (): Promise<void> => this.#act(control)
      return html`<button type="button" class=${on ? 'ctl ctl--on' : 'ctl'} part="button" tabindex=${i === stop ? 0 : -1} aria-expanded=${pad ? this.keypadFor === call.callId : nothing} aria-disabled=${this.off} @click=${act}>${icon(pad ? 'keypad' : icons[control])}<span>${this.text(barWords, pad ? 'keypad' : control)}</span></button>`
    })
    const accept = call.capabilities.includes('accept')
      ? html`<button type="button" class="btn btn--primary btn--next" part="button" aria-disabled=${this.off} @click=${this.accept}>${icon('check')}${this.text(barWords, 'accept')}</button>`
      : nothing
    if (items.length === 0 && accept === nothing) return html`<div class="bar__controls"></div>`
    return html`<div class="bar__controls" part="toolbar" role="toolbar" aria-label=${this.text(barWords, 'controls')} @keydown=${this.#rove}>${accept}${items}</div>`
  }

  #end(call: CallView, say: BarPen['say']): TemplateResult | typeof nothing {
    if (call.hangupRequested)
      return html`<div class="bar__end"><button type="button" class="btn" part="button button--hangup" aria-disabled="true">${say('hangingUp')}</button></div>`
    if (!call.capabilities.includes('hangup')) return nothing
    const before = ['requested', 'ringing_agent', 'awaiting_acceptance'].includes(call.state)
    return html`<div class="bar__end">${
      before
        ? html`<button type="button" class="btn" part="button button--hangup" aria-disabled=${this.off} @click=${this.hangup}>${icon('x')}${say('cancelCall')}</button>`
        : html`<button type="button" class="hangup" part="button button--hangup" aria-disabled=${this.off} aria-label=${say('hangupWho')} @click=${this.hangup}>${icon('hangup')}${say('hangup')}</button>`
    }</div>`
  }

  #keypad(call: CallView): TemplateResult | typeof nothing {
    if (this.keypadFor !== call.callId || !call.capabilities.includes('digits')) return nothing
    const sent = this.#digits.callId === call.callId ? this.#digits.sent : ''
    return html`<div class="panel panel--overlay panel--pad bar__pad" role="group" aria-label=${this.text(barWords, 'keypad')} @keydown=${this.#type}><div class="panel__body"><div class="pad">${keypad(key => this.sendDigits(key))}<p class="muted num" role="status">${sent ? this.text(barWords, 'keypadSent', { digits: sent }) : nothing}</p></div></div></div>`
  }

  #pen(session: Session): BarPen {
    const handout = session.handout.value
    const reserved = session.agent.value?.state === 'reserved'
    return {
      session,
      language: this.language,
      say: (key, values) => this.text(barWords, key, values),
      state: name => this.text(stateWords, name),
      outcome: key => this.text(outcomeWords, key),
      timed: this.online && this.beside('evs-agent-state') === null,
      callButton: name => {
        if (!handout || !reserved || this.beside('evs-next-contact')) return nothing
        const call = (): Promise<unknown> =>
          this.give(commands => commands.dialContact({ handoutId: handout.id }))
        return html`<button type="button" class="btn btn--primary btn--next" part="button" aria-disabled=${this.off} @click=${call}>${icon('phone')}${this.text(barWords, 'call', { name })}</button>`
      },
      qualifyButton: () => {
        const wrapUp = this.beside('evs-wrap-up')
        if (!(wrapUp instanceof HTMLElement)) return nothing
        return html`<button type="button" class="btn" part="button" @click=${() => wrapUp.focus()}>${icon('check')}${this.text(barWords, 'qualify')}</button>`
      }
    }
  }

  readonly #toggleKeypad = (): void => {
    this.keypadFor = this.keypadFor ? '' : (this.current?.call.value?.callId ?? '')
    if (this.keypadFor) this.focusIn('.key')
  }

  readonly #type = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') {
      this.keypadFor = ''
      this.focusIn('[aria-expanded]')
    } else if (keys.includes(event.key)) {
      event.preventDefault()
      this.sendDigits(event.key)
    }
  }

  /** One stop of the Tab key for the toolbar; arrows, Home and End move inside it (ARIA authoring practices). */
  readonly #rove = (event: KeyboardEvent): void => {
    const buttons = [...this.renderRoot.querySelectorAll<HTMLElement>('.ctl')]
    const forward = getComputedStyle(this).direction === 'rtl' ? 'ArrowLeft' : 'ArrowRight'
    const last = buttons.length - 1
    const here = buttons.indexOf(event.target as HTMLElement) // -1: another node
    if (event.key === 'Home') this.#stop = 0
    else if (event.key === 'End') this.#stop = last
    else if (event.key === 'ArrowRight' || event.key === 'ArrowLeft')
      this.#stop = Math.min(last, Math.max(0, here + (event.key === forward ? 1 : -1)))
    else return
    event.preventDefault()
    this.requestUpdate()
    buttons[this.#stop]?.focus()
  }
}

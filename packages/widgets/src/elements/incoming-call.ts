import type { CallView, Live, Session } from '@evscallpro/api-client'
import { html, nothing, type TemplateResult } from 'lit/html.js'
import { announce } from '../base/announcer.ts'
import { EvsElement } from '../base/element.ts'
import type { PropertyValues } from '../base/reactive.ts'
import { otherEnd } from '../format/contact-name.ts'
import { clockTime } from '../format/duration.ts'
import { readableNumber } from '../format/phone-number.ts'
import { button } from '../style/button.ts'
import { icon } from '../style/icon.ts'
import { offer } from '../style/offer.ts'
import { offerPlace } from '../style/offer-place.ts'
import { panel } from '../style/panel.ts'
import { barWords } from '../text/bar-words.ts'
import { offerWords } from '../text/offer-words.ts'
import { offlineInCall } from './offline-in-call.ts'

/**
 * The agent's phone rings, and what he has to do: answer, press 1, or accept here. Lies over the page while it lasts and
 * takes no focus; those who listen hear it once.
 *
 * @element evs-incoming-call
 * @attr {'top-end'|'bottom-end'|'inline'} placement - Where it lies; default `bottom-end`
 * @fires {CustomEvent<{callId: string}>} evs-accept-request - Before it is accepted; cancelable
 * @fires {CustomEvent<{callId: string}>} evs-reject-request - Before it is cancelled; cancelable
 * @fires {CustomEvent<{code: string, message: string, retryable: boolean}>} evs-error - A command was refused; bubbles
 * @slot details - What the host adds about the call
 * @csspart dialog - The whole
 */
export class EvsIncomingCall extends EvsElement {
  static override properties = { placement: { reflect: true } }
  static override styles = [EvsElement.styles, button, panel, offer, offerPlace]

  declare placement: string
  #announced = ''

  constructor() {
    super()
    this.placement = 'bottom-end'
  }

  protected override reads(session: Session): readonly Live<unknown>[] {
    return [session.call, session.handout]
  }

  protected override runs(): boolean {
    return this.#ringing() !== null
  }

  #ringing(): CallView | null {
    const call = this.current?.call.value
    return call?.state === 'ringing_agent' || call?.state === 'awaiting_acceptance' ? call : null
  }

  protected override render(): TemplateResult | typeof nothing {
    const { current } = this
    const call = this.#ringing()
    if (!current || !call) return nothing
    const name = otherEnd(call, current.handout.value)
    const since = call.agentLeg.since ?? call.requestedAt
    const until = call.acceptUntil
    // Whether it still rings is not known without the server: no time runs on.
    const known = this.online
    const key = call.accept === 'key'
    return html`<section class="panel panel--overlay offer st-ringing_agent" part="dialog" role="dialog" aria-label=${this.#title(call)}><div class="offer__top">${icon(call.station === 'mobile' ? 'mobile' : 'phone')}<span><strong>${this.#title(call)}</strong><span class="num s-s">${call.direction === 'inbound' ? readableNumber(call.number) : name}</span></span>${known ? html`<span class="num" role="timer">${clockTime(current.now() - Date.parse(since))}</span>` : nothing}</div><div class="panel__body"><div class=${key ? 'offer__key' : ''}>${key ? html`<span class="offer__one" aria-hidden="true">1</span>` : nothing}<p>${this.text(offerWords, this.#task(call), { name })}</p></div><slot name="details"></slot>${
      known && until
        ? html`<p class="row row--between s-s"><span>${this.text(offerWords, 'left')}</span><b class="num" role="timer">${clockTime(Date.parse(until) - current.now() + 999)}</b></p>`
        : nothing
    }${call.handoutId === null ? nothing : html`<p class="muted s-xs">${this.text(offerWords, 'kept')}</p>`}<details class="s-s"><summary>${this.text(offerWords, 'silent')}</summary><p class="muted">${this.text(offerWords, 'silentHelp')}</p></details>${known ? nothing : offlineInCall(current, time => this.text(barWords, 'offlineInCall', { time }))}${this.refusal()}<div class="row row--end">${this.#button(call, 'hangup')}${this.#button(call, 'accept')}</div></div></section>`
  }

  #button(call: CallView, action: 'accept' | 'hangup'): TemplateResult | typeof nothing {
    if (!call.capabilities.includes(action)) return nothing
    const accept = action === 'accept'
    const give = (): void => {
      const { callId } = call
      if (this.ask(accept ? 'evs-accept-request' : 'evs-reject-request', { callId }))
        void this.give(commands => commands[action]({ callId }))
    }
    return html`<button type="button" class=${accept ? 'btn btn--primary' : 'btn'} aria-disabled=${this.off} @click=${give}>${icon(accept ? 'check' : 'x', true)}${this.text(barWords, accept ? 'accept' : 'cancelCall')}</button>`
  }

  /** Once it is taken or gone the call goes on in the bar. */
  override focus(): void {
    const bar = this.beside('evs-call-bar')
    if (bar instanceof HTMLElement) bar.focus()
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed)
    const call = this.#ringing()
    const floating = this.placement !== 'inline'
    // Popover: above everything of the host's, whatever its z-index; manual: only the call's state closes it.
    if (floating && this.popover !== 'manual') this.popover = 'manual'
    if (!floating && this.popover !== null) this.popover = null
    if (floating && this.isConnected) {
      if (call) this.showPopover()
      else if (this.matches(':popover-open')) this.hidePopover()
    }
    const milestone = call ? `${call.callId} ${call.state}` : ''
    if (milestone && milestone !== this.#announced) {
      const name = otherEnd(call!, this.current?.handout.value ?? null)
      announce(`${this.#title(call!)}. ${this.text(offerWords, this.#task(call!), { name })}`, 'assertive')
    }
    this.#announced = milestone
  }

  #title(call: CallView): string {
    if (call.direction === 'inbound') return this.text(offerWords, 'incoming')
    return this.text(barWords, call.station === 'mobile' ? 'mobileRings' : 'phoneRings')
  }

  #task(call: CallView): 'answerThenKey' | 'answerIt' | 'answerIncoming' | 'pressKey' | 'acceptHere' {
    if (call.state === 'awaiting_acceptance') return call.accept === 'key' ? 'pressKey' : 'acceptHere'
    if (call.accept === 'key') return 'answerThenKey'
    return call.direction === 'inbound' ? 'answerIncoming' : 'answerIt'
  }
}

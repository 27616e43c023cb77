import type { CallView, Live, Session } from '@evscallpro/api-client'
import { html, type TemplateResult } from 'lit/html.js'
import { EvsElement } from '../base/element.ts'
import { dialled, readableNumber } from '../format/phone-number.ts'
import { button } from '../style/button.ts'
import { dialLink } from '../style/dial-link.ts'
import { dialPlace } from '../style/dial-place.ts'
import { glyph, icon } from '../style/icon.ts'
import { offerWords } from '../text/offer-words.ts'

/**
 * A number in the page that can be called by a click. Without a connection, or while no call can be made, it is what it
 * was: a `tel:` link.
 *
 * @element evs-click-to-dial
 * @attr {string} number - The number, best in E.164
 * @attr {string} name - Whose number it is, for those who listen
 * @attr {boolean} no-icon - Without the icon
 * @fires {CustomEvent<{number: string}>} evs-dial-request - Before the call; cancelable
 * @fires {CustomEvent<{code: string, message: string, retryable: boolean}>} evs-error - The call was refused; bubbles
 * @slot - The host's own text; default: the number, readable
 * @slot icon - In place of the icon
 */
export class EvsClickToDial extends EvsElement {
  static override properties = {
    number: {},
    name: {},
    noIcon: { type: Boolean, attribute: 'no-icon' }
  }
  static override styles = [EvsElement.styles, button, dialLink, dialPlace]

  declare number: string
  declare name: string
  declare noIcon: boolean

  constructor() {
    super()
    this.number = ''
    this.name = ''
    this.noIcon = false
  }

  protected override reads(session: Session): readonly Live<unknown>[] {
    return [session.call, session.agent]
  }

  protected override render(): TemplateResult {
    const number = dialled(this.number)
    const shown = readableNumber(number)
    const call = this.current?.call.value ?? null
    const here = this.#here(call, number)
    const values = { number: shown, name: this.name }
    const label = here
      ? this.text(offerWords, 'onCall', values)
      : this.text(offerWords, this.name ? 'callWho' : 'call', values)
    const mark = this.noIcon
      ? ''
      : html`<slot name="icon">${here ? glyph('talking') : icon('phone', true)}</slot>`
    return html`<a class=${here ? 'ctd ctd--on' : 'ctd'} href="tel:${number}" aria-label=${label} aria-disabled=${this.busy || this.disabled} @click=${this.#click}>${mark}<slot>${shown}</slot></a>${this.refusal()}`
  }

  #here(call: CallView | null, number: string): boolean {
    return call !== null && call.number === number
  }

  readonly #click = (event: Event): void => {
    if (this.disabled) event.preventDefault()
    const state = this.current?.agent.value?.state
    // Nobody at work here: the link does what the system does with a number.
    if (this.disabled || !this.online || state === undefined || state === 'offline') return
    event.preventDefault()
    const number = dialled(this.number)
    if (this.#here(this.current?.call.value ?? null, number) || !this.ask('evs-dial-request', { number }))
      return
    const handout = this.current?.handout.value
    void this.give(async commands => {
      // The number of the contact in hand: the call belongs to him and counts.
      if (handout?.contact.phones.includes(number))
        return commands.dialContact({ handoutId: handout.id, number })
      return commands.dial({ number })
    })
  }
}

import type { CallView, ContactCard, Live, Session } from '@evscallpro/api-client'
import { html, nothing, type TemplateResult } from 'lit/html.js'
import { EvsElement } from '../base/element.ts'
import { contactName } from '../format/contact-name.ts'
import { hourOf } from '../format/moment.ts'
import { readableNumber } from '../format/phone-number.ts'
import { button } from '../style/button.ts'
import { chip } from '../style/chip.ts'
import { contact } from '../style/contact.ts'
import { glyph, icon } from '../style/icon.ts'
import { panel } from '../style/panel.ts'
import { contactWords } from '../text/contact-words.ts'

/**
 * The contact in the agent's hands: his numbers, with the way to call them, and what is known of him.
 *
 * @element evs-contact-card
 * @attr {boolean} no-call - Without the buttons that call
 * @fires {CustomEvent<{code: string, message: string, retryable: boolean}>} evs-error - A command was refused; bubbles
 * @slot header - Beside the name
 * @slot fields-before - Before what is known
 * @slot fields-after - After it
 * @csspart field - One known thing
 * @csspart phone - One number
 */
export class EvsContactCard extends EvsElement {
  static override properties = { noCall: { type: Boolean, attribute: 'no-call' } }
  static override styles = [EvsElement.styles, button, chip, panel, contact]

  declare noCall: boolean

  constructor() {
    super()
    this.noCall = false
  }

  protected override reads(session: Session): readonly Live<unknown>[] {
    return [session.handout, session.call, session.agent]
  }

  /** The clock where the contact lives goes on. */
  protected override runs(session: Session): boolean {
    return Boolean(session.handout.value?.contact.timeZone)
  }

  protected override render(): TemplateResult {
    const { current } = this
    if (!current?.agent.value) return this.unconnected()
    const handout = current.handout.value
    if (!handout)
      return html`<section class="panel" part="base"><div class="empty"><h2>${this.text(contactWords, 'noContact')}</h2><p class="muted">${this.text(contactWords, 'noContactHint')}</p></div></section>`
    const card = handout.contact
    const callable = !this.noCall && current.agent.value.state === 'reserved' && !current.call.value
    return html`<section class="panel" part="base"><div class="panel__head"><h2 class="who">${contactName(card)}</h2><slot name="header"></slot></div><div class="panel__body"><div>${card.phones.map(number => this.#phone(handout.id, number, current.call.value, callable))}</div>${this.refusal()}<slot name="fields-before"></slot><dl class="facts">${this.#facts(current, card).map(([name, value]) => html`<dt>${name}</dt><dd part="field">${value}</dd>`)}</dl><slot name="fields-after"></slot></div></section>`
  }

  #phone(handoutId: number, number: string, call: CallView | null, callable: boolean): TemplateResult {
    const readable = readableNumber(number)
    const action = callable
      ? html`<button type="button" class="btn" aria-label=${this.text(contactWords, 'callNumber', { number: readable })} aria-disabled=${this.off} @click=${() => this.give(commands => commands.dialContact({ handoutId, number }))}>${icon('phone')}${this.text(contactWords, 'call')}</button>`
      : nothing
    const mark =
      call?.number === number && call.talkingSince
        ? html`<span class="chip chip--solid st-talking">${glyph('talking')}${this.text(contactWords, 'onLine')}</span>`
        : action
    return html`<div class="phone" part="phone"><span class="phone__no num">${readable}</span>${mark}</div>`
  }

  #facts(session: Session, card: ContactCard): (readonly [string, unknown])[] {
    const t = (key: 'company' | 'address' | 'email' | 'language' | 'localTime' | 'reference'): string =>
      this.text(contactWords, key)
    const town = [card.postalCode, card.city].filter(Boolean).join(' ')
    const address = [card.address, town].filter(Boolean)
    const facts: (readonly [string, unknown])[] = [
      [t('company'), card.company],
      [
        t('address'),
        address.length > 0 && html`${address[0]}${address[1] ? html`<br>${address[1]}` : nothing}`
      ],
      [t('email'), card.email],
      [t('language'), card.language && languageName(card.language, this.language)],
      [
        t('localTime'),
        card.timeZone && html`<span class="num">${hourOf(session.now(), this.language, card.timeZone)}</span>`
      ],
      [t('reference'), card.externalId],
      ...Object.entries(card.customFields).map(
        ([name, value]) => [name.replaceAll('_', ' '), readable(value)] as const
      )
    ]
    return facts.filter(([, value]) => value)
  }
}

const readable = (value: unknown): string =>
  value === null || value === undefined
    ? ''
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value)

function languageName(tag: string, language: string): string {
  try {
    return new Intl.DisplayNames(language, { type: 'language' }).of(tag) ?? tag
  } catch {
    // The list of an import may hold anything.
    return tag
  }
}

import type { DispatchReason, Handout, Live, Session } from '@evscallpro/api-client'
import { html, nothing, type TemplateResult } from 'lit/html.js'
import { EvsElement } from '../base/element.ts'
import type { PropertyValues } from '../base/reactive.ts'
import { contactName } from '../format/contact-name.ts'
import { clockTime } from '../format/duration.ts'
import { spokenMoment } from '../format/moment.ts'
import { readableNumber } from '../format/phone-number.ts'
import { button } from '../style/button.ts'
import { contact } from '../style/contact.ts'
import { icon } from '../style/icon.ts'
import { lineEnds } from '../style/line-ends.ts'
import { rightIcon } from '../style/more-icons.ts'
import { panel } from '../style/panel.ts'
import { contactWords } from '../text/contact-words.ts'
import { whyContact } from './why-contact.ts'

type Key = keyof (typeof contactWords)['en']

/**
 * Asks for the next contact, shows who it is and why, calls or skips him. When there is none it says why, waits, and
 * takes the next one by itself as soon as the server announces work.
 *
 * @element evs-next-contact
 * @attr {number} campaign-id - Ask this campaign only; default: the agent's, in his order
 * @attr {boolean} auto-next - Ask by itself whenever the agent is ready
 * @attr {boolean} no-skip - Without the way to give a contact back
 * @fires {CustomEvent<{campaignId: number|null}>} evs-next-request - Before a contact is asked for; cancelable
 * @fires {CustomEvent<{handoutId: number}>} evs-contact-skipped - A contact was given back; bubbles
 * @fires {CustomEvent<{reasons: object[], retryAt: string|null}>} evs-contact-none - There is none now; bubbles
 * @fires {CustomEvent<{code: string, message: string, retryable: boolean}>} evs-error - A command was refused; bubbles
 * @slot contact - What the host adds about the contact
 * @csspart contact - Who it is
 * @csspart reason - Why
 * @csspart phone - The button that calls
 */
export class EvsNextContact extends EvsElement {
  static override properties = {
    campaignId: { type: Number, attribute: 'campaign-id' },
    autoNext: { type: Boolean, attribute: 'auto-next' },
    noSkip: { type: Boolean, attribute: 'no-skip' }
  }
  static override styles = [EvsElement.styles, button, panel, lineEnds, contact]

  declare campaignId: number | null
  declare autoNext: boolean
  declare noSkip: boolean
  /** Asked, and nothing was there: until work appears. */
  #none: { readonly reasons: readonly DispatchReason[]; readonly askAgainAt: string | null } | null = null
  #askedIn = ''

  constructor() {
    super()
    this.campaignId = null
    this.autoNext = false
    this.noSkip = false
  }

  protected override reads(session: Session): readonly Live<unknown>[] {
    return [session.agent, session.handout, session.call]
  }

  protected override follow(session: Session): readonly (() => void)[] {
    return [
      session.work.subscribe(() => {
        if (this.#none) void this.next()
      })
    ]
  }

  protected override runs(session: Session): boolean {
    return session.handout.value !== null || this.#none !== null
  }

  /** Asks for the next contact. */
  async next(): Promise<void> {
    const { campaignId } = this
    if (!this.ask('evs-next-request', { campaignId })) return
    const work = this.current?.work
    const announced = work?.value
    const result = await this.give(commands =>
      commands.requestNext(campaignId === null ? {} : { campaignId })
    )
    if (!result?.ok) return
    // The mock of a host's test may answer nothing: then there is none.
    const { handout = null, reasons = [], askAgainAt = null } = result.value ?? {}
    this.#none = handout ? null : { reasons, askAgainAt }
    // What was announced while the question was under way is not in its answer.
    if (!handout && work?.value !== announced) return this.next()
    if (!handout) this.tell('evs-contact-none', { reasons, retryAt: askAgainAt })
    this.requestUpdate()
  }

  /** Calls the contact in hand, at this number or at the first to try. */
  async call(number?: string): Promise<void> {
    const handout = this.current?.handout.value
    if (!handout) return
    const { id: handoutId } = handout
    await this.give(commands =>
      commands.dialContact(number === undefined ? { handoutId } : { handoutId, number })
    )
  }

  /** Gives the contact back without having called. */
  async skip(): Promise<void> {
    const handoutId = this.current?.handout.value?.id
    if (handoutId === undefined) return
    const result = await this.give(commands => commands.skipContact({ handoutId }))
    if (result?.ok) this.tell('evs-contact-skipped', { handoutId })
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed)
    const { current } = this
    if (!current) return
    const agent = current.agent.value
    const ready = agent?.state === 'ready' && current.handout.value === null
    if (!ready) this.#none = null
    const askAgainAt = this.#none?.askAgainAt
    if (askAgainAt && Date.parse(askAgainAt) <= current.now()) {
      // Once for this moment, whatever the answer.
      this.#none = { reasons: this.#none!.reasons, askAgainAt: null }
      void this.updateComplete.then(() => this.next())
    }
    const time = ready ? `${agent.revision}` : ''
    if (this.autoNext && time && time !== this.#askedIn) void this.updateComplete.then(() => this.next())
    this.#askedIn = time
  }

  protected override render(): TemplateResult | typeof nothing {
    const { current } = this
    if (!current?.agent.value) return this.unconnected()
    const handout = current.handout.value
    const content = handout ? this.#inHand(current, handout) : this.#empty(current)
    return html`<section class="panel" part="base" aria-label=${this.#say('nextContact')}>${content}</section>`
  }

  #say(key: Key, values?: Readonly<Record<string, string | number>>): string {
    return this.text(contactWords, key, values)
  }

  #inHand(session: Session, handout: Handout): TemplateResult {
    const why = whyContact(handout, session.now(), this.language, (key, values) => this.#say(key, values))
    if (session.agent.value?.state !== 'reserved' || session.call.value)
      return html`<div class="panel__head"><h2>${this.#say('why')}</h2></div><div class="panel__body">${why}${this.refusal()}</div>`
    const left = (at: string): string => clockTime(Date.parse(at) - session.now() + 999)
    const place = [handout.contact.postalCode, handout.contact.city].filter(Boolean).join(' ')
    const others = handout.contact.phones.filter(number => number !== handout.nextNumber)
    return html`<div class="panel__head"><h2>${this.#say('nextContact')}</h2><span class="s-xs muted num">${this.#say('reservedFor', { time: left(handout.expiresAt) })}</span></div><div class="panel__body"><div part="contact"><p class="who">${contactName(handout.contact)}</p><p class="muted">${place}</p></div><slot name="contact"></slot><div><p class="label s-s strong">${this.#say('why')}</p>${why}</div>${this.refusal()}${handout.dialAt ? this.#countdown(handout, left(handout.dialAt)) : nothing}<button type="button" class="btn btn--primary btn--next btn--block" part="phone" aria-disabled=${this.off} @click=${() => this.call()}>${icon('phone')}<span class="num">${this.#say('callNumber', { number: readableNumber(handout.nextNumber) })}</span></button>${
      others.length > 0
        ? html`<div class="stack stack--tight"><p class="s-xs muted">${this.#say('otherNumber')}</p>${others.map(number => html`<button type="button" class="btn btn--block" part="phone" aria-disabled=${this.off} @click=${() => this.call(number)}>${icon('phone', true)}<span class="num">${readableNumber(number)}</span></button>`)}</div>`
        : nothing
    }${this.noSkip ? nothing : html`<div class="row row--end"><button type="button" class="btn btn--quiet" aria-disabled=${this.off} @click=${() => this.skip()}>${this.#say('skip')}</button></div>`}</div>`
  }

  #countdown({ id: handoutId }: Handout, time: string): TemplateResult {
    return html`<div class="row row--between"><b class="num" role="timer">${this.#say('dialsIn', { time })}</b><button type="button" class="btn" @click=${() => this.give(commands => commands.stopCountdown({ handoutId }))}>${this.#say('stopCountdown')}</button></div>`
  }

  #empty(session: Session): TemplateResult {
    const state = session.agent.value?.state ?? 'offline'
    if (state === 'ready') return this.#none ? this.#nothing(session) : this.#ready()
    const [title, hint] =
      state === 'paused'
        ? (['pausedTitle', 'pausedHint'] as const)
        : state === 'phone_lost'
          ? (['lostTitle', 'lostHint'] as const)
          : (['offTitle', 'offHint'] as const)
    return this.#blank(this.#say(title), html`<p class="muted">${this.#say(hint)}</p>`)
  }

  #ready(): TemplateResult {
    return this.#blank(
      this.#say('readyTitle'),
      html`<p class="muted">${this.#say('readyHint')}</p>${this.refusal()}<button type="button" class="btn btn--primary btn--next btn--block" aria-disabled=${this.off} @click=${() => this.next()}>${icon(rightIcon)}${this.#say(this.busy ? 'asking' : 'askNext')}</button>`
    )
  }

  #nothing(session: Session): TemplateResult {
    const { reasons, askAgainAt } = this.#none!
    const sentences = reasons.map(({ code, detail, until }) => {
      const key = `none_${code}`
      const text = key in contactWords.en ? this.#say(key as Key) : detail // a plugin's own reason comes as a sentence
      const when = until
        ? ` ${this.#say('noneUntil', { when: spokenMoment(until, session.now(), this.language) })}`
        : ''
      return html`<p class="muted">${text}${when}</p>`
    })
    const when = askAgainAt ? spokenMoment(askAgainAt, session.now(), this.language) : ''
    return this.#blank(
      this.#say('noneTitle'),
      html`${sentences}<p role="status">${this.#say('noneWaits')}${when ? html` <span class="num muted">${when}</span>` : nothing}</p>${this.refusal()}<button type="button" class="btn" @click=${this.#stopWaiting}>${this.#say('stopWaiting')}</button>`
    )
  }

  #blank(title: string, body: TemplateResult): TemplateResult {
    return html`<div class="empty"><span class="empty__wire" aria-hidden="true"><span class="node node--on"></span><span class="span span--none"></span><span class="node node--off"></span></span><h2>${title}</h2>${body}</div>`
  }

  readonly #stopWaiting = (): void => {
    this.#none = null
    this.requestUpdate()
  }
}

import type { AgentStateName, Disposition, Handout, Live, Session, WrapUp } from '@evscallpro/api-client'
import { html, nothing, type TemplateResult } from 'lit/html.js'
import { announce } from '../base/announcer.ts'
import { forgetDraft, readDraft, writeDraft } from '../base/draft.ts'
import { EvsElement } from '../base/element.ts'
import type { PropertyValues } from '../base/reactive.ts'
import { clockTime } from '../format/duration.ts'
import { exactHour } from '../format/moment.ts'
import { labelOf } from '../format/state-name.ts'
import { button } from '../style/button.ts'
import { count } from '../style/count.ts'
import { disposition } from '../style/disposition.ts'
import { field } from '../style/field.ts'
import { icon } from '../style/icon.ts'
import { plusIcon } from '../style/more-icons.ts'
import { panel } from '../style/panel.ts'
import { toneColour } from '../style/tone-colour.ts'
import { wrapWords } from '../text/wrap-words.ts'
import { callbackDate } from './callback-date.ts'
import { chosenOf, qualificationOf, type WrapDraft, type WrapIssue, wrapDraft } from './wrap-draft.ts'

const withCall: readonly AgentStateName[] = [
  'ringing_agent',
  'agent_accepted',
  'dialling_customer',
  'talking',
  'wrap_up'
]
/** Typing is saved on the server when it has paused for so long. */
const saveAfterMs = 800

/**
 * Qualifies the call, during it or after it: disposition, note, callback. What is typed survives a page load; "Finalise"
 * saves and hangs up both parties.
 *
 * @element evs-wrap-up
 * @attr {boolean} no-timer - Without the wrap-up time that runs out
 * @fires {CustomEvent<{dispositionId: number|null}>} evs-disposition-change - Another disposition was chosen
 * @fires {CustomEvent<object>} evs-wrap-up-submit - Before it is saved and finished; cancelable
 * @fires {CustomEvent<{handoutId: number}>} evs-wrap-up-extended - More time was given
 * @fires {CustomEvent<{code: string, message: string, retryable: boolean}>} evs-error - A command was refused; bubbles
 * @slot before - Above the dispositions
 * @slot after - Below the note
 * @csspart option - One disposition
 * @csspart timer - The time left
 * @csspart submit - The button that finishes
 */
export class EvsWrapUp extends EvsElement {
  static override properties = { noTimer: { type: Boolean, attribute: 'no-timer' } }
  static override styles = [EvsElement.styles, toneColour, button, count, disposition, field, panel]

  declare noTimer: boolean
  #handoutId: number | null = null
  #typed: Partial<WrapDraft> = {}
  #issue: WrapIssue | null = null
  #savedAt: number | null = null
  #saver: ReturnType<typeof setTimeout> | null = null

  constructor() {
    super()
    this.noTimer = false
  }

  protected override reads(session: Session): readonly Live<unknown>[] {
    return [session.agent, session.handout, session.wrapUp, session.call]
  }

  protected override runs(session: Session): boolean {
    return session.wrapUp.value !== null
  }

  /** Moves the focus to the disposition that is chosen, else to the first. */
  override focus(): void {
    const options = [...this.renderRoot.querySelectorAll<HTMLInputElement>('input[name="disposition"]')]
    const target = options.find(({ checked }) => checked) ?? options[0]
    if (target) target.focus()
    else super.focus()
    this.scrollIntoView({ block: 'nearest' })
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#cancelSaving()
  }

  /** Saves and ends the work on this contact; a call that still runs is hung up. */
  async submit(): Promise<void> {
    const { current } = this
    const handout = this.#handout()
    if (!current || !handout) return
    const qualification = qualificationOf(handout, this.#draft(handout), current.now())
    this.#issue = typeof qualification === 'string' ? qualification : null
    this.requestUpdate()
    if (typeof qualification === 'string') {
      await this.updateComplete
      const first = qualification === 'chooseFirst' ? 'input[name="disposition"]' : '#date'
      this.renderRoot.querySelector<HTMLElement>(first)?.focus()
      return
    }
    if (!this.ask('evs-wrap-up-submit', qualification)) return
    this.#cancelSaving()
    const result = await this.give(commands => commands.finalise({ handoutId: handout.id, qualification }))
    if (!result?.ok) return
    forgetDraft(key(handout))
    announce(this.text(wrapWords, result.value?.overQuota ? 'overQuota' : 'saved'))
  }

  /** Asks for more time. */
  async extend(): Promise<void> {
    const handoutId = this.current?.wrapUp.value?.handoutId
    if (handoutId === undefined) return
    const result = await this.give(commands => commands.extendWrapUp({ handoutId }))
    if (result?.ok) this.dispatchEvent(new CustomEvent('evs-wrap-up-extended', { detail: { handoutId } }))
  }

  /** The hand-out, from the moment its call begins. */
  #handout(): Handout | null {
    const state = this.current?.agent.value?.state
    return state && withCall.includes(state) ? (this.current?.handout.value ?? null) : null
  }

  #draft(handout: Handout): WrapDraft {
    return wrapDraft(handout, this.#typed)
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed)
    const handout = this.#handout()
    if (handout && handout.id !== this.#handoutId) {
      this.#handoutId = handout.id
      this.#typed = readDraft<WrapDraft>(key(handout))
      this.#issue = null
      this.#savedAt = null
      this.#cancelSaving()
    }
  }

  protected override render(): TemplateResult {
    const { current } = this
    if (!current?.agent.value) return this.unconnected()
    const handout = this.#handout()
    if (!handout)
      return html`<section class="panel" part="base" aria-label=${this.#say('title')}><div class="empty"><h2>${this.#say('nothing')}</h2><p class="muted">${this.#say('nothingHint')}</p></div></section>`
    const draft = this.#draft(handout)
    const chosen = chosenOf(handout, draft)
    const wrapUp = current.wrapUp.value
    const inCall = current.call.value !== null
    const callback = chosen?.callback
      ? callbackDate({
          draft,
          zone: handout.contact.timeZone,
          now: current.now(),
          language: this.language,
          invalid: this.#issue === 'chooseDate' || this.#issue === 'dateIsPast',
          say: (each, values) => this.#say(each, values),
          change: part => this.#change(handout, part)
        })
      : nothing
    return html`<section class="panel st-wrap_up" part="base" aria-label=${this.#say('title')} @keydown=${this.#digit}><div class="panel__head"><h2>${this.#say('title')}</h2><span class="s-xs muted">${this.#say('required')}</span></div><div class="panel__body">${wrapUp && !this.noTimer ? this.#time(current, wrapUp) : nothing}<slot name="before"></slot>${this.#choices(handout, draft)}${chosen?.positive && handout.quotaFull ? html`<p class="msg st-warning">${icon('alert', true)}<span>${this.#say('quotaFull')}</span></p>` : nothing}${callback}${this.#note(handout, draft)}<slot name="after"></slot>${
      this.#issue
        ? html`<p class="msg st-danger" part="error" role="alert">${icon('alert')}<span>${this.#say(this.#issue)}</span></p>`
        : nothing
    }${this.refusal()}</div><div class="panel__foot fin"><button type="button" class="btn btn--primary btn--next btn--block" part="submit" aria-disabled=${handout.finalised ? 'true' : this.off} @click=${() => this.submit()}>${icon('check')}${this.#say(inCall ? 'finalise' : 'save')}</button>${inCall ? html`<span class="hint">${this.#say('finaliseHint')}</span>` : nothing}</div></section>`
  }

  #say(each: keyof (typeof wrapWords)['en'], values?: Readonly<Record<string, string | number>>): string {
    return this.text(wrapWords, each, values)
  }

  #time(
    session: Session,
    { deadline, extensionsLeft, extensionSeconds }: WrapUp
  ): TemplateResult | typeof nothing {
    if (deadline === null) return nothing
    const end = Date.parse(deadline)
    const left = Math.max(0, end - session.now())
    const whole = end - Date.parse(session.agent.value!.since)
    const values = { n: extensionSeconds, left: extensionsLeft }
    const share = `${Math.min(100, Math.round((left / whole) * 100))}%`
    return html`<div class="stack stack--tight"><div class="count"><span class="row row--between s-s"><span>${this.#say('time')}</span><b class="num" part="timer" role="timer">${clockTime(left + 999)}</b></span><svg class="count__track" aria-hidden="true"><rect width="100%" height="6" rx="1" /><rect class="count__left" width=${share} height="6" rx="1" /></svg></div><div class="row row--between"><span class="hint">${this.#say(session.agent.value!.pauseRequested ? 'thenPaused' : 'thenNotQualified')}</span>${
      extensionsLeft > 0
        ? html`<button type="button" class="btn" aria-disabled=${this.off} @click=${() => this.extend()}>${icon(plusIcon, true)}${this.#say('extend', values)}</button>`
        : nothing
    }</div></div>`
  }

  #choices(handout: Handout, draft: WrapDraft): TemplateResult {
    const option = (each: Disposition, i: number): TemplateResult =>
      html`<label class="pick__opt" part="option"><input type="radio" name="disposition" .checked=${each.id === draft.dispositionId} @change=${() => this.#choose(handout, each.id)}><span>${labelOf(each, this.language)}${this.#mark(each)}</span>${i < 9 ? html`<span class="kbd" aria-hidden="true">${i + 1}</span>` : nothing}</label>`
    return html`<fieldset class="disp pick"><legend class="vh">${this.#say('choices')}</legend>${handout.dispositions.map(option)}</fieldset>`
  }

  #mark({ positive, callback, stop }: Disposition): TemplateResult | typeof nothing {
    const mark = positive ? 'positive' : callback ? 'withDate' : stop ? 'noMore' : null
    return mark ? html` <span class="s-xs muted">${this.#say(mark)}</span>` : nothing
  }

  #note(handout: Handout, draft: WrapDraft): TemplateResult {
    const typed = (event: Event): void =>
      this.#change(handout, { note: (event.target as HTMLTextAreaElement).value }) // listens on the text area
    const kept = this.#savedAt
      ? this.#say('savedAt', { time: exactHour(this.#savedAt, this.language) })
      : this.#typed.note
        ? this.#say('keptHere')
        : ''
    return html`<div class="field"><label for="note">${this.#say('note')}</label><textarea class="input" id="note" rows="2" maxlength="4000" .value=${draft.note} @input=${typed}></textarea>${kept ? html`<span class="saved num">${icon('check', true)}${kept}</span>` : nothing}</div>`
  }

  #choose(handout: Handout, dispositionId: number): void {
    this.#change(handout, { dispositionId })
    this.dispatchEvent(new CustomEvent('evs-disposition-change', { detail: { dispositionId } }))
  }

  #change(handout: Handout, part: Partial<WrapDraft>): void {
    this.#typed = { ...this.#typed, ...part }
    this.#issue = null
    this.#savedAt = null
    writeDraft(key(handout), this.#typed)
    this.requestUpdate()
    this.#cancelSaving()
    this.#saver = setTimeout(() => void this.#save(handout), saveAfterMs)
  }

  /** Keeps it on the server too, as soon as it is whole: another screen has it then, and the end of wrap-up time. */
  async #save(handout: Handout): Promise<void> {
    const { current } = this
    if (!current || !this.online) return
    const draft = this.#draft(handout)
    const qualification = qualificationOf(handout, draft, current.now())
    if (typeof qualification === 'string') return
    const { ok } = await current.commands.setDisposition({ handoutId: handout.id, qualification })
    // Not saved is no refusal of what the agent asked for: it stays in this tab and goes along when he finishes.
    if (!ok || this.#draft(handout).note !== draft.note) return
    this.#savedAt = current.now()
    this.requestUpdate()
  }

  #cancelSaving(): void {
    if (this.#saver) clearTimeout(this.#saver)
    this.#saver = null
  }

  /** Digits choose while the focus is in here and nothing is typed (WCAG 2.1.4). */
  readonly #digit = (event: KeyboardEvent): void => {
    const handout = this.#handout()
    const typing = event.composedPath()[0]
    if (!handout || event.ctrlKey || event.metaKey || event.altKey) return
    if (typing instanceof HTMLTextAreaElement) return
    if (typing instanceof HTMLInputElement && typing.type !== 'radio') return
    const chosen = /^[1-9]$/.test(event.key) ? handout.dispositions[Number(event.key) - 1] : undefined
    if (!chosen) return
    event.preventDefault()
    this.#choose(handout, chosen.id)
    void this.updateComplete.then(() => this.focus())
  }
}

const key = (handout: Handout): string => `handout:${handout.id}`

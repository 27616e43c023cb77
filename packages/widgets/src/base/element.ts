import type { CommandRefusal, CommandResult, Live, Session } from '@evscallpro/api-client'
import { html, nothing, type TemplateResult } from 'lit/html.js'
import { fallback } from '../style/fallback.ts'
import { ground } from '../style/ground.ts'
import { icon } from '../style/icon.ts'
import { message } from '../style/message.ts'
import { stateColour } from '../style/state-colour.ts'
import { commonWords } from '../text/common-words.ts'
import { refusalWords } from '../text/refusal-words.ts'
import { fill, type Language, type Words } from '../text/words.ts'
import { openRegions } from './announcer.ts'
import { companion, join } from './company.ts'
import { version } from './define.ts'
import { languageOf, onLanguageChange } from './language.ts'
import { type PropertyDeclarations, type PropertyValues, ReactiveElement, type Styles } from './reactive.ts'
import { findSession, onSessionChange } from './session-scope.ts'
import { everySecond } from './ticker.ts'

/**
 * What all elements share: the session they find, the language of the place where they stand, the host's own texts,
 * `:state(loading | stale | error)`, and commands whose refusal is shown where they were given.
 */
export abstract class EvsElement extends ReactiveElement {
  static readonly version: string = version
  static override properties: PropertyDeclarations = {
    session: { attribute: false },
    labels: { attribute: false },
    disabled: { type: Boolean }
  }
  static override styles: Styles = [fallback, ground, stateColour, message]

  /** The connection to use; without it that of the provider above, else the page's. */
  declare session: Session | null
  /** The host's own texts in place of ours, by key. */
  declare labels: Readonly<Record<string, string>>
  declare disabled: boolean

  /** What was refused last, until the next command. */
  protected refused: CommandRefusal | null = null
  /** A command is under way. */
  protected busy = false
  readonly #internals = this.attachInternals()
  #session: Session | null = null
  #endings: (() => void)[] = []
  #reading: (() => void)[] = []
  #ticker: (() => void) | null = null
  /** What has the focus in here before it is rendered again. */
  #held: Element | null = null

  constructor() {
    super()
    this.session = null
    this.labels = {}
    this.disabled = false
  }

  /** The values this element shows: it renders again when one of them changes. */
  protected reads(_session: Session): readonly Live<unknown>[] {
    return []
  }

  /** Subscriptions beyond `reads`, made for each session; what they return ends them. */
  protected follow(_session: Session): readonly (() => void)[] {
    return []
  }

  /** It shows a time that runs: rendered again every second. */
  protected runs(_session: Session): boolean {
    return false
  }

  protected get current(): Session | null {
    return this.#session
  }

  /** Another element on this page with the same session, by its tag. */
  protected beside(tag: string): Element | null {
    const member = this.#session && companion(this.#session, tag)
    return member instanceof Element ? member : null
  }

  protected get online(): boolean {
    const state = this.#session?.connection.value.state
    return state === 'online' || state === 'degraded'
  }

  /** For `aria-disabled` of what gives a command: a button that is really disabled would lose the focus. */
  protected get off(): 'true' | typeof nothing {
    return this.online && !this.busy && !this.disabled ? nothing : 'true'
  }

  protected get language(): Language {
    return languageOf(this)
  }

  /** The text of a key in the language of this place, with its values. */
  protected text<K extends string>(
    from: Words<K>,
    key: K,
    values?: Readonly<Record<string, string | number>>
  ): string {
    const { language } = this
    const text = fill(this.labels[key] ?? from[language][key], values)
    return language === 'fr' ? french(text) : text
  }

  override connectedCallback(): void {
    super.connectedCallback()
    openRegions()
    this.#endings = [onLanguageChange(() => this.requestUpdate()), onSessionChange(() => this.#resolve())]
    this.#resolve()
  }

  /** Moves the focus to the first match once what was changed is rendered. */
  protected focusIn(selector: string): void {
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>(selector)?.focus())
  }

  /** Moves the focus to this element itself: the next Tab goes to its first control. */
  override focus(): void {
    const base = this.renderRoot.querySelector<HTMLElement>('[part=base]')
    if (!base) return
    base.tabIndex = -1
    base.focus()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    for (const end of this.#endings) end()
    this.#leave()
    this.#stopTicking()
    this.#session = null
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('session')) this.#resolve()
    this.#held = this.renderRoot.activeElement
    const connection = this.#session?.connection.value.state
    this.#state('loading', connection === 'connecting' || connection === 'idle')
    this.#state('stale', connection === 'offline' || connection === 'degraded')
    this.#state('error', this.refused !== null || connection === 'refused')
  }

  protected override updated(_changed: PropertyValues): void {
    // Moved, it has lost the focus and gets it back; gone, the keyboard goes on where it was and not at the page's top.
    const held = this.#held as HTMLElement | null
    if (held && !this.renderRoot.activeElement) {
      if (held.isConnected) held.focus()
      else this.focus()
    }
    const runs = this.#session !== null && this.runs(this.#session)
    if (runs && !this.#ticker) this.#ticker = everySecond(() => this.requestUpdate())
    if (!runs) this.#stopTicking()
  }

  #stopTicking(): void {
    this.#ticker?.()
    this.#ticker = null
  }

  /**
   * Gives a command and shows its refusal here. One at a time: a second one while it is under way is not given.
   * Answers null when none was given.
   */
  protected async give<T>(
    command: (commands: Session['commands']) => Promise<CommandResult<T>>
  ): Promise<CommandResult<T> | null> {
    if (!this.#session || this.busy || this.disabled) return null
    this.busy = true
    this.refused = null
    this.requestUpdate()
    const result = await command(this.#session.commands)
    this.busy = false
    this.answered(result)
    return result
  }

  /** Shows a refusal here and tells the host; a command that succeeded takes the last refusal away. */
  protected answered(result: CommandResult<unknown>): void {
    this.refused = result.ok ? null : result
    if (!result.ok) {
      const { code, message: sentence, retryable } = result
      this.tell('evs-error', { code, message: sentence, retryable })
    }
    this.requestUpdate()
  }

  /** Asks the host before something is done; false: it has prevented it. Does not bubble. */
  protected ask(type: string, detail: object): boolean {
    return this.dispatchEvent(new CustomEvent(type, { detail, cancelable: true }))
  }

  /** Tells the host a fact: bubbles, and leaves shadow roots. */
  protected tell(type: string, detail: object): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }))
  }

  /** The last refusal in words, beside what it is about. */
  protected refusal(): TemplateResult | typeof nothing {
    if (!this.refused) return nothing
    return html`<div class="msg st-danger" part="error" role="alert">${icon('alert')}<span>${this.text(refusalWords, this.refused.code)}</span></div>`
  }

  /** What stands here without a session: never an empty place, never an exception. */
  protected unconnected(): TemplateResult {
    const state = this.#session?.connection.value.state
    const key = state === undefined || state === 'refused' ? 'noSession' : 'connecting'
    return html`<p class="muted" part="base" role="status">${this.text(commonWords, key)}</p>`
  }

  #resolve(): void {
    const found = this.isConnected ? (this.session ?? findSession(this)) : null
    if (found === this.#session) return
    this.#leave()
    this.#session = found
    if (found) {
      const again = (): void => this.requestUpdate()
      this.#reading = [
        ...[found.connection, ...this.reads(found)].map(live => live.subscribe(again)),
        ...this.follow(found),
        join(found, this)
      ]
    }
    this.requestUpdate()
  }

  #leave(): void {
    for (const end of this.#reading) end()
    this.#reading = []
  }

  #state(name: string, on: boolean): void {
    if (on) this.#internals.states.add(name)
    else this.#internals.states.delete(name)
  }
}

/** French puts a narrow no-break space before ; : ! ? and inside « ». */
const french = (text: string): string => text.replace(/ ([;:!?»])/g, '\u202f$1').replace(/« /g, '«\u202f')

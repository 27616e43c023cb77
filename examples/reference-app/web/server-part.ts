import { ApiError } from '@evscallpro/api-client'
import { html, nothing, type TemplateResult } from 'lit'
import { icon, PageElement, texts } from './page-element.ts'
import { type Failure, NoAnswer } from './rest.ts'
import { refusal } from './server-says.ts'
import { session } from './session.ts'

const words = texts({ again: 'Try again' }, { again: 'Réessayer' })

/**
 * A part of a page that asks the server: what fails is said here in the person's language, whatever the cause, and what it
 * shows is read again as soon as the connection is back.
 */
export abstract class ServerPart extends PageElement {
  static override properties = { failure: { state: true }, unread: { state: true }, busy: { state: true } }
  /** What the last request ended with. */
  declare failure: Failure | null
  /** The last reading failed: it can be asked for again. */
  declare unread: boolean
  declare busy: boolean
  #unwatch: () => void = () => {}

  constructor() {
    super()
    this.failure = null
    this.unread = false
    this.busy = false
  }

  /** Reads what it shows. */
  protected abstract read(): Promise<void>

  override connectedCallback(): void {
    super.connectedCallback()
    let away = false
    this.#unwatch = session.connection.subscribe(({ state }) => {
      if (state === 'offline') away = true
      if (state !== 'online' || !away) return
      away = false
      void this.refresh()
    })
    void this.refresh()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#unwatch()
  }

  /** Reads again what it shows. */
  readonly refresh = async (): Promise<void> => {
    const failure = await this.#failureOf(() => this.read())
    if (failure || this.unread) this.failure = failure
    this.unread = failure !== null
  }

  /** Does what asks the server; a failure is shown. @returns whether it was done */
  protected async attempt(work: () => Promise<void>): Promise<boolean> {
    this.failure = null
    this.failure = await this.#failureOf(work)
    this.unread = false
    return this.failure === null
  }

  async #failureOf(work: () => Promise<void>): Promise<Failure | null> {
    this.busy = true
    try {
      await work()
      return null
    } catch (error) {
      if (error instanceof ApiError || error instanceof NoAnswer) return error
      throw error
    } finally {
      this.busy = false
    }
  }

  /** Where a failure is said; it stands on the page from the beginning, so that it is read out. */
  protected renderFailure(): TemplateResult {
    return html`<div role="alert">${
      this.failure
        ? html`<p class="msg s-danger">${icon('alert')}<span>${refusal(this.failure, this.language)} ${
            this.unread
              ? html`<button class="btn btn--quiet" type="button" ?disabled=${this.busy} @click=${this.refresh}>${words[this.language].again}</button>`
              : nothing
          }</span></p>`
        : nothing
    }</div>`
  }
}

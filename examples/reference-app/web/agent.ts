import type { Handout } from '@evscallpro/api-client'
import { html, nothing, type TemplateResult } from 'lit'
import { Frame, type View } from './frame.ts'
import './own-callbacks.ts'
import { texts } from './page-element.ts'

const words = texts({ desk: 'My desk', history: 'My calls' }, { desk: 'Mon poste', history: 'Mes appels' })

/** The agent's desk: what is going on, what to do now, what is known; all of it in elements anybody can embed. */
class AgentPage extends Frame {
  static override properties = {
    ...Frame.properties,
    handout: { state: true },
    atWork: { state: true }
  }
  declare handout: Handout | null
  declare atWork: boolean
  protected override readonly page = 'agent'
  #endings: (() => void)[] = []

  constructor() {
    super()
    this.handout = null
    this.atWork = false
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#endings = [
      this.session.handout.subscribe(handout => {
        this.handout = handout
      }),
      this.session.agent.subscribe(agent => {
        this.atWork = agent !== null && agent.state !== 'offline'
      })
    ]
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    for (const end of this.#endings) end()
  }

  protected override views(): readonly View[] {
    const text = words[this.language]
    return [
      { id: 'desk', label: text.desk },
      { id: 'history', label: text.history }
    ]
  }

  protected override renderTools(): TemplateResult | typeof nothing {
    return this.atWork ? html`<evs-agent-state></evs-agent-state>` : nothing
  }

  protected override renderView(view: string): TemplateResult {
    return html`<div class="desk__bar"><evs-call-bar></evs-call-bar></div>
      <evs-incoming-call></evs-incoming-call>
      <main>${view === 'history' ? this.#history() : this.atWork ? this.#desk() : this.#login()}</main>`
  }

  #login(): TemplateResult {
    return html`<div class="page page--narrow"><evs-agent-login></evs-agent-login></div>`
  }

  #desk(): TemplateResult {
    // Beside a contact the calls with him, else his own last ones.
    return html`<div class="desk">
      <div class="desk__side">
        <evs-contact-card class="a-card"></evs-contact-card>
        <app-own-callbacks class="a-aside" .session=${this.session}></app-own-callbacks>
      </div>
      <div class="desk__main">
        <evs-next-contact class="a-script"></evs-next-contact>
        <div class="a-history">${
          this.handout
            ? html`<evs-call-history of-contact no-filter></evs-call-history>`
            : html`<evs-call-history no-filter page-size="8"></evs-call-history>`
        }</div>
      </div>
      <evs-wrap-up class="a-wrap"></evs-wrap-up>
    </div>`
  }

  #history(): TemplateResult {
    return html`<div class="page"><evs-call-history></evs-call-history></div>`
  }
}

customElements.define('app-agent', AgentPage)

import { html, nothing, type TemplateResult } from 'lit'
import { icon, PageElement, texts } from './page-element.ts'
import { allSites, type Site } from './records/kinds.ts'
import { RestError, rest } from './rest.ts'
import { inWords } from './server-says.ts'

const words = texts(
  {
    title: 'Route test',
    lead: 'Which way a call would take now, and why. Nothing is called.',
    site: 'From the site',
    number: 'Number',
    test: 'Test',
    taken: 'taken',
    refused: 'refused'
  },
  {
    title: 'Test de route',
    lead: 'Par où un appel passerait maintenant, et pourquoi. Rien n’est appelé.',
    site: 'Depuis le site',
    number: 'Numéro',
    test: 'Tester',
    taken: 'retenue',
    refused: 'écartée'
  }
)

interface Decision {
  readonly verdict: string
  readonly steps: readonly {
    readonly trunk: string
    readonly taken: boolean
    readonly because: string
    readonly presents: string | null
  }[]
}

/** Asks the server which trunks a number would go by, in which order, and why. */
export class RouteTest extends PageElement {
  static override properties = {
    sites: { state: true },
    decision: { state: true },
    trouble: { state: true }
  }
  declare sites: readonly Site[]
  declare decision: Decision | null
  declare trouble: string | null

  constructor() {
    super()
    this.sites = []
    this.decision = null
    this.trouble = null
  }

  override connectedCallback(): void {
    super.connectedCallback()
    void allSites().then(sites => {
      this.sites = sites
    })
  }

  protected override render(): TemplateResult {
    const text = words[this.language]
    return html`<form class="panel" @submit=${this.#test}><div class="panel__head"><h2>${text.title}</h2></div>
      <div class="panel__body"><p class="muted s-s">${text.lead}</p>
        <div class="fields fields--narrow">
          <div class="field"><label for="route-site">${text.site}</label><select class="input" id="route-site" name="site">${this.sites.map(
            ({ id, name }) => html`<option value=${id}>${name}</option>`
          )}</select></div>
          <div class="field"><label for="route-number">${text.number}</label><input class="input" id="route-number" name="number" type="tel" required></div>
        </div>
        <div><button class="btn btn--primary">${text.test}</button></div>
        <div role="status">${
          this.decision
            ? html`<p><b>${inWords(this.decision.verdict.replace(', then ', this.language === 'fr' ? ', puis ' : ', then '), this.language)}</b></p><ol class="steps">${this.decision.steps.map(
                step =>
                  html`<li>${icon(step.taken ? 'check' : 'alert')} <b>${step.trunk}</b> ${
                    step.taken ? text.taken : text.refused
                  } · ${inWords(step.because, this.language)}${step.presents ? ` · ${step.presents}` : ''}</li>`
              )}</ol>`
            : nothing
        }</div>
        <div role="alert">${this.trouble ? html`<p class="msg s-danger">${icon('alert')}<span>${this.trouble}</span></p>` : nothing}</div>
      </div></form>`
  }

  readonly #test = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const form = new FormData(event.currentTarget as HTMLFormElement) // the listener is on the form
    const body = { siteId: Number(form.get('site')), number: String(form.get('number')) }
    try {
      this.trouble = null
      this.decision = await rest<Decision>('POST', '/api/trunks/decide', body)
    } catch (error) {
      if (!(error instanceof RestError)) throw error
      this.decision = null
      this.trouble = error.message
    }
  }
}

customElements.define('app-route-test', RouteTest)

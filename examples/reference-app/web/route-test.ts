import { html, nothing, type TemplateResult } from 'lit'
import { icon, texts } from './page-element.ts'
import { allSites, type Site } from './records/kinds.ts'
import { rest } from './rest.ts'
import { ServerPart } from './server-part.ts'
import { inWords, wrongFields } from './server-says.ts'

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
export class RouteTest extends ServerPart {
  static override properties = {
    ...ServerPart.properties,
    sites: { state: true },
    decision: { state: true }
  }
  declare sites: readonly Site[]
  declare decision: Decision | null

  constructor() {
    super()
    this.sites = []
    this.decision = null
  }

  protected override async read(): Promise<void> {
    this.sites = await allSites()
  }

  protected override render(): TemplateResult {
    const text = words[this.language]
    const wrong = wrongFields(this.failure, this.language).find(({ field }) => field === 'number')
    return html`<form class="panel" @submit=${this.#test}><div class="panel__head"><h2>${text.title}</h2></div>
      <div class="panel__body"><p class="muted s-s">${text.lead}</p>
        <div class="fields fields--narrow">
          <div class="field"><label for="route-site">${text.site}</label><select class="input" id="route-site" name="site">${this.sites.map(
            ({ id, name }) => html`<option value=${id}>${name}</option>`
          )}</select></div>
          <div class="field"><label for="route-number">${text.number}</label><input class="input" id="route-number" name="number" type="tel" required
            aria-describedby=${wrong ? 'route-wrong' : nothing} aria-invalid=${wrong ? 'true' : nothing}>${
              wrong
                ? html`<p class="msg msg--line s-danger" id="route-wrong">${icon('alert')}<span>${wrong.sentence}</span></p>`
                : nothing
            }</div>
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
        ${this.renderFailure()}
      </div></form>`
  }

  readonly #test = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const form = new FormData(event.currentTarget as HTMLFormElement) // the listener is on the form
    const body = { siteId: Number(form.get('site')), number: String(form.get('number')) }
    this.decision = null
    await this.attempt(async () => {
      this.decision = await rest<Decision>('POST', '/api/trunks/decide', body)
    })
  }
}

customElements.define('app-route-test', RouteTest)

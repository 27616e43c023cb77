import type { CallState, CommandErrorCode, LiveCall, LiveRows, Session } from '@evscallpro/api-client'
import { clockTime, readableNumber } from '@evscallpro/widgets'
import { html, nothing, type TemplateResult } from 'lit'
import { icon, PageElement, texts } from './page-element.ts'

const words = texts(
  {
    title: 'Calls in flight',
    none: 'No call is in flight.',
    loading: 'Loading …',
    forbidden: 'You are not allowed to see the calls in flight.',
    stale: 'Figures of {time}: the connection is down.',
    agent: 'Agent',
    state: 'State',
    time: 'Time',
    number: 'Number',
    campaign: 'Campaign',
    site: 'Site',
    trunk: 'Trunk',
    hangup: 'Hang up',
    over: 'Not hung up: the call is over already.',
    offline: 'Not hung up: there is no connection. Try again when it is back.',
    unsure: 'The server has not answered. Look whether the call is still here.',
    refused: 'Not hung up. Try again, then ask your administrator.'
  },
  {
    title: 'Appels en cours',
    none: 'Aucun appel n’est en cours.',
    loading: 'Chargement …',
    forbidden: 'Vous n’avez pas le droit de voir les appels en cours.',
    stale: 'Chiffres de {time} : la connexion est coupée.',
    agent: 'Agent',
    state: 'État',
    time: 'Durée',
    number: 'Numéro',
    campaign: 'Campagne',
    site: 'Site',
    trunk: 'Trunk',
    hangup: 'Raccrocher',
    over: 'Pas raccroché : l’appel est déjà terminé.',
    offline: 'Pas raccroché : pas de connexion. Réessayez quand elle revient.',
    unsure: 'Le serveur n’a pas répondu. Regardez si l’appel est encore là.',
    refused: 'Pas raccroché. Réessayez, puis demandez à votre administrateur.'
  }
)
type Word = keyof (typeof words)['en']
const refusals: Partial<Record<CommandErrorCode, Word>> = {
  conflict: 'over',
  offline: 'offline',
  timeout: 'unsure'
}
const states: Readonly<Record<'fr' | 'en', Readonly<Record<CallState, string>>>> = {
  en: {
    requested: 'Requested',
    ringing_agent: 'Agent’s phone rings',
    awaiting_acceptance: 'Agent has to accept',
    agent_accepted: 'Agent on the line',
    dialling_customer: 'Dialling the customer',
    ringing_customer: 'Customer’s phone rings',
    talking: 'Talking'
  },
  fr: {
    requested: 'Demandé',
    ringing_agent: 'Le poste de l’agent sonne',
    awaiting_acceptance: 'L’agent doit accepter',
    agent_accepted: 'Agent en ligne',
    dialling_customer: 'Appel du client',
    ringing_customer: 'Chez le client, ça sonne',
    talking: 'En communication'
  }
}

/** Calls in flight within the supervisor's scope; each control is there only while the server can do it. */
export class LiveCalls extends PageElement {
  static override properties = { session: { attribute: false }, refusal: { state: true } }
  declare session: Session
  declare refusal: Word | null
  #ends: (() => void)[] = []

  constructor() {
    super()
    this.refusal = null
  }

  override connectedCallback(): void {
    super.connectedCallback()
    const second = setInterval(() => this.requestUpdate(), 1000)
    this.#ends = [() => clearInterval(second), this.session.liveCalls.subscribe(() => this.requestUpdate())]
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    for (const end of this.#ends) end()
  }

  protected override render(): TemplateResult {
    const text = words[this.language]
    const calls: LiveRows<string, LiveCall> = this.session.liveCalls
    const rows = [...calls.rows.values()].sort((a, b) => a.requestedAt.localeCompare(b.requestedAt))
    const empty = calls.status === 'refused' ? 'forbidden' : calls.status === 'live' ? 'none' : 'loading'
    return html`<section class="panel panel--flush">
      <div class="panel__head"><h2>${text.title}${calls.asOf === null ? nothing : ` · ${rows.length}`}</h2></div>
      <div role="status">${calls.status === 'stale' && calls.asOf !== null ? html`<p class="hint inset">${text.stale.replace('{time}', this.#clock(calls.asOf))}</p>` : nothing}</div>
      <div role="alert">${this.refusal ? html`<p class="msg s-danger">${icon('alert')}<span>${text[this.refusal]}</span></p>` : nothing}</div>
      <div class="panel__body">${
        rows.length === 0
          ? html`<p class="empty muted">${text[empty]}</p>`
          : html`<div class="scroll" tabindex="0" role="region" aria-label=${text.title}><table class="table"><thead><tr>
        <th scope="col">${text.agent}</th><th scope="col">${text.state}</th><th scope="col" class="r">${text.time}</th>
        <th scope="col">${text.number}</th><th scope="col">${text.campaign}</th><th scope="col">${text.site}</th>
        <th scope="col">${text.trunk}</th><td></td></tr></thead><tbody>${rows.map(row => this.#row(row))}</tbody></table></div>`
      }</div></section>`
  }

  #row(call: LiveCall): TemplateResult {
    const text = words[this.language]
    const { status, asOf } = this.session.liveCalls
    // What is not known any more does not run on.
    const now = status === 'stale' && asOf !== null ? asOf : this.session.now()
    const time = clockTime(now - Date.parse(call.talkingSince ?? call.requestedAt))
    return html`<tr><td>${call.agentName ?? ''}</td><td>${states[this.language][call.state]}</td>
      <td class="r num">${time}</td>
      <td class="nw">${readableNumber(call.number)}</td><td>${call.campaignName}</td><td>${call.siteName ?? ''}</td><td>${call.trunk?.replace(/^PJSIP\//, '') ?? ''}</td>
      <td class="r">${
        call.capabilities.includes('hangup')
          ? html`<button class="btn btn--quiet" aria-label="${text.hangup} ${call.agentName ?? readableNumber(call.number)}" @click=${() => this.#hangUp(call.callId)}>${text.hangup}</button>`
          : nothing
      }</td></tr>`
  }

  async #hangUp(callId: string): Promise<void> {
    const result = await this.session.commands.hangup({ callId })
    this.refusal = result.ok ? null : (refusals[result.code] ?? 'refused')
  }

  #clock(at: number): string {
    return new Intl.DateTimeFormat(this.language, { timeStyle: 'medium' }).format(at)
  }
}

customElements.define('app-live-calls', LiveCalls)

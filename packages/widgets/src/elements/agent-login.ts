import type { AgentCampaign, Live, Session, Station } from '@evscallpro/api-client'
import { html, nothing, type TemplateResult } from 'lit/html.js'
import { EvsElement } from '../base/element.ts'
import { button } from '../style/button.ts'
import { field } from '../style/field.ts'
import { icon } from '../style/icon.ts'
import { panel } from '../style/panel.ts'
import { agentWords, stationName } from '../text/agent-words.ts'
import { loginWords } from '../text/login-words.ts'

/**
 * Starts the agent's shift: at which phone he is reached, and in which of his campaigns he works now; at first all.
 *
 * @element evs-agent-login
 * @attr {string} station - The station chosen at first; default: the first that can be used
 * @attr {boolean} no-campaigns - Without the choice of campaigns: he works in all
 * @fires {CustomEvent<{station: string, campaignIds: number[]|null}>} evs-login-request - Before the shift starts; cancelable
 * @fires {CustomEvent<{code: string, message: string, retryable: boolean}>} evs-error - It was refused; bubbles
 * @slot header - Above
 * @slot footer - Below
 */
export class EvsAgentLogin extends EvsElement {
  static override properties = {
    station: {},
    noCampaigns: { type: Boolean, attribute: 'no-campaigns' }
  }
  static override styles = [EvsElement.styles, button, field, panel]

  declare station: string
  declare noCampaigns: boolean
  /** Campaigns that he does not work in this time. */
  readonly #leftOut = new Set<number>()

  constructor() {
    super()
    this.station = ''
    this.noCampaigns = false
  }

  protected override reads(session: Session): readonly Live<unknown>[] {
    return [session.agent, session.profile, session.stations, session.campaigns]
  }

  protected override render(): TemplateResult {
    const { current } = this
    if (!current?.profile.value && !current?.agent.value) return this.unconnected()
    const agent = current.agent.value
    if (agent && agent.state !== 'offline')
      return html`<p class="row" part="base">${icon('check', true)}${this.text(loginWords, 'atWork', { station: this.#name(agent.station ?? '') })}</p>`
    const stations = current.stations.value
    const chosen = this.#chosen(stations)
    return html`<section class="panel" part="base"><div class="panel__head"><h2>${this.text(loginWords, 'login')}</h2><slot name="header"></slot></div><form class="panel__body" @submit=${this.#submit}>${
      stations.length === 0
        ? html`<p class="muted">${this.text(loginWords, 'noStations')}</p>`
        : html`<fieldset class="field"><legend class="label">${this.text(loginWords, 'loginLead')}</legend><div class="pick">${stations.map(each => this.#station(each, chosen))}</div></fieldset>`
    }${this.noCampaigns ? nothing : this.#campaigns(current)}${this.refusal()}<button type="submit" class="btn btn--primary btn--next btn--block" aria-disabled=${this.off} ?disabled=${chosen === null || this.#campaignIds()?.length === 0}>${icon('check')}${this.text(loginWords, 'start')}</button><slot name="footer"></slot></form></section>`
  }

  #chosen(stations: readonly Station[]): string | null {
    const usable = stations.filter(({ available }) => available)
    return (usable.find(({ name }) => name === this.station) ?? usable[0])?.name ?? null
  }

  #station({ name, available, reason }: Station, chosen: string | null): TemplateResult {
    return html`<label class="pick__opt"><input type="radio" name="station" .checked=${name === chosen} ?disabled=${!available} @change=${() => {
      this.station = name
    }}><span>${this.#name(name)}${reason ? html`<br><span class="s-xs muted">${reason[this.language]}</span>` : nothing}</span>${icon(name === 'mobile' ? 'mobile' : 'phone', true)}</label>`
  }

  #campaigns(session: Session): TemplateResult {
    const campaigns = session.campaigns.value
    if (campaigns.length === 0)
      return html`<div><p class="label">${this.text(loginWords, 'campaigns')}</p><p class="muted">${this.text(loginWords, 'noCampaigns')}</p></div>`
    const none = this.#campaignIds()?.length === 0
    return html`<fieldset class="field"><legend class="label">${this.text(loginWords, 'campaigns')}</legend><div class="pick">${campaigns.map(each => this.#campaign(each))}</div><p class="hint" role="status">${none ? this.text(loginWords, 'chooseCampaign') : nothing}</p></fieldset>`
  }

  #campaign({ id, name }: AgentCampaign): TemplateResult {
    return html`<label class="pick__opt"><input type="checkbox" name="campaign" .checked=${!this.#leftOut.has(id)} @change=${() => {
      if (!this.#leftOut.delete(id)) this.#leftOut.add(id)
      this.requestUpdate()
    }}><span>${name}</span></label>`
  }

  /** The chosen ones; null: all, also those that he is assigned to later. */
  #campaignIds(): number[] | null {
    const campaigns = this.noCampaigns ? [] : (this.current?.campaigns.value ?? [])
    const chosen = campaigns.map(({ id }) => id).filter(id => !this.#leftOut.has(id))
    return chosen.length < campaigns.length ? chosen : null
  }

  #name(station: string): string {
    return stationName(station, key => this.text(agentWords, key))
  }

  readonly #submit = (event: Event): void => {
    event.preventDefault()
    const station = this.#chosen(this.current?.stations.value ?? [])
    const campaignIds = this.#campaignIds()
    if (station !== null && this.ask('evs-login-request', { station, campaignIds }))
      void this.give(commands => commands.login({ station, campaignIds }))
  }
}

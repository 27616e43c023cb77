import type { CampaignRow } from '@evscallpro/api-client'
import { html, nothing, type TemplateResult } from 'lit'
import './call-records.ts'
import { Frame, type View } from './frame.ts'
import './held-callbacks.ts'
import type { RuleWanted } from './held-callbacks.ts'
import './live-calls.ts'
import { texts } from './page-element.ts'
import { campaigns } from './records/kinds.ts'
import { quotaRules } from './records/quota-rules.ts'
import type { RecordTable } from './records/record-table.ts'
import './records/record-table.ts'

const words = texts(
  {
    floor: 'Floor',
    calls: 'Calls',
    campaigns: 'Campaigns',
    quotas: 'Quotas',
    history: 'History',
    campaign: 'Campaign'
  },
  {
    floor: 'Plateau',
    calls: 'Appels',
    campaigns: 'Campagnes',
    quotas: 'Quotas',
    history: 'Historique',
    campaign: 'Campagne'
  }
)

/** The supervisor's page: who does what, which calls, how full the quotas are; rules and campaigns are edited here. */
class SupervisorPage extends Frame {
  static override properties = {
    ...Frame.properties,
    campaigns: { state: true },
    campaignId: { state: true }
  }
  declare campaigns: readonly CampaignRow[]
  declare campaignId: number | null
  protected override readonly page = 'supervisor'
  #end: () => void = () => {}

  constructor() {
    super()
    this.campaigns = []
    this.campaignId = null
  }

  override connectedCallback(): void {
    super.connectedCallback()
    const { campaignBoard } = this.session
    this.#end = campaignBoard.subscribe(() => {
      this.campaigns = [...campaignBoard.rows.values()]
      this.campaignId ??= this.campaigns[0]?.id ?? null
    })
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#end()
  }

  protected override views(): readonly View[] {
    const text = words[this.language]
    return (['floor', 'calls', 'campaigns', 'quotas', 'history'] as const).map(id => ({
      id,
      label: text[id]
    }))
  }

  protected override renderView(view: string): TemplateResult {
    const parts: Readonly<Record<string, () => TemplateResult>> = {
      floor: () => this.#floor(),
      calls: () => html`<app-live-calls .session=${this.session}></app-live-calls>`,
      campaigns: () => html`<app-records .kind=${campaigns}></app-records>`,
      quotas: () => this.#quotas(),
      history: () => html`<app-call-records></app-call-records>`
    }
    return html`<main class="page">${parts[view]?.() ?? nothing}</main>`
  }

  #floor(): TemplateResult {
    return html`<div class="floor">
      <div class="a-board"><evs-live-board></evs-live-board></div>
      <div class="a-quotas">${this.#board()}</div>
    </div>`
  }

  #quotas(): TemplateResult {
    return html`<div class="stack" @rule-wanted=${this.#openRule}>${this.#board()}<app-held-callbacks .campaignId=${this.campaignId}></app-held-callbacks>${
      this.campaignId === null
        ? nothing
        : html`<app-records .kind=${this.#rules(this.campaignId)}></app-records>`
    }</div>`
  }

  #board(): TemplateResult | typeof nothing {
    return this.campaignId === null
      ? nothing
      : html`<evs-quota-board campaign-id=${this.campaignId}>${this.#choose()}</evs-quota-board>`
  }

  #choose(): TemplateResult {
    return html`<div class="field field--head" slot="toolbar"><label class="vh" for="campaign">${words[this.language].campaign}</label>
      <select class="input" id="campaign" @change=${(event: Event) => {
        this.campaignId = Number((event.target as HTMLSelectElement).value) // the listener is on the select
      }}>${this.campaigns.map(
        ({ id, name }) => html`<option value=${id} .selected=${id === this.campaignId}>${name}</option>`
      )}</select></div>`
  }

  readonly #openRule = async ({ detail }: CustomEvent<RuleWanted>): Promise<void> => {
    this.campaignId = detail.campaignId
    await this.updateComplete
    await this.querySelector<RecordTable>('app-records')?.openRecord(detail.ruleId)
  }

  readonly #kinds = new Map<number, ReturnType<typeof quotaRules>>()
  #rules(campaignId: number): ReturnType<typeof quotaRules> {
    const known = this.#kinds.get(campaignId) ?? quotaRules(campaignId)
    this.#kinds.set(campaignId, known)
    return known
  }
}

customElements.define('app-supervisor', SupervisorPage)

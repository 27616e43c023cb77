import type { AgentView, CommandErrorCode, Session } from '@evscallpro/api-client'
import { html, nothing, type TemplateResult } from 'lit'
import { dueMoment } from './due-moment.ts'
import { icon, texts } from './page-element.ts'
import { rest } from './rest.ts'
import { ServerPart } from './server-part.ts'

const words = texts(
  {
    title: 'My callbacks',
    none: 'No callback is promised.',
    late: 'late',
    team: 'for the team',
    held: 'held back: a limit is reached',
    open: 'Open',
    openOf: 'Open the callback of',
    taken: 'Not opened: a colleague has it, or it may not be called at this hour.',
    offline: 'Not opened: there is no connection. Try again when it is back.',
    unsure: 'The server has not answered. Look whether the contact is in your hands.',
    busy: 'Not opened: become ready first.',
    refused: 'Not opened. Try again, then ask your supervisor.'
  },
  {
    title: 'Mes rappels',
    none: 'Aucun rappel n’est promis.',
    late: 'en retard',
    team: 'pour l’équipe',
    held: 'retenu : une limite est atteinte',
    open: 'Ouvrir',
    openOf: 'Ouvrir le rappel de',
    taken: 'Pas ouvert : un collègue l’a pris, ou l’heure ne permet pas d’appeler.',
    offline: 'Pas ouvert : pas de connexion. Réessayez quand elle revient.',
    unsure: 'Le serveur n’a pas répondu. Regardez si la fiche est entre vos mains.',
    busy: 'Pas ouvert : passez d’abord disponible.',
    refused: 'Pas ouvert. Réessayez, puis demandez à votre superviseur.'
  }
)
type Word = keyof (typeof words)['en']

const refusals: Partial<Record<CommandErrorCode, Word>> = {
  conflict: 'taken',
  outside_hours: 'taken',
  offline: 'offline',
  timeout: 'unsure',
  not_ready: 'busy',
  in_call: 'busy',
  wrap_up_pending: 'busy'
}

interface Callback {
  readonly id: number
  readonly firstName: string | null
  readonly lastName: string | null
  readonly agentId: number | null
  readonly dueAt: string
  readonly heldBack: boolean
}

/**
 * The agent's own callbacks and his team's, the next first. They are handed out by themselves when they are due; while he
 * is ready he may open one at any time, read the contact and call.
 */
export class OwnCallbacks extends ServerPart {
  static override properties = {
    ...ServerPart.properties,
    session: { attribute: false },
    items: { state: true },
    agent: { state: true },
    notOpened: { state: true }
  }
  declare session: Session
  /** null: not read yet. */
  declare items: readonly Callback[] | null
  declare agent: AgentView | null
  declare notOpened: Word | null
  #ends: (() => void)[] = []

  constructor() {
    super()
    this.items = null
    this.agent = null
    this.notOpened = null
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.agent = this.session.agent.value
    let inHand = this.session.handout.value?.id ?? null
    this.#ends = [
      this.session.agent.subscribe(agent => {
        this.agent = agent
      }),
      // A contact that comes or goes may have been one of these, or become one.
      this.session.handout.subscribe(handout => {
        const id = handout?.id ?? null
        if (id !== inHand) void this.refresh()
        inHand = id
      })
    ]
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    for (const end of this.#ends) end()
  }

  protected override render(): TemplateResult {
    const text = words[this.language]
    return html`<section class="panel">
      <div class="panel__head"><h2>${text.title}</h2></div>
      <div class="panel__body">
        ${this.renderFailure()}
        <div role="alert">${this.notOpened ? html`<p class="msg s-danger">${icon('alert')}<span>${text[this.notOpened]}</span></p>` : nothing}</div>
        ${
          this.items?.length === 0
            ? html`<p class="muted s-s">${text.none}</p>`
            : html`<ul class="callbacks">${this.items?.map(each => this.#one(each))}</ul>`
        }</div></section>`
  }

  #one({ id, firstName, lastName, dueAt, agentId, heldBack }: Callback): TemplateResult {
    const text = words[this.language]
    const name = [firstName, lastName].filter(Boolean).join(' ')
    return html`<li class="row row--between"><span><b>${dueMoment(dueAt, this.language)}</b> · ${name}
      ${Date.parse(dueAt) < this.session.now() ? html`<span class="over over--alert">${icon('alert')} ${text.late}</span>` : nothing}
      ${agentId === null ? html`<span class="hint">${text.team}</span>` : nothing}
      ${heldBack ? html`<span class="hint">${text.held}</span>` : nothing}</span>${
        this.agent?.state === 'ready' && !heldBack
          ? html`<button class="btn" aria-label="${text.openOf} ${name}" ?disabled=${this.busy} @click=${() => this.#open(id)}>${text.open}</button>`
          : nothing
      }</li>`
  }

  async #open(callbackId: number): Promise<void> {
    this.busy = true
    this.notOpened = null
    const result = await this.session.commands.requestNext({ callbackId })
    this.busy = false
    if (result.ok) return // the hand-out comes by the session
    this.notOpened = refusals[result.code] ?? 'refused'
    await this.refresh()
  }

  protected override async read(): Promise<void> {
    this.items = (await rest<{ items: Callback[] }>('GET', '/api/callbacks?limit=20')).items
  }
}

customElements.define('app-own-callbacks', OwnCallbacks)

import { html, type TemplateResult } from 'lit'
import { icon, PageElement, texts } from './page-element.ts'
import { rest } from './rest.ts'

const words = texts(
  {
    title: 'My callbacks',
    none: 'No callback is promised.',
    late: 'late',
    team: 'for the team',
    held: 'held back: a limit is reached'
  },
  {
    title: 'Mes rappels',
    none: 'Aucun rappel n’est promis.',
    late: 'en retard',
    team: 'pour l’équipe',
    held: 'retenu : une limite est atteinte'
  }
)

interface Callback {
  readonly id: number
  readonly firstName: string | null
  readonly lastName: string | null
  readonly agentId: number | null
  readonly dueAt: string
  readonly heldBack: boolean
}

/** The agent's own callbacks and his team's, the next first. They are handed out by themselves when they are due. */
export class OwnCallbacks extends PageElement {
  static override properties = {
    items: { state: true },
    now: { attribute: false },
    /** Anything that changes when the list should be read again. */
    tick: { attribute: false }
  }
  declare items: readonly Callback[]
  /** The server's time, ms. */
  declare now: () => number
  declare tick: unknown

  constructor() {
    super()
    this.items = []
    this.now = () => Date.now()
    this.tick = null
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has('tick')) void this.#read()
  }

  protected override render(): TemplateResult {
    const text = words[this.language]
    return html`<section class="panel">
      <div class="panel__head"><h2>${text.title}</h2></div>
      <div class="panel__body">${
        this.items.length === 0
          ? html`<p class="muted s-s">${text.none}</p>`
          : html`<ul class="callbacks">${this.items.map(each => this.#one(each))}</ul>`
      }</div></section>`
  }

  #one({ firstName, lastName, dueAt, agentId, heldBack }: Callback): TemplateResult {
    const text = words[this.language]
    const due = new Date(dueAt)
    const late = due.getTime() < this.now()
    const when = new Intl.DateTimeFormat(this.language, {
      weekday: 'short',
      day: 'numeric',
      month: 'short',
      hour: '2-digit',
      minute: '2-digit'
    }).format(due)
    return html`<li><b>${when}</b> · ${[firstName, lastName].filter(Boolean).join(' ')}
      ${late ? html`<span class="over over--alert">${icon('alert')} ${text.late}</span>` : ''}
      ${agentId === null ? html`<span class="hint">${text.team}</span>` : ''}
      ${heldBack ? html`<span class="hint">${text.held}</span>` : ''}</li>`
  }

  async #read(): Promise<void> {
    this.items = (await rest<{ items: Callback[] }>('GET', '/api/callbacks?limit=20')).items
  }
}

customElements.define('app-own-callbacks', OwnCallbacks)

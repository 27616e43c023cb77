import type { Profile } from '@evscallpro/api-client'
import { html, nothing, type TemplateResult } from 'lit'
import { lookSwitch } from './look-switch.ts'
import { icon, mark, PageElement, texts } from './page-element.ts'
import { openSignIn, session } from './session.ts'

const words = texts(
  {
    account: 'My account',
    out: 'Sign out',
    notOut: 'You are still signed in: the server does not answer. Try again in a moment.',
    pages: 'Pages',
    agent: 'Agent’s desk',
    supervisor: 'Supervision',
    admin: 'Administration',
    views: 'Views'
  },
  {
    account: 'Mon compte',
    out: 'Se déconnecter',
    notOut: 'Vous êtes encore connecté : le serveur ne répond pas. Réessayez dans un instant.',
    pages: 'Pages',
    agent: 'Poste d’agent',
    supervisor: 'Supervision',
    admin: 'Administration',
    views: 'Vues'
  }
)

export interface View {
  readonly id: string
  readonly label: string
}

const rank = { agent: 0, supervisor: 1, admin: 2 } as const
const pages = ['agent', 'supervisor', 'admin'] as const

/** A page for people who have signed in: the top bar with its views (chosen by the address's fragment), and the view. */
export abstract class Frame extends PageElement {
  static override properties = { view: { state: true }, profile: { state: true }, notOut: { state: true } }
  declare view: string
  declare profile: Profile | null
  /** Signing out has failed. */
  declare notOut: boolean
  protected readonly session = session
  #ends: (() => void)[] = []

  constructor() {
    super()
    this.view = location.hash.slice(1)
    this.profile = null
    this.notOut = false
  }

  protected abstract readonly page: (typeof pages)[number]
  protected abstract views(): readonly View[]
  protected abstract renderView(view: string): TemplateResult
  /** What stands in the bar before the name. */
  protected renderTools(): TemplateResult | typeof nothing {
    return nothing
  }

  override connectedCallback(): void {
    super.connectedCallback()
    const move = (): void => {
      this.view = location.hash.slice(1)
    }
    window.addEventListener('hashchange', move)
    this.#ends = [
      () => window.removeEventListener('hashchange', move),
      this.session.profile.subscribe(profile => {
        this.profile = profile
      })
    ]
    this.session.connect()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    for (const end of this.#ends) end()
    this.session.disconnect()
  }

  protected override render(): TemplateResult {
    const text = words[this.language]
    const views = this.views()
    const current = views.find(({ id }) => id === this.view) ?? views[0]!
    document.title = `${current.label} · EVSCallPro`
    return html`<evs-provider .session=${this.session} @evs-auth-required=${openSignIn}>
      <header class="app__top">
        <span class="brand">${mark()} EVS</span>
        <h1 class="vh">${current.label}</h1>
        <nav class="tabs" aria-label=${text.views}>${views.map(
          ({ id, label }) =>
            html`<a href="#${id}" aria-current=${id === current.id ? 'page' : nothing}>${label}</a>`
        )}</nav>
        <span class="grow"></span>
        ${this.renderTools()}
        <evs-connection-status></evs-connection-status>
        <details class="account">
          <summary>${icon('user')}<span>${this.profile?.displayName ?? text.account}</span></summary>
          <div class="panel panel--overlay account__menu">
            ${this.#elsewhere().map(page => html`<a class="btn btn--quiet" href="/${page}">${text[page]}</a>`)}
            ${lookSwitch(() => this.requestUpdate())}
            <button class="btn" @click=${this.#leave}>${text.out}</button>
            <div role="alert">${this.notOut ? html`<p class="msg s-danger">${icon('alert')}<span>${text.notOut}</span></p>` : nothing}</div>
          </div>
        </details>
      </header>
      ${this.renderView(current.id)}
    </evs-provider>`
  }

  /** The other pages that this person's role opens. */
  #elsewhere(): readonly (typeof pages)[number][] {
    const mine = this.profile ? rank[this.profile.role] : -1
    return pages.filter(page => page !== this.page && rank[page] <= mine)
  }

  readonly #leave = async (): Promise<void> => {
    // Whoever is told that he is signed out must be so: another may sit down here.
    const answer = await fetch('/api/auth/session', { method: 'DELETE' }).catch(() => null)
    this.notOut = answer === null || (!answer.ok && answer.status !== 401)
    if (this.notOut) return
    this.session.disconnect()
    location.assign('/')
  }
}

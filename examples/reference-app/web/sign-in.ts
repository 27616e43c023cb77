import { html, nothing, type TemplateResult } from 'lit'
import { lookSwitch } from './look-switch.ts'
import { icon, mark, PageElement, texts } from './page-element.ts'

const words = texts(
  {
    title: 'Sign in',
    login: 'Name',
    password: 'Password',
    enter: 'Sign in',
    hint: 'The accounts and their passwords were printed where the server was started.',
    wrong: 'Name or password is wrong.',
    often: 'Too many attempts. Wait a minute, then try again.',
    away: 'The server does not answer. Try again in a moment.'
  },
  {
    title: 'Connexion',
    login: 'Identifiant',
    password: 'Mot de passe',
    enter: 'Se connecter',
    hint: 'Les comptes et leurs mots de passe ont été affichés là où le serveur a été démarré.',
    wrong: 'L’identifiant ou le mot de passe est faux.',
    often: 'Trop d’essais. Attendez une minute, puis réessayez.',
    away: 'Le serveur ne répond pas. Réessayez dans un instant.'
  }
)

const homes: Readonly<Record<string, string>> = {
  agent: '/agent',
  supervisor: '/supervisor',
  admin: '/admin'
}

/** Signs in: the session stays in a cookie that no script can read. */
class SignIn extends PageElement {
  static override properties = { trouble: { state: true }, busy: { state: true } }
  declare trouble: 'wrong' | 'often' | 'away' | null
  declare busy: boolean

  constructor() {
    super()
    this.trouble = null
    this.busy = false
  }

  protected override render(): TemplateResult {
    const text = words[this.language]
    return html`<main class="sign-in">
      <header class="row row--between"><span class="brand">${mark()} EVSCallPro</span>${lookSwitch(() => this.requestUpdate())}</header>
      <form class="panel" @submit=${this.#enter}>
        <div class="panel__head"><h1>${text.title}</h1></div>
        <div class="panel__body">
          <div class="field"><label for="login">${text.login}</label>
            <input class="input" id="login" name="login" autocomplete="username" autocapitalize="none" required maxlength="64"></div>
          <div class="field"><label for="password">${text.password}</label>
            <input class="input" id="password" name="password" type="password" autocomplete="current-password" required maxlength="200"></div>
          <div role="alert">${
            this.trouble
              ? html`<p class="msg s-danger">${icon('alert')}<span>${text[this.trouble]}</span></p>`
              : nothing
          }</div>
          <button class="btn btn--primary btn--next" ?disabled=${this.busy}>${text.enter}</button>
          <p class="hint">${text.hint}</p>
        </div>
      </form>
    </main>`
  }

  readonly #enter = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const form = new FormData(event.currentTarget as HTMLFormElement) // the listener is on the form
    this.busy = true
    try {
      this.trouble = await signIn(String(form.get('login')), String(form.get('password')))
    } catch {
      this.trouble = 'away'
    } finally {
      this.busy = false
    }
  }
}

async function signIn(login: string, password: string): Promise<'wrong' | 'often' | null> {
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ login, password, cookie: true })
  const response = await fetch('/api/auth/login', { method: 'POST', headers, body })
  if (response.status === 429) return 'often'
  if (response.status < 500 && !response.ok) return 'wrong'
  if (!response.ok) throw new Error(`HTTP ${response.status}`)
  const exchanged = await fetch('/api/auth/embed-token', { method: 'POST', headers, body: '{}' })
  const { token } = (await exchanged.json()) as { token: string }
  const me = await fetch('/api/auth/me', { headers: { authorization: `Bearer ${token}` } })
  const { role } = (await me.json()) as { role: string }
  location.assign(nextPage() ?? homes[role] ?? '/agent')
  return null
}

/** Where the person wanted to go: one of our pages, never another site. */
function nextPage(): string | null {
  const next = new URLSearchParams(location.search).get('next') ?? ''
  return /^\/(agent|supervisor|admin)(#[a-z]*)?$/.test(next) ? next : null
}

customElements.define('app-sign-in', SignIn)

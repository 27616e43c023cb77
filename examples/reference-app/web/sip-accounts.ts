import { html, nothing, type TemplateResult } from 'lit'
import { texts } from './page-element.ts'
import { allUsers, type User } from './records/kinds.ts'
import { rest } from './rest.ts'
import { ServerPart } from './server-part.ts'

const words = texts(
  {
    title: 'Extensions',
    name: 'Agent',
    number: 'Extension',
    state: 'Account',
    devices: 'Devices',
    create: 'Make an account',
    rotate: 'New secret',
    enable: 'Enable',
    disable: 'Disable',
    none: 'none',
    active: 'enabled',
    disabled: 'disabled',
    waiting: 'being told to the PBX',
    once: 'Settings for the phone. The secret is shown this once and stored nowhere.',
    close: 'Close',
    nobody: 'No user has an extension.',
    loading: 'Loading …',
    ringing: 'rings',
    look: 'Show'
  },
  {
    title: 'Postes',
    name: 'Agent',
    number: 'Poste',
    state: 'Compte',
    devices: 'Appareils',
    create: 'Créer un compte',
    rotate: 'Nouveau secret',
    enable: 'Activer',
    disable: 'Désactiver',
    none: 'aucun',
    active: 'actif',
    disabled: 'désactivé',
    waiting: 'en cours de transmission au PABX',
    once: 'Réglages du téléphone. Le secret n’est montré que cette fois et n’est conservé nulle part.',
    close: 'Fermer',
    nobody: 'Aucun utilisateur n’a de poste.',
    loading: 'Chargement …',
    ringing: 'sonne',
    look: 'Afficher'
  }
)

interface Account {
  readonly userId: number
  readonly enabled: boolean
  readonly inForce: boolean | null
}
interface Sheet {
  readonly fields: readonly { readonly label: string; readonly value: string }[]
  readonly qrSvg: string | null
}
interface Device {
  readonly id: string
  readonly userAgent: string
  readonly address: string
  readonly rings: boolean
}

/** The SIP accounts of everybody who has an extension: made, renewed, disabled; which devices are registered. */
export class SipAccounts extends ServerPart {
  static override properties = {
    ...ServerPart.properties,
    people: { state: true },
    accounts: { state: true },
    sheet: { state: true },
    devices: { state: true }
  }
  /** null: not read yet. */
  declare people: readonly User[] | null
  declare accounts: ReadonlyMap<number, Account>
  declare sheet: { readonly userId: number; readonly sheet: Sheet } | null
  declare devices: ReadonlyMap<number, readonly Device[]>

  constructor() {
    super()
    this.people = null
    this.accounts = new Map()
    this.sheet = null
    this.devices = new Map()
  }

  protected override async read(): Promise<void> {
    const [users, { items }] = await Promise.all([
      allUsers(),
      rest<{ items: Account[] }>('GET', '/api/extensions/accounts?limit=200')
    ])
    this.people = users.filter(({ extension }) => extension !== null)
    this.accounts = new Map(items.map(each => [each.userId, each]))
  }

  protected override render(): TemplateResult {
    const text = words[this.language]
    return html`<div class=${this.sheet ? 'records records--open' : 'records'}><section class="panel panel--flush">
      <div class="panel__head"><h2>${text.title}</h2></div>
      ${this.renderFailure()}
      <div class="panel__body">${
        !this.people || this.people.length === 0
          ? html`<p class="empty muted">${this.people ? text.nobody : this.unread ? nothing : text.loading}</p>`
          : html`<div class="scroll" tabindex="0" role="region" aria-label=${text.title}><table class="table"><thead><tr>
            <th scope="col">${text.name}</th><th scope="col">${text.number}</th><th scope="col">${text.state}</th><th scope="col">${text.devices}</th><td></td>
          </tr></thead><tbody>${this.people.map(user => this.#row(user))}</tbody></table></div>`
      }</div></section>${this.sheet ? this.#sheet(this.sheet.userId, this.sheet.sheet) : nothing}</div>`
  }

  #row({ id, displayName, extension }: User): TemplateResult {
    const text = words[this.language]
    const account = this.accounts.get(id)
    const state = !account
      ? text.none
      : `${account.enabled ? text.active : text.disabled}${account.inForce === false ? `, ${text.waiting}` : ''}`
    const act = (label: string, work: () => Promise<void>): TemplateResult =>
      html`<button class="btn btn--quiet" aria-label="${label} ${displayName}" @click=${() => this.#do(work)}>${label}</button>`
    const devices = this.devices.get(id)
    return html`<tr><td>${displayName}</td><td>${extension}</td><td>${state}</td><td>${
      devices
        ? devices.length === 0
          ? text.none
          : html`<ul>${devices.map(
              each =>
                html`<li>${each.userAgent} · ${each.address}${each.rings ? html` <b>${text.ringing}</b>` : nothing}</li>`
            )}</ul>`
        : act(text.look, async () => {
            const { items } = await rest<{ items: Device[] }>('GET', `/api/extensions/accounts/${id}/devices`)
            this.devices = new Map(this.devices).set(id, items)
          })
    }</td><td class="r nw">${
      account
        ? html`${act(text.rotate, () => this.#secret(id, `/api/extensions/accounts/${id}/secret`, {}))}${act(
            account.enabled ? text.disable : text.enable,
            async () => {
              await rest('PATCH', `/api/extensions/accounts/${id}`, { enabled: !account.enabled })
            }
          )}`
        : act(text.create, () => this.#secret(id, '/api/extensions/accounts', { userId: id }))
    }</td></tr>`
  }

  #sheet(userId: number, { fields, qrSvg }: Sheet): TemplateResult {
    const text = words[this.language]
    const who = this.people?.find(({ id }) => id === userId)?.displayName ?? ''
    return html`<section class="panel" aria-label=${who}><div class="panel__head"><h2>${who}</h2></div>
      <div class="panel__body"><p class="hint">${text.once}</p>
      <dl class="facts">${fields.map(({ label, value }) => html`<dt>${label}</dt><dd class="secret">${value}</dd>`)}</dl>
      ${qrSvg ? html`<img class="qr" alt="QR" src="data:image/svg+xml,${encodeURIComponent(qrSvg)}">` : nothing}</div>
      <div class="panel__foot"><button class="btn" @click=${() => {
        this.sheet = null
      }}>${text.close}</button></div></section>`
  }

  async #secret(userId: number, path: string, body: object): Promise<void> {
    const { sheet } = await rest<{ sheet: Sheet }>('POST', path, { ...body, language: this.language })
    this.sheet = { userId, sheet }
  }

  /** Does it, then reads the accounts again. */
  async #do(work: () => Promise<void>): Promise<void> {
    if (await this.attempt(work)) await this.refresh()
  }
}

customElements.define('app-sip-accounts', SipAccounts)

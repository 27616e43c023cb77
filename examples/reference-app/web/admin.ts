import { html, type TemplateResult } from 'lit'
import { Frame, type View } from './frame.ts'
import { texts } from './page-element.ts'
import { origins, sites, users } from './records/kinds.ts'
import './records/record-table.ts'
import { trunks } from './records/trunks.ts'
import './route-test.ts'
import './sip-accounts.ts'

const words = texts(
  { users: 'Users', sites: 'Sites', trunks: 'Trunks', extensions: 'Extensions', embedding: 'Embedding' },
  {
    users: 'Utilisateurs',
    sites: 'Sites',
    trunks: 'Trunks',
    extensions: 'Postes',
    embedding: 'Intégration'
  }
)

/** The administrator's page. */
class AdminPage extends Frame {
  protected override readonly page = 'admin'

  protected override views(): readonly View[] {
    const text = words[this.language]
    return (['users', 'sites', 'trunks', 'extensions', 'embedding'] as const).map(id => ({
      id,
      label: text[id]
    }))
  }

  protected override renderView(view: string): TemplateResult {
    const parts: Readonly<Record<string, () => TemplateResult>> = {
      users: () => html`<app-records .kind=${users}></app-records>`,
      sites: () => html`<app-records .kind=${sites}></app-records>`,
      trunks: () =>
        html`<div class="stack"><app-records .kind=${trunks}></app-records><app-route-test></app-route-test></div>`,
      extensions: () => html`<app-sip-accounts></app-sip-accounts>`,
      embedding: () => html`<app-records .kind=${origins}></app-records>`
    }
    return html`<main class="page">${parts[view]?.()}</main>`
  }
}

customElements.define('app-admin', AdminPage)

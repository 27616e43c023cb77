import type { EvsCallHistory } from '@evscallpro/widgets'
import { html, nothing, type TemplateResult } from 'lit'
import { icon, PageElement, texts } from './page-element.ts'
import { file, RestError, rest } from './rest.ts'

const words = texts(
  {
    save: 'Save as CSV',
    writing: 'Being written …',
    broken: 'The connection broke: nothing was saved. Try again.'
  },
  {
    save: 'Enregistrer en CSV',
    writing: 'En cours d’écriture …',
    broken: 'La connexion s’est coupée : rien n’a été enregistré. Réessayez.'
  }
)

interface Export {
  readonly file: string
  readonly from: string
  readonly to: string
}

/** The history of everybody's calls, and what is searched for as a file for a spreadsheet. */
export class CallRecords extends PageElement {
  static override properties = { busy: { state: true }, trouble: { state: true } }
  declare busy: boolean
  declare trouble: string | null

  constructor() {
    super()
    this.busy = false
    this.trouble = null
  }

  protected override render(): TemplateResult {
    const text = words[this.language]
    return html`<div role="alert">${this.trouble ? html`<p class="msg s-danger">${icon('alert')}<span>${this.trouble}</span></p>` : nothing}</div>
      <evs-call-history scope="all"><button slot="toolbar" class="btn" ?disabled=${this.busy} @click=${this.#save}>${
        this.busy ? text.writing : text.save
      }</button></evs-call-history>`
  }

  readonly #save = async (): Promise<void> => {
    const { filter } = this.querySelector<EvsCallHistory>('evs-call-history')!
    const { language } = this
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
    // A spreadsheet in French takes the semicolon, and either needs the mark to read accents.
    const format = { language, timeZone, separator: language === 'fr' ? ';' : ',', bom: true }
    this.busy = true
    this.trouble = null
    try {
      const ordered = await rest<Export>('POST', '/api/call-history/exports', { filter, format })
      const day = (at: string): string => at.slice(0, 10)
      offer(await file(ordered.file), `calls-${day(ordered.from)}-${day(ordered.to)}.csv`)
    } catch (error) {
      if (error instanceof RestError) this.trouble = error.message
      else if (error instanceof TypeError) this.trouble = words[language].broken
      else throw error
    } finally {
      this.busy = false
    }
  }
}

/** Lets the browser save it. */
function offer(content: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(content)
  link.download = name
  link.click()
  URL.revokeObjectURL(link.href)
}

customElements.define('app-call-records', CallRecords)

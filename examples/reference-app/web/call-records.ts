import type { EvsCallHistory } from '@evscallpro/widgets'
import { html, type TemplateResult } from 'lit'
import { texts } from './page-element.ts'
import { file, rest } from './rest.ts'
import { ServerPart } from './server-part.ts'

const words = texts(
  { save: 'Save as CSV', writing: 'Being written …' },
  { save: 'Enregistrer en CSV', writing: 'En cours d’écriture …' }
)

interface Export {
  readonly file: string
  readonly from: string
  readonly to: string
}

/** The history of everybody's calls, and what is searched for as a file for a spreadsheet. */
export class CallRecords extends ServerPart {
  /** The history reads itself. */
  protected override async read(): Promise<void> {}

  protected override render(): TemplateResult {
    const text = words[this.language]
    return html`${this.renderFailure()}
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
    await this.attempt(async () => {
      const ordered = await rest<Export>('POST', '/api/call-history/exports', { filter, format })
      const day = (at: string): string => at.slice(0, 10)
      offer(await file(ordered.file), `calls-${day(ordered.from)}-${day(ordered.to)}.csv`)
    })
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

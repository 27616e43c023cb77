import { Type } from 'typebox'

/** How a CSV is written. */
export const CsvFormat = Type.Object({
  separator: Type.Enum([',', ';', '\t'], {
    default: ',',
    description: 'Excel in French expects ;'
  }),
  bom: Type.Boolean({
    default: false,
    description: 'Begin with a byte order mark, by which Excel recognises UTF-8'
  }),
  language: Type.Enum(['en', 'fr'], {
    default: 'en',
    description: 'Of the headings and disposition labels; codes stay as they are'
  }),
  timeZone: Type.Optional(
    Type.String({
      description:
        'IANA zone: times as YYYY-MM-DD HH:MM:SS there, as spreadsheets read them. Left out: ISO 8601 in UTC'
    })
  )
})

/** The options above, checked. */
export interface CsvOptions {
  readonly separator: string
  readonly bom: boolean
  readonly language: 'en' | 'fr'
  readonly timeZone?: string
}

export type CsvValue = string | number | null

/** Columns of the export: key of the row, heading in English and French. */
export const callColumns = [
  ['callId', 'Call', 'Appel'],
  ['startedAt', 'Started', 'Début'],
  ['answeredAt', 'Answered', 'Décroché'],
  ['endedAt', 'Ended', 'Fin'],
  ['campaignId', 'Campaign no.', 'N° campagne'],
  ['campaign', 'Campaign', 'Campagne'],
  ['agentId', 'Agent no.', 'N° agent'],
  ['agent', 'Agent', 'Agent'],
  ['siteId', 'Site no.', 'N° site'],
  ['site', 'Site', 'Site'],
  ['contactId', 'Contact no.', 'N° contact'],
  ['externalId', 'Contact reference', 'Référence contact'],
  ['direction', 'Direction', 'Sens'],
  ['number', 'Number', 'Numéro'],
  ['callerId', 'Caller id', 'Numéro présenté'],
  ['outcome', 'Outcome', 'Issue'],
  ['endedBy', 'Ended by', 'Raccroché par'],
  ['talkSeconds', 'Talk (s)', 'Conversation (s)'],
  ['holdSeconds', 'Hold (s)', 'Attente (s)'],
  ['billableSeconds', 'Billable (s)', 'Facturable (s)'],
  ['dispositionCode', 'Disposition code', 'Code qualification'],
  ['disposition', 'Disposition', 'Qualification'],
  ['qualifiedAt', 'Qualified', 'Qualifié'],
  ['note', 'Note', 'Note'],
  ['endQuality', 'End', 'Fin mesurée'],
  ['trunk', 'Trunk', 'Trunk'],
  ['pbx', 'PBX', 'PBX'],
  ['revision', 'Revision', 'Révision']
] as const
export type CallColumn = (typeof callColumns)[number][0]

const mark = '\uFEFF'

/** The first line, with the byte order mark when asked for. */
export function csvHead({ separator, bom, language }: CsvOptions): string {
  const headings = callColumns.map(([, en, fr]) => cell(language === 'fr' ? fr : en, separator))
  return `${bom ? mark : ''}${headings.join(separator)}\r\n`
}

/** One row (RFC 4180). */
export const csvRow = (
  row: Readonly<Record<CallColumn, CsvValue>>,
  { separator }: Pick<CsvOptions, 'separator'>
): string => `${callColumns.map(([key]) => cell(row[key], separator)).join(separator)}\r\n`

/** What a spreadsheet takes for a formula (OWASP, CSV injection), also in full width and after blanks. */
const formula = /^[\s\uFEFF]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|^[\t\r\n]/
/** A number with its sign, as E.164 has one, calculates nothing. */
const signed = /^[+-]\d+$/

/** One cell: texts that would be calculated get an apostrophe in front; quotes where they are needed. */
export function cell(value: CsvValue, separator: string): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const safe = formula.test(value) && !signed.test(value) ? `'${value}` : value
  const quoted = safe.includes(separator) || /["\r\n\t]|^\s|\s$/.test(safe)
  return quoted ? `"${safe.replaceAll('"', '""')}"` : safe
}

import { french, type Language } from '../language.ts'

/** A text in both languages. */
export type Both = Readonly<Record<Language, string>>
export const both = (en: string, fr: string): Both => ({ en, fr: french(fr) })

export interface Choice {
  readonly value: string | number | boolean | null
  readonly label: string
}

/** What a person can fill in. `list`: several texts, divided by commas. */
export interface Field {
  readonly name: string
  readonly label: Both
  readonly type: 'text' | 'password' | 'number' | 'choice' | 'several' | 'yes' | 'list'
  readonly hint?: Both
  readonly required?: boolean
  /** An empty field means null rather than an empty text. */
  readonly nullable?: boolean
  /** Only when a record is made, or only when it is changed. */
  readonly only?: 'new' | 'change'
  readonly choices?: (language: Language) => Promise<readonly Choice[]> | readonly Choice[]
  readonly initial?: unknown
}

export interface Column<Row> {
  readonly label: Both
  /** What stands in the cell; a word, or a number. */
  readonly value: (row: Row, language: Language) => string | number
  readonly end?: boolean
}

/** A kind of thing that is kept in a table and edited in a form, through the API. */
export interface RecordKind<Row extends { readonly id: number } = { readonly id: number }> {
  readonly title: Both
  /** "Add a user". */
  readonly add: Both | null
  readonly list: () => Promise<readonly Row[]>
  readonly columns: readonly Column<Row>[]
  readonly fields: readonly Field[]
  readonly create: ((body: object) => Promise<unknown>) | null
  /** `done` says what is saved when more than one request is made, in case a later one fails. */
  readonly change: ((id: number, body: object, done: (part: Both) => void) => Promise<unknown>) | null
  readonly remove: ((id: number) => Promise<unknown>) | null
  /** Fields as the form shows them, when they differ from the row. */
  readonly values?: (row: Row) => Promise<object> | object
}

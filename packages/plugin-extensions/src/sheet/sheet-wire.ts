import { Type } from 'typebox'
import type { AccountRow } from '../account/accounts.ts'
import { makeSheet, type SipServer } from './sheet.ts'
import { languageOf, languages } from './texts.ts'

/** How to set up a telephone, as the API shows it. */
export const Sheet = Type.Object(
  {
    fields: Type.Array(Type.Object({ label: Type.String(), value: Type.String() })),
    html: Type.String({ description: 'A page of its own, to show in an iframe or to print' }),
    qrSvg: Type.Union([Type.String(), Type.Null()], {
      description: 'Sets up Linphone, once; null when no publicUrl is configured, or there is no new secret'
    })
  },
  { $id: 'Extensions.Sheet' }
)

export const Language = Type.Optional(
  Type.Enum([...languages], { description: "Of the sheet; default: the user's own" })
)

/** A sheet in the language asked for, else the user's own; `known` holds what is shown once. */
export function sheetToWire(
  account: AccountRow,
  server: SipServer,
  language: string | undefined,
  known: Parameters<typeof makeSheet>[3] = { secret: null, link: null }
) {
  const sheet = makeSheet(account, server, languageOf(language ?? account.language), known)
  return { ...sheet, fields: [...sheet.fields] }
}

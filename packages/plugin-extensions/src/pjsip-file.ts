import type { Knex } from 'knex'
import { NoMd5DigestError } from './errors.ts'

const views = [
  ['endpoint', 'ps_endpoints'],
  ['auth', 'ps_auths'],
  ['aor', 'ps_aors']
] as const

/** Columns that have no place in a file: the section's name, and what only realtime asks for. */
const notInFile = new Set(['id', 'mailboxes', 'contact'])

/**
 * The content of the three views as sections for pjsip.conf, by extension: for an Asterisk that cannot reach the
 * database. It holds digests of secrets: keep it from everybody but Asterisk. With `md5Cred` digests are written as
 * Asterisk before 20.12, 21.7 and 22.2 reads them; throws EXTENSIONS_NO_MD5_DIGEST for an account that has none of MD5.
 */
export async function pjsipFile(db: Knex, { md5Cred = false } = {}): Promise<string> {
  const sections: { id: string; text: string }[] = []
  for (const [type, view] of views) {
    const rows: Record<string, string | null>[] = await db(`extensions.${view}`).select('*')
    for (const row of rows) {
      const shown = md5Cred && type === 'auth' ? withMd5Cred(row) : row
      sections.push({ id: row.id ?? '', text: section(type, shown) })
    }
  }
  // The sort is stable: endpoint, auth and aor of one extension stand together.
  sections.sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }))
  return [head, ...sections.map(({ text }) => text)].join('\n')
}

/** The account as older versions know it: one digest, of MD5. */
function withMd5Cred(row: Readonly<Record<string, string | null>>): Record<string, string | null> {
  const digest = /(?:^|,)MD5:([0-9a-f]{32})/.exec(row.password_digest ?? '')?.[1]
  if (digest === undefined) throw new NoMd5DigestError(row.id ?? '')
  const { id = '', username = '', realm = '' } = row
  return { id, auth_type: 'md5', username, realm, md5_cred: digest }
}

function section(type: string, row: Readonly<Record<string, string | null>>): string {
  const lines = Object.entries(row).flatMap(([option, value]) => {
    if (notInFile.has(option) || value === null || value === '') return []
    // In a view one column holds several values, divided by semicolons; in a file a semicolon begins a comment.
    return value.split(';').map(one => `${option} = ${one}\n`)
  })
  return `[${row.id}]\ntype = ${type}\n${lines.join('')}`
}

const head = `; Agents' SIP accounts, written by 'evs extensions-file' from the same views that Asterisk can read itself. Do not edit:
; it is written anew. Include it at the end of pjsip.conf, then: asterisk -rx "pjsip reload"
`

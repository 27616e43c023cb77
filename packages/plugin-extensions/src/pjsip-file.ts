import type { Knex } from 'knex'

const views = [
  ['endpoint', 'ps_endpoints'],
  ['auth', 'ps_auths'],
  ['aor', 'ps_aors']
] as const

/** Columns that have no place in a file: the section's name, and what only realtime asks for. */
const notInFile = new Set(['id', 'mailboxes', 'contact'])

/**
 * The content of the three views as sections for pjsip.conf, by extension: for an Asterisk that cannot reach the
 * database. It holds digests of secrets: keep it from everybody but Asterisk.
 */
export async function pjsipFile(db: Knex): Promise<string> {
  const sections: { id: string; text: string }[] = []
  for (const [type, view] of views) {
    const rows: Record<string, string | null>[] = await db(`extensions.${view}`).select('*')
    for (const row of rows) sections.push({ id: row.id ?? '', text: section(type, row) })
  }
  // The sort is stable: endpoint, auth and aor of one extension stand together.
  sections.sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }))
  return [head, ...sections.map(({ text }) => text)].join('\n')
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

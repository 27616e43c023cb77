import { softphones } from './softphones.ts'

/** The lines of the central's `pjsip show contacts`, as far as the sandbox asks for them. */
export interface Contact {
  readonly aor: string
  readonly status: string
}

/** Reads the output of `pjsip show contacts`: `Contact:  1001/sip:1001@127.0.0.13:5163  8c6de4ff2b NonQual  nan`. */
export function parseContacts(text: string): Contact[] {
  const lines = text.matchAll(/^\s*Contact:\s+([^/\s]+)\/\S+\s+\S+\s+(\S+)/gm)
  return Array.from(lines, ([, aor = '', status = '']) => ({ aor, status }))
}

/** Which of the twenty softphones are not registered. */
export function unregistered(contacts: readonly Contact[]): string[] {
  const known = new Set(contacts.map(contact => contact.aor))
  return softphones.filter(extension => !known.has(extension))
}

/** Which of the named trunks did not answer the last OPTIONS. */
export function unreachable(contacts: readonly Contact[], trunks: readonly string[]): string[] {
  const reached = new Set(contacts.filter(contact => contact.status === 'Avail').map(contact => contact.aor))
  return trunks.filter(trunk => !reached.has(trunk))
}

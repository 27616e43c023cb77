/** A manager account, as one section of manager.conf. */
export interface Account {
  username: string
  secret: string
  /** Classes of events it is sent; default: system, call, cdr, user. */
  read?: readonly string[]
  /** Classes of actions it may send; default: call, originate, reporting. `all` stands for every class. */
  write?: readonly string[]
  /** Events it never gets (eventfilter); default: NewConnectedLine, NewCallerid. */
  exclude?: readonly string[]
  /** True opens the actions SimPhone, SimTrunk, SimCdr and SimCall to it. */
  lab?: boolean
  /** How long one write may stand still before the session is thrown out, ms of wall time; default 5000. */
  writeTimeoutMs?: number
}

/** What Asterisk 22's `read` and `write` know. */
const CLASSES = [
  'system',
  'call',
  'log',
  'verbose',
  'command',
  'agent',
  'user',
  'config',
  'dtmf',
  'reporting',
  'cdr',
  'dialplan',
  'originate',
  'agi',
  'cc',
  'aoc',
  'test',
  'security',
  'message'
]

export interface Permissions {
  read: ReadonlySet<string>
  write: ReadonlySet<string>
  exclude: ReadonlySet<string>
}

/** Fills in the least-privilege defaults and checks the class names. */
export function permissionsOf(account: Account): Permissions {
  return {
    read: classes(account, 'read', account.read ?? ['system', 'call', 'cdr', 'user']),
    write: classes(account, 'write', account.write ?? ['call', 'originate', 'reporting']),
    exclude: new Set(account.exclude ?? ['NewConnectedLine', 'NewCallerid'])
  }
}

function classes(account: Account, field: 'read' | 'write', names: readonly string[]): ReadonlySet<string> {
  if (names.includes('all')) return new Set(CLASSES)
  const unknown = names.filter(name => !CLASSES.includes(name))
  if (unknown.length > 0) {
    throw new TypeError(
      `account "${account.username}": ${field} has no class "${unknown.join('", "')}"; known: ${CLASSES.join(', ')}`
    )
  }
  return new Set(names)
}

/** The mask of a Login's `Events` header or an Events action: on, off or a list of classes; undefined when unreadable. */
export function parseEventMask(mask: string): ReadonlySet<string> | undefined {
  const text = mask.trim().toLowerCase()
  if (text === '' || /^(on|yes|true|all|y|t|1|-1)$/.test(text)) return new Set(CLASSES)
  if (/^(off|no|false|none|n|f|0)$/.test(text)) return new Set()
  const names = text.split(',').map(name => name.trim())
  return names.every(name => CLASSES.includes(name)) ? new Set(names) : undefined
}

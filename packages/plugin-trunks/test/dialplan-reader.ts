/*
 * Reads the part of Asterisk's dialplan language that the generated classification uses, to compare it with the server's
 * on many numbers. That the real Asterisk reads it alike is shown on the sandbox.
 */

/** What `evs-classify-CC` makes of a dialled number. */
export function phoneDials(
  text: string,
  country: string,
  dialled: string
): { readonly e164: string; readonly numberClass: string } {
  const variables = new Map([['ARG1', dialled]])
  run(contexts(text), `evs-classify-${country}`, variables)
  return { e164: variables.get('EVS_E') ?? '', numberClass: variables.get('EVS_CLASS') ?? 'other' }
}

interface Line {
  readonly label: string | null
  readonly application: string
}

function contexts(text: string): ReadonlyMap<string, Line[]> {
  const all = new Map<string, Line[]>()
  let present: Line[] = []
  for (const line of text.split('\n')) {
    const context = /^\[([^\]]+)\]/.exec(line)?.[1]
    if (context !== undefined) {
      present = []
      all.set(context, present)
    }
    const step = /^(?:exten => s,1,| same => n(?:\((\w+)\))?,)(.*)$/.exec(line)
    if (step) present.push({ label: step[1] ?? null, application: step[2]! })
  }
  return all
}

function run(all: ReadonlyMap<string, Line[]>, context: string, variables: Map<string, string>): void {
  const lines = all.get(context) ?? []
  const at = (label: string) => lines.findIndex(line => line.label === label)
  for (let place = 0; place < lines.length; place++) {
    const { application } = lines[place]!
    const set = (assignment: string): void => {
      const [name, ...value] = assignment.split('=')
      variables.set(name!, substitute(value.join('='), variables))
    }
    const [, name, data] = /^(\w+)\((.*)\)$/s.exec(application)!
    if (name === 'Return') return
    if (name === 'Set') set(data!)
    else if (name === 'Goto') place = at(data!) - 1
    else if (name === 'Gosub') run(all, data!.split(',')[0]!, variables)
    else {
      const cut = data!.lastIndexOf('?')
      const holds = truthy(data!.slice(0, cut), variables)
      const rest = data!.slice(cut + 1)
      if (name === 'GotoIf' && holds) place = at(rest) - 1
      if (name === 'ExecIf' && holds) set(/^Set\((.*)\)$/.exec(rest)![1]!)
    }
  }
}

function truthy(condition: string, variables: ReadonlyMap<string, string>): boolean {
  const regex = /^\$\{REGEX\("(.*)" \$\{(\w+)\}\)\}$/.exec(condition)
  if (regex) return new RegExp(regex[1]!).test(variables.get(regex[2]!) ?? '')
  const parts = /^\$\[(.*)\]$/.exec(condition)![1]!.split(' & ')
  return parts.every(part => {
    const compare = /^(\S+) (=|!=|>) (\S+)$/.exec(substitute(part, variables).replaceAll('"', ''))
    const [, left = '', operator, right = ''] = compare ?? []
    if (operator === '>') return Number(left) > Number(right)
    return (left === right) === (operator === '=')
  })
}

function substitute(text: string, variables: ReadonlyMap<string, string>): string {
  return text
    .replace(/\$\{FILTER\(([^,]+),\$\{(\w+)\}\)\}/, (_, kept: string, name: string) =>
      [...(variables.get(name) ?? '')].filter(one => new RegExp(`[${kept}]`).test(one)).join('')
    )
    .replace(/\$\{LEN\(\$\{(\w+)\}\)\}/g, (_, name: string) => String((variables.get(name) ?? '').length))
    .replace(/\$\{(\w+)(?::(\d+)(?::(\d+))?)?\}/g, (_, name: string, from = '0', length?: string) =>
      (variables.get(name) ?? '').slice(
        Number(from),
        length === undefined ? undefined : Number(from) + Number(length)
      )
    )
}

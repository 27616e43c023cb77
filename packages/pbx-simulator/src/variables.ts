/** How far a channel variable travels: not at all, to the next channel (`_X`), to all below (`__X`). */
export type Inheritance = 'none' | 'once' | 'always'

export interface ChannelVariable {
  value: string
  inherit: Inheritance
}

export type Variables = Map<string, ChannelVariable>

/** Sets `name` (with its leading underscores, which say how it is inherited) on a channel. */
export function setVariable(variables: Variables, name: string, value: string): void {
  const inherit = name.startsWith('__') ? 'always' : name.startsWith('_') ? 'once' : 'none'
  variables.set(name.replace(/^_{1,2}/, ''), { value, inherit })
}

/** Copies what a dialled channel inherits from the one that dials it. */
export function inheritVariables(from: Variables, to: Variables): void {
  for (const [name, variable] of from) {
    if (variable.inherit === 'none') continue
    to.set(name, { value: variable.value, inherit: variable.inherit === 'always' ? 'always' : 'none' })
  }
}

/**
 * Splits one `Variable:` header the way Asterisk does (AST_STANDARD_APP_ARGS): at commas outside brackets and quotes;
 * a backslash takes the next character as it is, and a double quote disappears. An unescaped comma in a value
 * therefore starts another variable.
 */
export function splitVariableHeader(header: string): Array<[name: string, value: string]> {
  const parts: string[] = []
  let part = ''
  let depth = 0
  let quoted = false
  for (let i = 0; i < header.length; i++) {
    const c = header[i]!
    if (c === '\\' && i + 1 < header.length) part += header[++i]!
    else if (c === '"') quoted = !quoted
    else if (c === ',' && depth === 0 && !quoted) {
      parts.push(part)
      part = ''
    } else {
      if (c === '(' || c === '[') depth++
      else if ((c === ')' || c === ']') && depth > 0) depth--
      part += c
    }
  }
  parts.push(part)
  return parts.flatMap(entry => {
    const equals = entry.indexOf('=')
    const name = (equals < 0 ? entry : entry.slice(0, equals)).trim()
    return name === '' ? [] : [[name, equals < 0 ? '' : entry.slice(equals + 1)] as [string, string]]
  })
}

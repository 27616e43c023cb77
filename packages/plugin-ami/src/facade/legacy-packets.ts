import { AmiBadHeader } from '../errors.ts'
import type { AmiAction } from '../link/encoder.ts'
import type { AmiPacket } from '../link/packet.ts'
import type { LegacyAction, LegacyPacket } from './types.ts'

/** An AMI packet in the shape that `asterisk-manager` gives to its listeners. */
export function toLegacyPacket(packet: AmiPacket): LegacyPacket {
  const entries = new Map<string, string | string[] | Record<string, string>>()
  for (const [name, value] of Object.entries(packet)) {
    const key = name.trim().toLowerCase()
    const lines = typeof value === 'string' ? [value] : value
    // VarSet and Getvar have `Variable: NAME`, lists of variables have NAME=value.
    const variables =
      (key === 'variable' || key === 'chanvariable') && lines.every(line => line.includes('='))
    const known = entries.get(key)
    if (variables) entries.set(key, Object.fromEntries(lines.map(splitVariable)))
    else if (known === undefined) entries.set(key, value)
    else
      entries.set(
        key,
        [known, ...lines].flat().filter(one => typeof one === 'string')
      )
  }
  return Object.fromEntries(entries)
}

function splitVariable(line: string): [string, string] {
  const equals = line.indexOf('=')
  return [line.slice(0, equals), line.slice(equals + 1)]
}

/**
 * An action of `asterisk-manager`'s users for our encoder, which escapes and checks it. One difference is meant:
 * `variable: 'A=1,B=2'` sets A to `1,B=2`; give an object to set two variables.
 * @throws AMI_BAD_HEADER
 */
export function fromLegacyAction(action: LegacyAction, actionId: string): AmiAction {
  const result: AmiAction = { Action: '', ActionID: actionId }
  for (const [name, value] of Object.entries(action)) {
    const key = name.replace(/\s/g, '').toLowerCase()
    if (key === '' || key === 'actionid' || value === undefined || value === null) continue
    if (key === 'action') result.Action = String(value)
    else if (key === 'variable')
      result.Variable = legacyVariables(String(action.action ?? action.Action), value)
    else result[key.charAt(0).toUpperCase() + key.slice(1)] = legacyValue(key, value)
  }
  if (result.Action === '')
    throw new AmiBadHeader('Action', 'is missing; give { action: "Ping" } or the like')
  return result
}

function legacyVariables(action: string, value: unknown): string | Record<string, string> {
  if (/^[gs]etvar$/i.test(action) && typeof value === 'string') return value
  if (Array.isArray(value)) return Object.fromEntries(value.map(one => splitVariable(String(one))))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, String(one ?? '')]))
  }
  const text = String(value)
  if (!text.includes('=')) throw new AmiBadHeader('Variable', 'must be an object or NAME=value')
  return Object.fromEntries([splitVariable(text)])
}

function legacyValue(key: string, value: unknown): string | string[] {
  if (Array.isArray(value)) return value.map(String).join(',')
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return String(value)
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).map(([name, one]) => `${name}=${String(one)}`)
  }
  throw new AmiBadHeader(key, 'must be text, a number, a list or an object')
}

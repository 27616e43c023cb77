/** What a Uniqueid chosen by us (`ChannelId` of Originate) says. */
export interface ChannelIdParts {
  id: string
  kind: 'agent' | 'customer' | 'held' | 'spy'
  attempt: number | undefined
}

const kinds: Readonly<Record<string, ChannelIdParts['kind']>> = {
  a: 'agent',
  c: 'customer',
  h: 'held',
  s: 'spy'
}
const mostDigits = 3

/** Reads `<callId>-a1` and its kin; `undefined` for an id that Asterisk made up. */
export function readChannelId(uniqueid: string): ChannelIdParts | undefined {
  let digits = uniqueid.length
  while (digits > uniqueid.length - mostDigits && isDigit(uniqueid.charCodeAt(digits - 1))) digits--
  const kind = kinds[uniqueid[digits - 1] ?? '']
  if (kind === undefined || uniqueid[digits - 2] !== '-' || digits < 3) return undefined
  const attempt = digits === uniqueid.length ? undefined : Number(uniqueid.slice(digits))
  return { id: uniqueid.slice(0, digits - 2), kind, attempt }
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57

/** Call ids that the dialplan kit gives to calls which the framework did not start. */
export function isOwnCallId(callId: string | undefined): callId is string {
  return callId !== undefined && callId !== '' && !/^(hand|emergency)-/.test(callId)
}

import { wholeNumber } from './fields.ts'

/** What a Uniqueid chosen by us (`ChannelId` of Originate) says. */
export interface ChannelIdParts {
  id: string
  kind: 'agent' | 'customer' | 'held' | 'spy'
  attempt: number | undefined
}

const CHANNEL_ID = /^(.+)-([achs])(\d{0,3})$/
const KINDS = { a: 'agent', c: 'customer', h: 'held', s: 'spy' } as const

/** Reads `<callId>-a1` and its kin; `undefined` for an id that Asterisk made up. */
export function readChannelId(uniqueid: string): ChannelIdParts | undefined {
  const match = CHANNEL_ID.exec(uniqueid)
  const letter = match?.[2] as keyof typeof KINDS | undefined // the pattern allows these four only
  if (!match?.[1] || !letter) return undefined
  return { id: match[1], kind: KINDS[letter], attempt: wholeNumber(match[3]) }
}

/** Call ids that the dialplan kit gives to calls which the framework did not start. */
export function isOwnCallId(callId: string | undefined): callId is string {
  return callId !== undefined && callId !== '' && !/^(hand|emergency)-/.test(callId)
}

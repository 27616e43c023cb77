import { type AmiPacket, header, headerAfter, type WirePacket } from '../link/packet.ts'

/** An event of Asterisk, or a row of a list that it answered. */
export type Told = AmiPacket | WirePacket

/** When the event happened, in milliseconds: `Timestamp` (timestampevents=yes, microseconds), else its arrival. */
export function timeOf(packet: Told, receivedAtMs: number): number {
  const seconds = Number(header(packet, 'Timestamp'))
  return seconds > 0 ? seconds * 1000 : receivedAtMs
}

/**
 * A channel variable that `channelvars` in manager.conf adds to each event; `side` is `Dest` for the called channel of
 * a Dial event. An empty text means "not set"; `undefined` means that Asterisk did not say.
 */
export function channelVariable(
  packet: Told,
  name: 'EVS_CALL_ID' | 'EVS_LEG',
  side: '' | 'Dest'
): string | undefined {
  const assignment = name === 'EVS_LEG' ? 'EVS_LEG=' : 'EVS_CALL_ID='
  return headerAfter(packet, side === '' ? 'ChanVariable' : 'DestChanVariable', assignment)
}

/** Q.850 cause; missing or unreadable is `undefined`, as 0 is a cause of its own. */
export function causeOf(packet: Told): number | undefined {
  return wholeNumber(header(packet, 'Cause'))
}

export function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined
}

/** A header's text, `undefined` when it is missing, empty or one of Asterisk's words for nothing. */
export function textOf(packet: Told, name: string): string | undefined {
  const value = header(packet, name)
  return value === undefined || value === '' || value === '<unknown>' || value === '<none>'
    ? undefined
    : value
}

/** A phone number as Asterisk writes it, or `undefined` when the text is none (`s`, `<unknown>`). */
export function numberOf(text: string | undefined): string | undefined {
  return text !== undefined && /^[+*#]?[\d*#]+$/.test(text) ? text : undefined
}

/** `998…@trunk-site-a` → `998…`; `PJSIP/998…@trunk-site-a` likewise. */
export function dialledNumber(dialString: string | undefined): string | undefined {
  return numberOf(dialString?.split('@')[0]?.split('/').at(-1))
}

/** `PJSIP/1001-0000002a` → `PJSIP/1001`. */
export function endpointOf(channel: string): string {
  return channel.replace(/-[0-9a-f]{8}(;[12])?$/, '')
}

/** Channels that make sound or records for others and are party to nothing. */
const MACHINES = /^(CBAnn|CBRec|Announcer|Recorder|Snoop|Surrogate|Message|MulticastRTP|UnicastRTP)\//

export function isMachine(channel: string): boolean {
  return MACHINES.test(channel)
}

export function isLocal(channel: string): boolean {
  return channel.startsWith('Local/')
}

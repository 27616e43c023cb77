// Q.850 causes and SIP codes as Asterisk 22.10.1 and its chan_pjsip were seen to translate them.

const NAMES: Record<number, string> = {
  0: 'Unknown',
  1: 'Unallocated (unassigned) number',
  2: 'No route to specified transit network',
  3: 'No route to destination',
  16: 'Normal Clearing',
  17: 'User busy',
  18: 'No user responding',
  19: 'User alerting, no answer',
  20: 'Subscriber absent',
  21: 'Call Rejected',
  22: 'Number changed',
  26: 'Answered elsewhere',
  27: 'Destination out of order',
  28: 'Invalid number format',
  29: 'Facility rejected',
  31: 'Normal, unspecified',
  34: 'Circuit/channel congestion',
  38: 'Network out of order',
  41: 'Temporary failure',
  42: 'Switching equipment congestion',
  44: 'Requested channel not available',
  58: 'Bearer capability not available',
  66: 'Channel not implemented',
  127: 'Interworking, unspecified'
}

const TO_SIP: Record<number, number> = {
  1: 404,
  2: 404,
  3: 404,
  17: 486,
  18: 408,
  19: 480,
  20: 480,
  21: 403,
  22: 410,
  27: 502,
  28: 484,
  29: 501,
  31: 480,
  34: 503,
  38: 500,
  42: 503,
  58: 488,
  66: 503,
  127: 500
}

const FROM_SIP: Record<number, number> = {
  403: 21,
  404: 1,
  408: 18,
  410: 22,
  480: 19,
  484: 28,
  486: 17,
  487: 127,
  488: 58,
  500: 38,
  501: 29,
  502: 27,
  503: 34,
  603: 21
}

/** Text of a Q.850 cause as `Cause-txt` shows it. */
export function causeName(cause: number): string {
  return NAMES[cause] ?? 'Unknown'
}

/** The SIP code a channel that ends with `cause` reports as TechCause; undefined for a normal end. */
export function techCauseOf(cause: number): number | undefined {
  return TO_SIP[cause]
}

/** What a far Asterisk answers when its dialplan ends an unanswered call with `cause`: unknown causes leave as 603. */
export function sipReplyTo(cause: number): number {
  return TO_SIP[cause] ?? 603
}

/** The cause our side derives from a failure reply: it takes the SIP status, not the Reason header. */
export function causeOfSipReply(code: number): number {
  return FROM_SIP[code] ?? (code >= 600 ? 21 : 127)
}

/** DialStatus of the DialEnd event: everything that is neither busy nor congestion counts as NOANSWER. */
export function dialEndStatus(cause: number): 'BUSY' | 'CONGESTION' | 'NOANSWER' {
  return cause === 17 ? 'BUSY' : cause === 34 || cause === 42 ? 'CONGESTION' : 'NOANSWER'
}

/** The channel variable DIALSTATUS, coarser and different again: reject, invalid and silence are all CHANUNAVAIL. */
export function dialStatusVariable(cause: number): string {
  if (cause === 17) return 'BUSY'
  if (cause === 34 || cause === 42) return 'CONGESTION'
  return cause === 19 || cause === 16 || cause === 0 ? 'NOANSWER' : 'CHANUNAVAIL'
}

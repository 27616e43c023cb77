/** How a phone takes its calls; the names are those of the real sandbox's phones. */
export type PhoneBehaviour =
  | 'answer'
  | `answer:${number}`
  | `slow:${number}`
  | 'auto'
  | 'reject'
  | 'busy'
  | 'dnd'
  | 'ring'
  | `dtmf:${string}`

/** `up` answers SIP, `down` is known to be unreachable (OPTIONS fail), `silent` has just died: no SIP answer at all. */
export type TrunkState = 'up' | 'down' | 'silent'

export interface PhoneEndpoint {
  readonly kind: 'phone'
  /** The extension, which is the PJSIP endpoint's name. */
  readonly id: string
  readonly context: string
  readonly callerName: string
  readonly site: string
  readonly policy: string
  behaviour: PhoneBehaviour
  registered: boolean
}

export interface TrunkEndpoint {
  readonly kind: 'trunk'
  readonly id: string
  readonly context: string
  readonly site: string
  state: TrunkState
}

export type Endpoint = PhoneEndpoint | TrunkEndpoint

/** What a PJSIP dial string names. */
export interface DialTarget {
  endpoint: Endpoint
  /** The number sent to a trunk; for a phone its extension. */
  number: string
}

/** The phones and trunks of the PBX. */
export class Endpoints {
  readonly phones = new Map<string, PhoneEndpoint>()
  readonly trunks = new Map<string, TrunkEndpoint>()

  /** Reads the part after `PJSIP/`: `1001`, `1001/sip:uri` or `number@trunk`; undefined when nothing matches. */
  target(data: string): DialTarget | undefined {
    const at = data.lastIndexOf('@')
    const slash = data.indexOf('/')
    if (slash < 0 && at >= 0) {
      const trunk = this.trunks.get(data.slice(at + 1))
      return trunk ? { endpoint: trunk, number: data.slice(0, at) } : undefined
    }
    const id = slash < 0 ? data : data.slice(0, slash)
    const endpoint = this.phones.get(id) ?? this.trunks.get(id)
    return endpoint ? { endpoint, number: id } : undefined
  }
}

/** Whether a channel to it can be made at all: a phone must be registered, a trunk not known to be down. */
export function reachable(endpoint: Endpoint): boolean {
  return endpoint.kind === 'phone' ? endpoint.registered : endpoint.state !== 'down'
}

const BEHAVIOUR = /^(answer(:\d+(\.\d+)?)?|slow:\d+(\.\d+)?|auto|reject|busy|dnd|ring|dtmf:[0-9*#]+)$/

/** Checks a behaviour that came in as text. */
export function parsePhoneBehaviour(text: string): PhoneBehaviour {
  if (!BEHAVIOUR.test(text)) {
    throw new TypeError(
      `unknown phone behaviour "${text}": use answer, answer:SECONDS, slow:SECONDS, auto, reject, busy, dnd, ring or dtmf:KEYS`
    )
  }
  return text as PhoneBehaviour // the pattern above is the type, spelled out
}

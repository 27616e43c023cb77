import { contactUri } from './actions/variables.ts'
import { type PhoneEndpoint, parsePhoneBehaviour, type TrunkEndpoint, type TrunkState } from './endpoints.ts'
import type { Pbx } from './pbx.ts'

// What changes around the PBX: phones that register, trunks that fail; said as PeerStatus and ContactStatus.

/** The phone of that extension, or an error that says which there are. */
export function phoneOf(pbx: Pbx, extension: string): PhoneEndpoint {
  const phone = pbx.endpoints.phones.get(extension)
  if (phone) return phone
  throw new TypeError(`there is no phone "${extension}"; phones: ${some([...pbx.endpoints.phones.keys()])}`)
}

/** The trunk of that name, or an error that says which there are. */
export function trunkOf(pbx: Pbx, name: string): TrunkEndpoint {
  const trunk = pbx.endpoints.trunks.get(name)
  if (trunk) return trunk
  throw new TypeError(`there is no trunk "${name}"; trunks: ${some([...pbx.endpoints.trunks.keys()])}`)
}

export function setBehaviour(pbx: Pbx, extension: string, behaviour: string): void {
  phoneOf(pbx, extension).behaviour = parsePhoneBehaviour(behaviour)
}

export function registerPhone(pbx: Pbx, extension: string, registered: boolean): void {
  const phone = phoneOf(pbx, extension)
  if (phone.registered === registered) return
  phone.registered = registered
  const uri = contactUri(extension)
  if (registered) {
    sayContact(pbx, extension, uri, 'NonQualified', 0)
    sayPeer(pbx, extension, true)
    sayContact(pbx, extension, uri, 'Reachable', 600)
  } else {
    sayContact(pbx, extension, uri, 'Removed', 0)
    sayPeer(pbx, extension, false)
  }
}

export function setTrunk(pbx: Pbx, name: string, state: TrunkState): void {
  const trunk = trunkOf(pbx, name)
  const before = trunk.state
  trunk.state = state
  // a silent gateway is one whose death the next OPTIONS has not shown yet: nothing is said
  if (state === before || (state === 'silent' && before === 'up') || (state === 'up' && before === 'silent'))
    return
  const up = state !== 'down'
  sayPeer(pbx, name, up)
  sayContact(pbx, name, 'sip:127.0.0.1:5060', up ? 'Reachable' : 'Unreachable', up ? 600 : 0)
}

function sayPeer(pbx: Pbx, endpoint: string, reachable: boolean): void {
  pbx.outbox.add(
    'PeerStatus',
    'system',
    `ChannelType: PJSIP\r\nPeer: PJSIP/${endpoint}\r\nPeerStatus: ${reachable ? 'Reachable' : 'Unreachable'}\r\n`
  )
}

function sayContact(pbx: Pbx, endpoint: string, uri: string, status: string, roundtripUs: number): void {
  pbx.outbox.add(
    'ContactStatus',
    'system',
    `URI: ${uri}\r\nContactStatus: ${status}\r\nAOR: ${endpoint}\r\nEndpointName: ${endpoint}\r\nRoundtripUsec: ${roundtripUs}\r\n`
  )
}

function some(names: string[]): string {
  return names.length > 8 ? `${names.slice(0, 8).join(', ')} …` : names.join(', ')
}

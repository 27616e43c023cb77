import { SandboxError } from './errors.ts'

/** The four Asterisk processes, in the order in which they are started. */
export const instanceNames = ['gw-a', 'gw-b', 'central', 'phones'] as const

/** `central` is the PBX under test, `gw-a` and `gw-b` the sites' gateways, `phones` the twenty softphones. */
export type InstanceName = (typeof instanceNames)[number]

/** Which folder of `conf/` an instance is made from. */
export type InstanceRole = 'central' | 'gateway' | 'phones'

/** Addresses and ports of one instance, all on loopback. */
export interface InstanceLayout {
  readonly name: InstanceName
  readonly role: InstanceRole
  readonly address: string
  readonly amiPort: number
  readonly sipPort: number
  readonly httpPort: number
  readonly httpsPort: number
  readonly rtpFrom: number
  readonly rtpTo: number
  /** Hz of the tone that people behind this gateway speak, so that a recording tells who was heard. */
  readonly toneHz: number
}

interface Place {
  readonly role: InstanceRole
  readonly address: string
  readonly index: number
  readonly toneHz: number
}

// PJSIP's `identify` knows a peer by address alone, so that every instance needs a loopback address of its own.
const places: Readonly<Record<InstanceName, Place>> = {
  central: { role: 'central', address: '127.0.0.1', index: 0, toneHz: 0 },
  'gw-a': { role: 'gateway', address: '127.0.0.11', index: 1, toneHz: 440 },
  'gw-b': { role: 'gateway', address: '127.0.0.12', index: 2, toneHz: 660 },
  phones: { role: 'phones', address: '127.0.0.13', index: 3, toneHz: 1000 }
}

const highestShift = 33_000

/** Checks a port shift: a whole number from 0 to 33000, which keeps the highest RTP port below 65536. */
export function checkShift(shift: number): number {
  if (Number.isInteger(shift) && shift >= 0 && shift <= highestShift) return shift
  throw new SandboxError(
    'SANDBOX_BAD_OPTION',
    `shift is ${shift}: give a whole number from 0 to ${highestShift}, in steps of 10 between sandboxes that run side by side`
  )
}

/** Checks a name given by a person. */
export function checkInstanceName(name: string): InstanceName {
  const known = instanceNames.find(candidate => candidate === name)
  if (known) return known
  throw new SandboxError('SANDBOX_BAD_OPTION', `no instance "${name}": there are ${instanceNames.join(', ')}`)
}

/** Where an instance listens when every port is moved up by `shift`. */
export function layoutOf(name: InstanceName, shift: number): InstanceLayout {
  const { role, address, index, toneHz } = places[name]
  return {
    name,
    role,
    address,
    amiPort: 5038 + index + shift,
    sipPort: 5160 + index + shift,
    httpPort: 8088 + 2 * index + shift,
    httpsPort: 8089 + 2 * index + shift,
    rtpFrom: 20_000 + 3000 * index + shift,
    rtpTo: 22_999 + 3000 * index + shift,
    toneHz
  }
}

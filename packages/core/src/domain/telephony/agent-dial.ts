import { reachesNumber } from './same-number.ts'
import type { AgentLeg } from './telephony-port.ts'

/** Whose phones a leg may ring. */
export interface LegOwner {
  readonly extension: string | null
  /** E.164. */
  readonly mobileNumber: string | null
  /** ISO 3166-1 alpha-2 of his site. */
  readonly country: string
}

/**
 * Why a leg may not be rung, or null. A strategy says how an agent is reached; it may say his own extension, one of its
 * registered devices, or his own mobile number by a trunk: a dial string is otherwise a way around the policy.
 * `mobileAllowed` tells whether the policy lets his mobile number be called.
 */
export function refuseAgentDial(
  { dial, trunk }: Pick<AgentLeg, 'dial' | 'trunk'>,
  owner: LegOwner,
  mobileAllowed: (number: string) => boolean
): string | null {
  const device = /^PJSIP\/([0-9]{2,8})(?:\/(sips?:[^\s,&|%]+))?$/.exec(dial)
  if (device) {
    const [, extension, uri] = device
    if (extension !== owner.extension) return 'an extension that is not his'
    const user = /^sips?:([^@]*)@/.exec(uri ?? '')?.[1] ?? ''
    return /^[+*#0-9]+$/.test(user) && user !== extension ? 'a number in the address of a device' : null
  }
  const mobile = /^PJSIP\/([+0-9*#]+)@([A-Za-z0-9_-]+)$/.exec(dial)
  if (!mobile) return 'something that is neither his extension nor his mobile'
  if (owner.mobileNumber === null || !reachesNumber(mobile[1]!, owner.mobileNumber, owner.country))
    return 'a number that is not his mobile'
  if (trunk !== mobile[2]) return `trunk ${mobile[2]} without saying that it takes a channel of it`
  return mobileAllowed(owner.mobileNumber) ? null : 'a mobile number outside the destination policy'
}

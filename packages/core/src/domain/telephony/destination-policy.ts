import { type CallableClass, classifyNumber } from './number-class.ts'

/** Where calls may go from this installation, whatever a campaign or an agent is allowed. Denied by default. */
export interface DestinationPolicy {
  /** E.164 prefixes; a number must begin with one of them. */
  readonly allow: readonly string[]
  /** E.164 prefixes that are never called, stronger than `allow`. */
  readonly deny: readonly string[]
  /** Classes that a campaign or an agent can be allowed at all. */
  readonly classes: readonly CallableClass[]
  /** Longest call, s; no campaign goes beyond. */
  readonly maxCallSeconds: number
}

/** Who wants to call, as far as it matters where. */
export interface Caller {
  /** ISO 3166-1 alpha-2: from where the number is looked at. */
  readonly country: string
  /** Classes of the campaign. */
  readonly campaign: readonly CallableClass[]
  /** Classes of the agent; null: as the campaign's. */
  readonly agent: readonly CallableClass[] | null
}

export type PolicyVerdict =
  | { readonly allowed: true; readonly numberClass: CallableClass }
  | { readonly allowed: false; readonly reason: string }

/** Whether this caller may call this number. Pure; the reason never holds the number. */
export function checkDestination(policy: DestinationPolicy, caller: Caller, number: string): PolicyVerdict {
  if (!/^\+[1-9]\d{6,14}$/.test(number)) return { allowed: false, reason: 'not an E.164 number' }
  const denied = policy.deny.find(prefix => number.startsWith(prefix))
  if (denied) return { allowed: false, reason: `numbers that begin with ${denied} are denied` }
  if (!policy.allow.some(prefix => number.startsWith(prefix)))
    return {
      allowed: false,
      reason: policy.allow.length
        ? `only numbers that begin with ${policy.allow.join(', ')} are allowed`
        : 'no destination is allowed yet: set destinations.allow in the configuration of core'
    }
  const numberClass = classifyNumber(number, caller.country)
  if (numberClass === 'short')
    return { allowed: false, reason: 'emergency and short numbers are dialled on the phone, never from here' }
  const refuser = refuserOf(policy, caller, numberClass)
  if (!refuser) return { allowed: true, numberClass }
  return { allowed: false, reason: `${numberClass} numbers are not allowed ${refuser}` }
}

function refuserOf(policy: DestinationPolicy, caller: Caller, numberClass: CallableClass): string | null {
  if (!policy.classes.includes(numberClass))
    return 'on this installation (numberClasses in the configuration of core)'
  if (!caller.campaign.includes(numberClass)) return 'in this campaign (its numberClasses)'
  if (caller.agent && !caller.agent.includes(numberClass)) return 'for this agent (his numberClasses)'
  return null
}

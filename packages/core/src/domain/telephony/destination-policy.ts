/**
 * Where calls may go, denied by default: a number passes when one of the allowed prefixes begins it and no denied
 * prefix does. Emergency numbers are never E.164 and so never pass: nothing here may call them.
 */
export interface DestinationPolicy {
  readonly allow: readonly string[]
  readonly deny: readonly string[]
}

export type PolicyVerdict = { readonly allowed: true } | { readonly allowed: false; readonly reason: string }

export function checkDestination(policy: DestinationPolicy, number: string): PolicyVerdict {
  if (!/^\+[1-9]\d{6,14}$/.test(number)) return { allowed: false, reason: 'not an E.164 number' }
  const denied = policy.deny.find(prefix => number.startsWith(prefix))
  if (denied) return { allowed: false, reason: `numbers that begin with ${denied} are denied` }
  if (policy.allow.some(prefix => number.startsWith(prefix))) return { allowed: true }
  return {
    allowed: false,
    reason: policy.allow.length
      ? `only numbers that begin with ${policy.allow.join(', ')} are allowed`
      : 'no destination is allowed yet: set destinations.allow in the configuration of core'
  }
}

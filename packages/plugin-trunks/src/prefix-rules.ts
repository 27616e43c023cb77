/** How a trunk wants numbers that begin with `prefix`: `strip` digits off the front, then `prepend` before the rest. */
export interface PrefixRule {
  /** Digits of E.164 without `+`; empty: every number. */
  readonly prefix: string
  /** Digits taken off, at most those of the number. */
  readonly strip: number
  readonly prepend: string
}

/**
 * The number as a trunk dials it: by the rule with the longest prefix, as E.164 without `+` where no rule fits. The PBX's
 * dialplan chooses alike, as the most specific pattern wins there.
 */
export function applyPrefixRules(rules: readonly PrefixRule[], number: string): string {
  const digits = number.replace(/^\+/, '')
  const rule = rules
    .filter(({ prefix }) => digits.startsWith(prefix))
    .sort((a, b) => b.prefix.length - a.prefix.length)[0]
  return rule ? rule.prepend + digits.slice(rule.strip) : digits
}

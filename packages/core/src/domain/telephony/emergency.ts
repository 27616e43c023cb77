import { defineChain } from '../../kernel/extension-point.ts'

/** Knows the numbers that help a site: they go before every rule, by the site's own way out. */
export interface EmergencyPlan {
  readonly name: string
  /** Whether this is an emergency number at the site, as people dial it: `112`, `15`. */
  isEmergency(siteId: number | null, number: string): Promise<boolean>
}

export const emergencyPlans = defineChain<EmergencyPlan>('core.emergency-plans')

/** Whether any plan calls it an emergency number. A plan that fails says nothing: the phone's own dialplan still helps. */
export async function isEmergencyNumber(
  plans: readonly EmergencyPlan[],
  siteId: number | null,
  number: string
): Promise<boolean> {
  if (!/^\d{2,6}$/.test(number)) return false
  const answers = await Promise.all(plans.map(plan => plan.isEmergency(siteId, number).catch(() => false)))
  return answers.includes(true)
}

import { defineChain } from '../../kernel/extension-point.ts'

/** How far a 200 from a gateway means that a person has answered: `early` gateways say so before the phone rings. */
export const answerSupervisions = ['real', 'early', 'unknown'] as const
export type AnswerSupervision = (typeof answerSupervisions)[number]

/** Knows how trunks answer. */
export interface TrunkSupervision {
  readonly name: string
  /** null: it does not know this trunk. */
  of(trunk: string): Promise<AnswerSupervision | null>
  /** The trunk by which a site calls mobiles first; null: it does not know this site's ways out. */
  mobileTrunkOf(siteId: number): Promise<string | null>
}

export const trunkSupervisions = defineChain<TrunkSupervision>('core.trunk-supervisions')

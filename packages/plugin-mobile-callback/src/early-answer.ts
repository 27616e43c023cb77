import { type AnswerSupervision, type Kernel, trunkSupervisions } from '@evscallpro/core'
import type { SiteSettings } from './site-settings.ts'

/**
 * How much longer an agent is asked, as the gateway may have answered before his mobile rang, seconds; 0: it answers when
 * he does. What is known of the trunk counts before what the site says.
 */
export function earlySecondsOn(
  supervision: AnswerSupervision | null,
  { earlySeconds, ringSeconds }: SiteSettings
): number {
  if (supervision === 'real') return 0
  return supervision === 'early' && earlySeconds === 0 ? ringSeconds : earlySeconds
}

/** Asks whoever knows trunks how this one answers; null: nobody does. */
export async function supervisionOf(
  { extensions }: Pick<Kernel, 'extensions'>,
  trunk: string
): Promise<AnswerSupervision | null> {
  for (const known of extensions.all(trunkSupervisions)) {
    const supervision = await known.of(trunk)
    if (supervision !== null) return supervision
  }
  return null
}

/** The trunk by which a site calls mobiles first, if it is known to answer early. */
export async function earlyTrunkOf(
  kernel: Pick<Kernel, 'extensions'>,
  siteId: number
): Promise<string | null> {
  for (const known of kernel.extensions.all(trunkSupervisions)) {
    const trunk = await known.mobileTrunkOf(siteId)
    if (trunk !== null) return (await supervisionOf(kernel, trunk)) === 'early' ? trunk : null
  }
  return null
}

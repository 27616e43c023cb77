import type { Trunk } from '../trunk.ts'

/** The number that the called party should see. */
export interface RequestedCallerId {
  /** E.164. */
  readonly number: string
  /** A campaign's number is a must, a site's a default. */
  readonly by: 'campaign' | 'site'
}

/** What a trunk shows, or why it may not be taken. */
export type Presentation =
  | { readonly number: string; readonly because: string }
  | { readonly refused: string }

/**
 * What the called party sees by this trunk. Pure. The called party's own number is never shown to him, and nothing but
 * what campaign, site or trunk say: an agent's extension or mobile does not go out.
 */
export function presentCallerId(
  trunk: Pick<Trunk, 'callerIdMode' | 'callerIds'>,
  requested: RequestedCallerId | null,
  called: string
): Presentation {
  const shown = choose(trunk, requested)
  if ('refused' in shown || shown.number !== called) return shown
  return { refused: 'would show the called party his own number' }
}

function choose(
  { callerIdMode, callerIds }: Pick<Trunk, 'callerIdMode' | 'callerIds'>,
  requested: RequestedCallerId | null
): Presentation {
  const [first] = callerIds
  if (callerIdMode === 'any') {
    if (requested) return { number: requested.number, because: `the ${requested.by} asks for it` }
    if (first !== undefined) return { number: first, because: 'neither campaign nor site asks for one' }
    return { refused: 'neither campaign nor site nor trunk has a number to show' }
  }
  const able = callerIdMode === 'sim' ? callerIds.slice(0, 1) : callerIds
  if (requested && able.includes(requested.number))
    return { number: requested.number, because: `the ${requested.by} asks for it, and the trunk has it` }
  if (requested?.by === 'campaign') return { refused: 'cannot show the number that the campaign asks for' }
  const because =
    callerIdMode === 'sim' ? 'a SIM card shows its own number' : "the trunk may not show the site's number"
  return first === undefined ? { refused: 'has no number to show' } : { number: first, because }
}

import type { Kernel } from '../../kernel/kernel.ts'
import { type MePart, type MeView, profileParts, workParts } from './me-view.ts'
import type { RealtimeTopic, TopicRow } from './realtime-topic.ts'

const nobody = { siteId: null, campaignIds: [] } // only its own agent watches it

const rowsOf = (parts: Partial<Record<MePart, object | null>>): TopicRow[] =>
  Object.entries(parts).map(([key, row]) => ({ key, owner: nobody, row }))

/** An agent's own screen: one row for each of its parts. */
export const meTopic = ({ clock }: Pick<Kernel, 'clock'>, view: MeView): RealtimeTopic => ({
  name: 'me',
  permission: 'agent:work',
  of: 'self',
  kinds: ['agents', 'profiles', 'work'],
  gatherMs: 20,
  snapshot: async ({ id }) => rowsOf(await view.read(id!, [...workParts, ...profileParts], clock.now())),
  async changes({ id }, facts) {
    const changed: MePart[] = [
      ...(facts.has('agents') ? workParts : []),
      ...(facts.has('profiles') ? profileParts : [])
    ]
    const rows = rowsOf(await view.read(id!, changed, clock.now()))
    const work = facts.get('work')
    if (work) rows.push(...(await workRow(view, id!, work, clock.now())))
    return { rows, gone: [] }
  }
})

/** A campaign has work again: a row of its own, told only to whom it concerns. */
async function workRow(
  view: MeView,
  agentId: number,
  campaignIds: ReadonlySet<string>,
  now: Date
): Promise<TopicRow[]> {
  const { campaigns, agent } = await view.read(agentId, ['campaigns', 'agent'], now)
  const { campaignIds: chosen } = agent as { campaignIds: number[] | null } // of me-view
  const mine =
    Array.isArray(campaigns) &&
    campaigns.some(({ id }) => campaignIds.has(String(id)) && (chosen === null || chosen.includes(id)))
  return mine ? [{ key: 'work', owner: nobody, row: { at: now.toISOString() } }] : []
}
